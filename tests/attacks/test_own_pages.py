"""Another person's ids in every form of one's own pages, and forms that this browser was not given."""

import re

import pytest

from tests.support.house import Browser, House, RelyingParty

PAGES = ("/me/methods", "/me/sessions", "/me/history", "/me/apps", "/me/access", "/me/data")


def pair(house: House) -> tuple[Browser, Browser, str]:
    """An attacker and their victim, both signed in, the victim at Payroll too; the victim's subject id."""
    mark = f"x{len(house.secrets)}"
    house.secrets[mark] = mark
    eve, vic = (
        house.person(f"eve{mark}", "a password"),
        house.person(f"vic{mark}", "a password", roles=("payroll-clerk",)),
    )
    attacker = Browser(house).sign_in("/me", f"eve{mark}", "a password", house.app_of(eve))
    victim = Browser(house).sign_in("/me/data", f"vic{mark}", "a password", house.app_of(vic))
    victim.submit(sure="yes", do="erase")
    victim.get(RelyingParty(house).start(scope="openid payroll.read"))
    return attacker, victim, vic.id


def csrf(browser: Browser) -> str:
    return str(re.findall(r'name="csrf" value="([^"]+)"', browser.get("/me/data").main)[-1])


def test_nobody_answers_ends_renames_revokes_or_withdraws_for_another(house: House) -> None:
    attacker, victim, vic = pair(house)
    truth = house.idp.ports.truth
    row = truth.history.sign_ins(vic, house.clock.at.replace(year=2025))[0]
    factor = next(one for one in truth.authenticators.of(vic) if one.factor == "totp")
    (session,) = truth.sessions.of(vic, house.clock())
    (wish,) = truth.desk.changes_by(vic)
    token = csrf(attacker)
    for path, fields in (
        ("/me/history", {"row": row.id, "do": "not-mine"}),
        ("/me/history", {"row": row.id, "do": "mine"}),
        ("/me/methods", {"method": factor.id, "do": "remove"}),
        ("/me/methods", {"method": factor.id, "do": "rename", "name": "mine now"}),
        ("/me/sessions", {"session": session.sid, "do": "end"}),
        ("/me/apps", {"app": "payroll", "do": "revoke"}),
        ("/me/access", {"app": "gerege-console", "reason": "please", "do": "ask"}),
    ):
        assert attacker.post(path, {"csrf": token} | fields).status_code == 403, (path, fields)
    attacker.post("/me/data", {"csrf": token, "wish": wish.id, "do": "withdraw"})
    assert truth.desk.changes_by(vic)[0].outcome is None
    assert truth.history.sign_ins(vic, house.clock.at.replace(year=2025))[0].answered is None
    assert next(one for one in truth.authenticators.of(vic) if one.id == factor.id).label == factor.label
    assert len(truth.sessions.of(vic, house.clock())) == 1 and truth.grants.of_session(session.sid)
    assert all(one.revoked_at is None for one in truth.grants.of_session(session.sid))
    assert not house.alerts("not-me") and victim.get("/me").path == "/me"


@pytest.mark.parametrize("path", PAGES)
def test_a_form_of_another_browser_changes_nothing(house: House, path: str) -> None:
    attacker, victim, _ = pair(house)
    theirs = csrf(attacker)
    for data in ({}, {"csrf": ""}, {"csrf": theirs}):
        assert victim.post(path, data | {"do": "erase", "sure": "yes"}).status_code == 403
    assert victim.post(path, {"csrf": csrf(victim)}, Origin="https://evil.example").status_code == 403


@pytest.mark.parametrize("path", PAGES)
def test_without_a_session_there_is_only_the_way_in(house: House, path: str) -> None:
    stranger = Browser(house)
    assert stranger.get(path).path == "/sign-in"
    assert stranger.post(path, {"do": "json"}).status_code in (303, 403)


def test_the_file_is_of_whoever_asks_and_a_get_gives_nothing(house: House) -> None:
    attacker, _, vic = pair(house)
    answer = attacker.post("/me/data", {"csrf": csrf(attacker), "do": "json", "subject": vic, "subject_id": vic})
    body = answer.get_data(as_text=True)
    assert answer.status_code == 200 and vic not in body and "no-store" in answer.headers["Cache-Control"]
    assert attacker.get("/me/data?do=json").last.mimetype == "text/html"  # type: ignore[union-attr]


def test_what_a_person_types_runs_nowhere(house: House) -> None:
    attacker, _, _ = pair(house)
    evil = "<script>alert(1)</script>"
    token = csrf(attacker)
    attacker.post("/me/access", {"csrf": token, "app": "docs", "reason": evil, "do": "ask"})
    attacker.post("/me/data", {"csrf": token, "field": "name_en", "wanted": evil, "do": "correct"})
    for path in PAGES:
        assert evil not in attacker.get(path).page
    assert "&lt;script&gt;" in attacker.get("/me/data").page


def test_an_administrator_cannot_be_erased_while_the_role_is_held(house: House) -> None:
    adm = house.person("erasable", "a password", roles=("audit-administrator",))
    browser = Browser(house).sign_in("/me/data", "erasable", "a password", house.app_of(adm))
    assert "Ask to be erased" not in browser.page
    browser.post("/me/data", {"csrf": csrf(browser), "do": "erase", "sure": "yes"})
    assert not house.idp.ports.truth.desk.changes_by(adm.id)
