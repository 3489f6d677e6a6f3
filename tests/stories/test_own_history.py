"""Sign-in history with *Was this you?*, connected applications, my access; home in three cards."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from idp.model import AAL2, Text
from tests.support.house import Browser, House, RelyingParty, house_in

SCOPE = "openid profile payroll.read"


def test_the_history_shows_the_failed_try_with_its_reason(house: House) -> None:
    app = house.app_of(house.person("hia", "a password"))
    Browser(house, "10.7.7.7").get("/me").submit(username="hia@local.example").submit(password="wrong")
    browser = Browser(house).sign_in("/me/history", "hia", "a password", app)
    assert "Wrong password or code" in browser.page and re.search(r"today \d\d:\d\d", browser.page)
    assert "Wrong password" not in browser.get("/me/history?show=succeeded").page
    page = browser.get("/me/history?show=failed").page
    assert "Wrong password" in page and "Your account" in page and "this session" not in page
    browser.language = "zh-CN"
    assert "密码或验证码错误" in browser.get("/me/history").page


def test_a_blocked_sign_in_says_why(house: House) -> None:
    app, payroll = house.app_of(house.person("blo", "a password", clearance=1)), RelyingParty(house)
    browser = Browser(house).sign_in("/me", "blo", "a password", app).get(payroll.start(scope=SCOPE))
    page = browser.get("/me/history?show=refused").page
    assert "Blocked" in page and "The rules did not allow it" in page
    found = re.search(r'href="(/why/[^"]+)"', page)
    assert found is not None and browser.get(found[1]).status == 200


def test_no_ends_that_session_forgets_the_device_and_tells_administrators(house: House) -> None:
    ned = house.person("ned", "a password")
    app = house.app_of(ned)
    thief = Browser(house, "10.8.8.8", "Mozilla/5.0 (Windows NT 10.0) Chrome/120.0").sign_in(
        "/me", "ned", "a password", app
    )
    house.clock.move(minutes=1)
    browser = Browser(house).sign_in("/me/history", "ned", "a password", app)
    truth = house.idp.ports.truth
    rows = truth.history.sign_ins(ned.id, house.clock.at.replace(year=2025))
    row = next(one for one in rows if one.system == "Windows")
    assert row.sid and row.factors == ("password", "totp") and len(truth.sessions.devices_of(ned.id)) == 2
    before = house.alerts("not-me")
    browser.submit(row=row.id, do="not-mine")
    assert "1 session was ended" in browser.page and "Change your password" in browser.page
    assert "You said: that was not me" in browser.page
    assert thief.get("/me").path == "/sign-in" and browser.get("/me").path == "/me"
    assert house.alerts("not-me") == before + 1 and len(truth.sessions.devices_of(ned.id)) == 1
    again = Browser(house).sign_in("/me", "ned", "a password")
    house.clock.move(minutes=1)
    again.submit(code=app.at(house.clock()))
    assert again.path == "/sign-in/new-password" and "something was not you" in again.page


def test_no_ends_every_other_session_and_the_trust_in_every_device(house: House) -> None:
    ola = house.person("ola", "a password")
    app, truth = house.app_of(ola), house.idp.ports.truth
    other = Browser(house, "10.9.9.9", "Mozilla/5.0 (Macintosh) Safari/18.0").sign_in("/me", "ola", "a password", app)
    (seen,) = truth.sessions.devices_of(ola.id)
    until = house.clock() + timedelta(days=30)
    with truth.begin() as tx:
        tx.sessions.trust_device(replace(seen, trusted_at=house.clock(), trusted_until=until, trusted_acr=AAL2))
    house.clock.move(minutes=1)
    browser = Browser(house).sign_in("/me/history", "ola", "a password", app)
    mine = next(one for one in truth.history.sign_ins(ola.id, until.replace(year=2025)) if one.system == "Linux")
    browser.get("/me/history").submit(row=mine.id, do="not-mine")  # that row is not the other device's
    assert other.get("/me").path == "/sign-in" and browser.get("/me").path == "/me"
    assert [one.trusted_until for one in truth.sessions.devices_of(ola.id)] == [None]
    assert house.told("sign-in.answered")


def test_yes_is_remembered(house: House) -> None:
    yes = house.person("yes", "a password")
    app = house.app_of(yes)
    Browser(house, "10.7.7.7").get("/me").submit(username="yes@local.example").submit(password="wrong")
    browser = Browser(house).sign_in("/me/history?show=failed", "yes", "a password", app)
    rows = house.idp.ports.truth.history.sign_ins(yes.id, house.clock.at.replace(year=2025))
    row = next(one for one in rows if one.outcome == "failed")
    browser.get("/me/history?show=failed").submit(row=row.id, do="mine")
    assert "Noted" in browser.page and "You said: that was me" in browser.get("/me/history?show=failed").page


def test_many_rows_have_pages(house: House) -> None:
    app = house.app_of(house.person("pag", "a password"))
    browser = Browser(house).sign_in("/me", "pag", "a password", app)
    for _ in range(24):
        house.clock.move(hours=1)
        browser = Browser(house).sign_in("/me/history", "pag", "a password", app)
    assert "Page 1 of 2" in browser.page
    last = browser.get("/me/history?page=2").page
    assert "Page 2 of 2" in last and browser.get("/me/history?page=99x").status == 200


def test_taking_back_from_an_application_ends_its_refresh(house: House) -> None:
    with house.idp.ports.truth.begin() as tx:
        docs = house.idp.ports.truth.configuration().clients["docs"]
        name = Text("Archive", "档案")
        scopes = ("openid", "profile", "docs.read", "offline_access")
        tx.registry.put_client(replace(docs, id="archive", name=name, first_party=False, scopes=scopes))
    app, archive = house.app_of(house.person("con", "a password")), RelyingParty(house, "archive")
    browser = Browser(house).sign_in(archive.start(scope="openid profile docs.read"), "con", "a password", app)
    browser.submit(do="allow")
    refresh = archive.redeem(browser).json["refresh_token"]  # type: ignore[index]
    browser.get("/me/apps")
    assert "Archive" in browser.page and "Your name and language" in browser.page
    browser.get("/me/apps?end=archive")
    assert "What stops working at once" in browser.page
    browser.submit(app="archive", do="revoke")
    assert "Archive has nothing of yours any more" in browser.page
    refused = archive.token({"grant_type": "refresh_token", "refresh_token": refresh})
    assert refused.status_code == 400 and refused.json["error"] == "invalid_grant"  # type: ignore[index]
    assert house.told("consent.withdrawn")
    assert browser.get(archive.start(scope="openid profile docs.read")).path == "/consent"


def test_my_access_says_why_and_asks_for_more(house: House) -> None:
    acc = house.person("acc", "a password", roles=("payroll-clerk",))
    browser = Browser(house).sign_in("/me/access", "acc", "a password", house.app_of(acc))
    assert "payroll-clerk" in browser.page and "“test”" in browser.page and "Read pay" in browser.page
    browser.submit(app="docs", reason=" ", do="ask")
    assert "what you need it for" in browser.page
    browser.submit(app="docs", reason="to write the yearly report", do="ask")
    assert "with the administrators" in browser.page
    (alert,) = (one for one in house.idp.ports.truth.desk.alerts() if one.kind == "access-request")
    assert alert.subject_id == acc.id and alert.params["reason"] == "to write the yearly report"
    browser.submit(app="docs", reason="again", do="ask")
    assert "You asked for that already" in browser.page and house.told("access.asked")


def test_home_has_three_cards_in_both_languages(house: House) -> None:
    app = house.app_of(house.person("hom", "a password"))
    Browser(house).sign_in("/me", "hom", "a password", app)
    house.clock.move(hours=25)
    browser = Browser(house).sign_in("/me", "hom", "a password", app)
    assert (
        "Signed in on 1 device" in browser.page
        and re.search(r"yesterday \d\d:\d\d", browser.page)
        and "Fair" in browser.page
    )
    assert browser.page.count('<section class="card">') == 3
    browser.language = "zh-CN"
    assert re.search(r"昨天 \d\d:\d\d", browser.get("/me").page)


def test_a_way_is_renamed_and_the_nudge_waits_thirty_days(house: House) -> None:
    nam = house.person("nam", "a password")
    browser = Browser(house).sign_in("/me/methods", "nam", "a password", house.app_of(nam))
    assert "1 of 2 ways" in browser.page and "Not now" in browser.page
    browser.submit(do="later")
    assert "Not now" not in browser.page and "1 of 2 ways" in browser.page
    (one,) = house.factors(nam, "totp")
    browser.get(f"/me/methods?rename={one.id}").submit(name=" ", do="rename")
    assert "The name is empty" in browser.page
    browser.submit(name="Work phone", do="rename")
    assert "The new name is saved" in browser.page and "Work phone" in browser.page


@pytest.mark.parametrize(("advised", "says"), [(1, ""), (3, "1 of 3 ways")])
def test_how_many_ways_are_asked_for_is_a_setting(tmp_path: Path, advised: int, says: str) -> None:
    with house_in(tmp_path, enrolment={"advised": advised}) as house:
        browser = Browser(house).sign_in(
            "/me/methods", "ned", "a password", house.app_of(house.person("ned", "a password"))
        )
        assert ("Not now" in browser.page) is bool(says) and says in browser.page
        assert ("ways that you should have" in browser.page) is bool(says)
