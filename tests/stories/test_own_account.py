"""The launchpad, ways to sign in, sessions, consent; and that a disabled person loses everything."""

import re
from dataclasses import replace

from idp.flows.people import disable
from idp.model import Text
from tests.support.authenticator import Passkey
from tests.support.house import Browser, House, RelyingParty

SCOPE = "openid profile payroll.read"


def test_the_launchpad_shows_what_opens_and_what_may_be_done_there(house: House) -> None:
    app = house.app_of(house.person("ann", "a password", roles=("payroll-clerk",)))
    browser = Browser(house).sign_in("/", "ann", "a password", app)
    assert browser.path == "/" and "https://payroll.example/" in browser.page and "Read pay" in browser.page
    assert "Approve pay" not in browser.page and "/admin" not in browser.page
    low = house.app_of(house.person("low", "a password", clearance=1))
    page = Browser(house).sign_in("/", "low", "a password", low).page
    assert "https://docs.example/" in page and "https://payroll.example/" not in page


def test_each_own_page_leads_through_the_sign_in_and_back(house: House) -> None:
    app = house.app_of(house.person("bea", "a password"))
    for path in ("/me", "/me/methods", "/me/sessions"):
        house.clock.move(minutes=1)
        assert Browser(house).sign_in(path, "bea", "a password", app).path == path


def test_the_last_factor_stays_and_removing_another_needs_a_recent_proof(house: House) -> None:
    cat = house.person("cat", "a password")
    app, browser, key = house.app_of(cat), Browser(house), Passkey()
    browser.sign_in("/me/methods", "cat", "a password", app)
    (only,) = house.factors(cat, "totp")
    assert 'value="remove"' not in browser.page
    token = _csrf(browser)
    answer = browser.post("/me/methods", {"csrf": token, "method": only.id, "do": "remove"})
    assert "cannot be removed" in answer.get_data(as_text=True) and house.factors(cat, "totp")

    house.clock.move(seconds=1)  # what was proved last here is what is asked first
    browser.get("/me/methods/add/passkey")
    assert browser.path == "/sign-in/enrol/passkey"
    browser.submit(credential=key.register(browser.options()), name="Key")
    assert browser.path == "/me/methods" and "The new way is saved" in browser.page

    house.clock.move(minutes=11)
    browser.get("/me/methods").submit(method=only.id, do="remove")
    assert browser.path == "/sign-in/password" and house.factors(cat, "totp")
    browser.submit(password="a password").submit(credential=key.sign(browser.options()))
    assert browser.path == "/me/methods"
    browser.submit(method=only.id, do="remove")
    assert "removed" in browser.page and not house.factors(cat, "totp")
    assert house.events("factor.removed")


def test_adding_a_way_after_a_while_asks_for_a_factor_and_for_no_code_by_letter(house: House) -> None:
    app, browser = house.app_of(house.person("eve", "a password")), Browser(house)
    browser.sign_in("/me", "eve", "a password", app)
    house.clock.move(minutes=11)
    browser.get("/me/methods/add/passkey").submit(password="a password")
    assert browser.path == "/sign-in/totp"
    browser.submit(code=app.at(house.clock()))
    assert browser.path == "/sign-in/enrol/passkey"


def test_sessions_are_listed_and_ended(house: House) -> None:
    app = house.app_of(house.person("dan", "a password"))
    browsers = []
    for _ in range(3):
        house.clock.move(minutes=1)
        browsers.append(Browser(house).sign_in("/me/sessions", "dan", "a password", app))
    here, second, third = browsers
    here.get("/me/sessions")
    assert here.page.count("this device") >= 1 and here.page.count('name="session"') >= 2
    sid = house.idp.ports.truth.sessions.by_id_hash(_hash(second.cookie("session")))
    assert sid is not None
    here.submit(session=sid.sid, do="end")
    assert "1 session was ended" in here.page
    assert second.get("/me").path == "/sign-in" and third.get("/me").path == "/me"
    here.submit(do="end-others")
    assert third.get("/me").path == "/sign-in" and here.get("/me").path == "/me"


