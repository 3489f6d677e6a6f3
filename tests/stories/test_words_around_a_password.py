"""Words around a person are refused in a new password alike: at the sign-in's step and on one's own page."""

from collections.abc import Iterator

import pyotp
import pytest

from idp.flows.admin import accounts
from idp.flows.admin.scope import OPERATOR
from idp.secret import Secret
from tests.support.house import Browser, House, RelyingParty, house_in

OLD, NEW = "for one use only", "the oldest of the lilac trees"
WORDS = {
    "name": "zhaomin zhaomin",
    "mail": "zhaomin@local.example",
    "mail-in-capitals": "ZHAOMIN@LOCAL.EXAMPLE!",
    "domain": "local.example local",
    "department": "local local local",
    "department-zh": "\u672c\u5730\u672c\u5730 local local",
    "service": "Gerege Gerege zhaomin",
    "application": "payroll payroll 1",
    "wide-letters": "\uff5a\uff48\uff41\uff4f\uff4d\uff49\uff4e zhaomin",
}
CONTEXT = "other words that people know"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as found:
        yield found


@pytest.fixture(scope="module")
def app(house: House) -> pyotp.TOTP:
    return house.app_of(house.person("zhaomin", OLD, roles=("payroll-clerk",)))


@pytest.fixture(scope="module")
def step(house: House, app: pyotp.TOTP) -> Browser:
    """Who must choose a new password on the way to Payroll."""
    subject = house.idp.ports.truth.people.find("zhaomin@local.example", "local")
    assert subject is not None
    accounts.set_password(house.idp, OPERATOR, subject.id, Secret(OLD), "first day", house.clock())
    browser = Browser(house).sign_in(RelyingParty(house).start(), "zhaomin", OLD, app)
    assert browser.path == "/sign-in/new-password"
    return browser


@pytest.fixture(scope="module")
def own(house: House, app: pyotp.TOTP) -> Browser:
    """Somebody who has been at Payroll and changes the password by themselves."""
    other = house.person("zhaomin.two", OLD, roles=("payroll-clerk",))
    with_app, payroll = house.app_of(other), RelyingParty(house)
    browser = Browser(house).sign_in(payroll.start(), "zhaomin.two", OLD, with_app)
    assert payroll.redeem(browser).status_code == 200
    assert browser.get("/me/password").path == "/me/password"
    return browser


@pytest.mark.parametrize("which", WORDS)
def test_the_step_refuses_it(step: Browser, which: str) -> None:
    step.submit(new=WORDS[which])
    assert step.path == "/sign-in/new-password" and CONTEXT in step.page


@pytest.mark.parametrize("which", WORDS)
def test_one_s_own_page_refuses_it(own: Browser, which: str) -> None:
    own.get("/me/password").submit(current=OLD, new=WORDS[which])
    assert own.path == "/me/password" and CONTEXT in own.page, own.main
    assert WORDS[which] not in own.main


def test_another_one_is_taken(own: Browser) -> None:
    own.get("/me/password").submit(current=OLD, new=NEW)
    assert CONTEXT not in own.page and "changed=" in own.url
