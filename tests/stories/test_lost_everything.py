"""Alice lost everything: two people of the desk make sure that it is she, and a pass lets her set up a passkey."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from idp.flows.admin import console_client
from idp.model import AAL2_PHR
from tests.support.authenticator import Passkey
from tests.support.house import Browser, House, RelyingParty, house_in

PASSWORD = "correct horse battery staple"
SCOPE = "openid profile payroll.read"


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as found:
        console_client.ensure(found.idp, "local")
        yield found


def at_the_desk(house: House, name: str) -> Browser:
    app = house.app_of(house.person(name, PASSWORD, roles=("help-desk",)))
    browser = Browser(house).sign_in("/admin", name, PASSWORD, app)
    assert browser.path == "/admin/desk", browser.page[:1000]
    return browser


def verified(browser: Browser, path: str) -> Browser:
    """Two checks ticked: enough for two people's help."""
    browser.get(path)
    action, hidden = browser.hidden(note="")
    answer = browser.http.post(
        action,
        base_url="https://id.example",
        headers={"X-Forwarded-For": "10.1.2.3", "Origin": "https://id.example", "User-Agent": browser.agent},
        data=hidden | {"do": "verify", "check": ["staff-card", "call-back"], "note": "ticket 7"},
    )
    assert "Verified until" in answer.get_data(as_text=True)
    return browser.get(path)


def test_everything_lost_and_back_at_the_application(house: House) -> None:
    alice, payroll = house.person("alice", PASSWORD, roles=("payroll-clerk",)), RelyingParty(house)
    house.app_of(alice)
    first, second = at_the_desk(house, "tian"), at_the_desk(house, "ren")
    lost = Browser(house).sign_in(payroll.start(scope=SCOPE), "alice", PASSWORD)
    assert lost.submit(do="lost").path == "/sign-in/lost"

    first.get("/admin/desk?q=alice")
    path = re.search(r"/admin/desk/people/[^\"]+", first.page)[0]  # type: ignore[index]
    verified(first, path).submit(do="pass", reason="phone and key stolen", strong="yes")
    assert "Temporary access pass" in first.page and "only this once" in first.page, first.page[:3000]
    code = re.search(r'<span class="code" dir="ltr">([^<]+)</span>', first.page)[1]  # type: ignore[index]
    assert "It opens nothing yet" in first.page
    assert "/sign-in/enrol" not in enter_pass(house, payroll, code).path

    second.get("/admin/desk/approvals").submit(do="approve", reason="I saw her too")
    assert "The pass is good now" in second.page
    back = enter_pass(house, payroll, code)
    assert back.path.startswith("/sign-in/enrol"), (back.path, back.page[:1500])
    if back.path == "/sign-in/enrol":
        back.submit(way="passkey")
    assert back.path == "/sign-in/enrol/passkey", (back.path, back.page[:1500])
    back.submit(credential=Passkey().register(back.options()))
    assert back.url.startswith("https://payroll.example/callback?"), (back.path, back.page[:1500])
    assert payroll.redeem(back).status_code == 200
    (key,) = house.factors(alice, "passkey")
    assert key.bound_acr == AAL2_PHR
    assert enter_pass(house, payroll, code).path == "/sign-in/pass"  # good once


def enter_pass(house: House, payroll: RelyingParty, code: str) -> Browser:
    """In a new browser: who, and the pass."""
    browser = Browser(house).sign_in(payroll.start(scope=SCOPE), "alice", PASSWORD)
    if browser.path != "/sign-in/totp":
        browser.submit(do="another")
    browser.submit(do="lost")
    return browser.get(unescape(re.search(r'href="(/sign-in/pass[^"]+)"', browser.page)[1])).submit(code=code)  # type: ignore[index]