def test_nobody_ends_another_person_s_session(house: House) -> None:
    one = Browser(house).sign_in("/me/sessions", "fay", "a password", house.app_of(house.person("fay", "a password")))
    other = Browser(house).sign_in("/me/sessions", "gus", "a password", house.app_of(house.person("gus", "a password")))
    theirs = house.idp.ports.truth.sessions.by_id_hash(_hash(one.cookie("session")))
    assert theirs is not None
    for data in ({"session": theirs.sid, "do": "end"}, {"session": "", "do": "end"}, {"session": "sid_x"}):
        assert other.post("/me/sessions", {"csrf": _csrf(other)} | data).status_code == 403
    (factor,) = house.factors(_subject(house, one), "totp")
    assert other.post("/me/methods", {"csrf": _csrf(other), "method": factor.id}).status_code == 403
    assert one.get("/me").path == "/me"


def test_a_disabled_person_loses_everything(house: House) -> None:
    kim = house.person("kim", "a password", roles=("payroll-clerk",))
    app, browser, payroll = house.app_of(kim), Browser(house), RelyingParty(house)
    browser.sign_in(payroll.start(scope=SCOPE), "kim", "a password", app)
    refresh = payroll.redeem(browser).json["refresh_token"]  # type: ignore[index]
    under_way = Browser(house).get(payroll.start(scope=SCOPE)).submit(username="kim@local.example")
    under_way.submit(password="a password")
    with house.idp.ports.truth.begin() as tx:
        disable(house.idp, tx, kim, house.clock(), by="test", why="left")
    assert browser.get(payroll.start(scope=SCOPE)).path == "/sign-in"
    refused = payroll.token({"grant_type": "refresh_token", "refresh_token": refresh})
    assert refused.status_code == 400 and refused.json["error"] == "invalid_grant"  # type: ignore[index]
    house.clock.move(minutes=1)
    code = under_way.hidden(code="")
    over = under_way.post(code[0], code[1] | {"code": app.at(house.clock())})
    assert over.status_code in (303, 410) and "/callback" not in over.headers.get("Location", "")
    late = Browser(house, "10.9.9.9").sign_in(payroll.start(scope=SCOPE), "kim", "a password", app)
    assert late.path == "/sign-in/password" and "not right" in late.page


def test_a_third_party_asks_for_consent_with_real_values(house: House) -> None:
    with house.idp.ports.truth.begin() as tx:
        docs = house.idp.ports.truth.configuration().clients["docs"]
        scopes = ("openid", "profile", "email", "docs.read")
        name = Text("Library", "图书馆")
        tx.registry.put_client(replace(docs, id="library", name=name, first_party=False, scopes=scopes))
    app, library = house.app_of(house.person("lee", "a password")), RelyingParty(house, "library")
    scope = "openid profile email docs.read"
    browser = Browser(house).sign_in("/", "lee", "a password", app)
    browser.get(library.start(scope=scope))
    assert browser.path == "/consent"
    for shown in ("Library", "Lee", "lee@local.example", "Read"):
        assert shown in browser.page
    browser.get(library.start(scope=scope, prompt="none"))
    assert browser.query["error"] == "consent_required"
    browser.get(library.start(scope=scope)).submit(do="deny")
    assert browser.query["error"] == "access_denied" and browser.query["state"] == "state-1"
    assert house.events("consent.refused") and not house.events("consent.given")
    browser.get(library.start(scope=scope)).submit(do="allow")
    assert "code" in browser.query
    assert "code" in browser.get(library.start(scope="openid profile", prompt="none")).query  # less needs no question
    assert house.events("consent.given")


def _csrf(browser: Browser) -> str:
    found = re.findall(r'name="csrf" value="([^"]+)"', browser.get("/me/data").main)
    return str(found[-1])


def _hash(cookie: str | None) -> str:
    from idp.flows.context import hash_of

    return hash_of(cookie or "")


def _subject(house: House, browser: Browser):  # type: ignore[no-untyped-def]
    session = house.idp.ports.truth.sessions.by_id_hash(_hash(browser.cookie("session")))
    assert session is not None
    return house.idp.ports.truth.people.get(session.subject_id)
