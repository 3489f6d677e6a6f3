"""Recovery codes are saved, used, renewed; whoever has nothing left finds the help desk. No script."""

import re
from collections.abc import Iterator
from html import unescape

import pyotp
import pytest

from tests.stories.test_first_day import key_on
from tests.support.house import Browser, House, RelyingParty, house_in

SCOPE = "openid profile payroll.read"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house"), enrolment={"ways": 2}) as found:
        yield found


def codes_on(page: str) -> list[str]:
    return re.findall(r'<code dir="ltr">([^<]+)</code>', page)


def test_the_first_day_ends_with_codes_that_are_saved(house: House) -> None:
    ann = house.person("ann", "a password", roles=("payroll-clerk",))
    payroll, browser = RelyingParty(house), Browser(house)
    browser.sign_in(payroll.start(scope=SCOPE), "ann", "a password").submit(way="totp")
    browser.submit(code=house.enrolment_code(ann))
    app = pyotp.TOTP(key_on(browser.page))
    browser.submit(code=app.at(house.clock()))
    assert browser.path == "/sign-in/enrol/recovery" and "1 of 2" in browser.page
    shown = codes_on(browser.page)
    assert len(set(shown)) == 10 and all(len(one.replace("-", "")) * 5 >= 112 for one in shown)
    file = unescape(re.search(r'href="(data:text/plain[^"]+)"', browser.page)[1])  # type: ignore[index]
    assert file.partition(",")[2].split("%0D%0A")[:-1] == shown
    action, hidden = browser.hidden(saved="")
    browser._follow(browser.post(action, hidden))  # without the tick
    assert browser.path == "/sign-in/enrol/recovery" and codes_on(browser.page) == shown and "Tick that" in browser.page
    assert house.factors(ann, "recovery") == []  # nothing counts before it is saved
    browser.submit(saved="yes")
    assert browser.url.startswith("https://payroll.example/callback?")
    assert house.idp.ports.truth.authenticators.recovery_left(ann.id) == 10

    other = Browser(house).sign_in(payroll.start(scope=SCOPE), "ann", "a password").submit(do="another")
    assert other.path == "/sign-in/ways" and "recovery" in other.page
    other.submit(way="recovery").submit(code=shown[3])
    assert other.path == "/sign-in/recovery/left" and "9 recovery codes left" in other.page
    assert other.submit().url.startswith("https://payroll.example/callback?")


def test_a_new_set_ends_the_old_one_and_the_same_form_twice_is_one_set(house: House) -> None:
    bob = house.person("bob", "a password")
    browser = Browser(house).sign_in("/me/methods/recovery", "bob", "a password", house.app_of(bob))
    assert browser.path == "/me/methods/recovery"
    action, hidden = browser.hidden(saved="")
    for _ in range(2):
        assert browser.post(action, hidden | {"saved": "yes"}).headers["Location"].startswith("/me/methods?")
    (first,) = house.factors(bob, "recovery")
    browser.get("/me/methods/recovery")
    assert "stop working" in browser.page
    browser.submit(saved="yes")
    (second,) = house.factors(bob, "recovery")
    assert first.id != second.id and house.idp.ports.truth.authenticators.recovery_left(bob.id) == 10
    late = browser.post(action, hidden | {"saved": "yes"})  # the first form once more, from the history
    assert late.status_code in (303, 410)
    assert [one.id for one in house.factors(bob, "recovery")] == [second.id]
    assert house.events("factor.bound")


def test_a_set_that_was_shown_to_somebody_else_is_not_taken(house: House) -> None:
    one, other = house.person("carl", "a password"), house.person("dora", "a password")
    first = Browser(house).sign_in("/me/methods/recovery", "carl", "a password", house.app_of(one))
    second = Browser(house).sign_in("/me/methods/recovery", "dora", "a password", house.app_of(other))
    action, mine = second.hidden(saved="")
    theirs = first.hidden(saved="")[1]["codes"]
    assert second.post(action, mine | {"codes": theirs, "saved": "yes"}).status_code == 410
    assert house.factors(other, "recovery") == []


def test_who_has_nothing_left_is_told_whom_to_ask(house: House) -> None:
    eva = house.person("eva", "a password", roles=("payroll-clerk",))
    house.app_of(eva)
    browser = Browser(house).sign_in(RelyingParty(house).start(scope=SCOPE), "eva", "a password")
    assert browser.path == "/sign-in/totp"
    browser.submit(do="lost")
    assert browser.path == "/sign-in/lost" and "temporary access pass" in browser.page
    ticket = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", browser.page)[0]  # type: ignore[index]
    assert "eva@" not in browser.page and "Eva" not in browser.page
    (row,) = house.idp.ports.truth.audit.search(name="factor.lost", limit=5)
    assert ticket in str(row) and eva.id in str(row)
    assert house.alerts("lost-factors") == 1
    assert browser.submit().path == "/sign-in/totp"  # back, and the phone turns up
    browser.submit(do="lost")
    assert ticket in browser.page and house.alerts("lost-factors") == 1
