"""Delegations, attacked: over, for another application, made by the wrong person, handed on.

Spec: RFC 8693 §4.1; ASVS 5.0 V8.
"""

import base64
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from pyotp import TOTP

from idp.model import Delegation, Subject
from tests.support.house import Browser, House, RelyingParty

SCOPE = "openid profile payroll.read"
PASSWORD = "a password"


def pair(house: House, name: str) -> tuple[Subject, Subject, TOTP]:
    """An executive who is a payroll clerk, and an assistant who is not."""
    executive = house.person(f"{name}-boss", PASSWORD, roles=("payroll-clerk",))
    assistant = house.person(f"{name}-aide", PASSWORD)
    return executive, assistant, house.app_of(assistant)


def lent(house: House, executive: Subject, assistant: Subject, **more: object) -> Delegation:
    now = house.clock()
    one = Delegation(
        house.idp.id("delegation"),
        executive.id,
        assistant.id,
        ("payroll",),
        now - timedelta(hours=1),
        now + timedelta(days=2),
        "on leave",
        executive.id,
        now,
    )
    one = replace(one, **more)  # type: ignore[arg-type]
    with house.idp.ports.truth.begin() as tx:
        tx.delegations.add(one)
    return one


def asked(house: House, name: str, app: TOTP, client: str = "payroll", scope: str = SCOPE) -> Browser:
    browser = Browser(house).get(RelyingParty(house, client).start(scope=scope))
    return browser.submit(username=f"{name}-aide").submit(password=PASSWORD)


def acting(house: House, name: str, app: TOTP, one: Delegation) -> Browser:
    browser = asked(house, name, app)
    assert browser.path == "/sign-in/acting", browser.url
    browser.submit(whom=one.id)
    house.clock.move(seconds=31)
    return browser.submit(code=app.at(house.clock())) if browser.path == "/sign-in/totp" else browser


def claims_of(token: str) -> dict[str, object]:
    body = token.split(".")[1]
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def test_the_token_names_both_and_opens_what_the_executive_s_post_may(house: House) -> None:
    executive, assistant, app = pair(house, "both")
    browser = acting(house, "both", app, lent(house, executive, assistant))
    assert "code" in browser.query, browser.page
    answer = RelyingParty(house).redeem(browser).json
    assert answer is not None
    for token in (answer["access_token"], answer["id_token"]):
        claims = claims_of(token)
        assert (claims["sub"], claims["act"]) == (executive.id, {"sub": assistant.id})
    access = claims_of(answer["access_token"])
    assert access["scope"] == "payroll.read" and "otp" in access["amr"]  # type: ignore[operator]
    row = house.idp.ports.truth.audit.search(name="token.issued", subject_id=assistant.id)[0]
    assert json.loads(row.body)["principal_id"] == executive.id


def test_for_oneself_nothing_is_borrowed(house: House) -> None:
    executive, assistant, app = pair(house, "self")
    lent(house, executive, assistant)
    browser = asked(house, "self", app).submit(whom="self")
    house.clock.move(seconds=31)
    if browser.path == "/sign-in/totp":
        browser.submit(code=app.at(house.clock()))
    if "code" in browser.query:
        claims = claims_of(RelyingParty(house).redeem(browser).json["access_token"])  # type: ignore[index]
        assert claims["sub"] == assistant.id and "act" not in claims and "payroll.read" not in str(claims.get("scope"))


def test_what_ends_mid_way_ends_refresh_userinfo_and_introspection_at_once(house: House) -> None:
    executive, assistant, app = pair(house, "mid")
    one = lent(house, executive, assistant)
    party = RelyingParty(house)
    answer = party.redeem(acting(house, "mid", app, one)).json
    assert answer is not None
    told = party.post("/introspect", {"token": answer["access_token"]}).json
    assert told is not None and told["active"] and told["act"] == {"sub": assistant.id}
    with house.idp.ports.truth.begin() as tx:
        tx.delegations.end(one.id, house.clock())
    assert party.post("/introspect", {"token": answer["access_token"]}).json == {"active": False}
    refreshed = party.token({"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]})
    assert refreshed.json["error"] == "invalid_grant"  # type: ignore[index]


def test_the_code_of_a_delegation_that_ended_gives_nothing(house: House) -> None:
    executive, assistant, app = pair(house, "late")
    one = lent(house, executive, assistant)
    browser = acting(house, "late", app, one)
    with house.idp.ports.truth.begin() as tx:
        tx.delegations.end(one.id, house.clock())
    assert RelyingParty(house).redeem(browser).json["error"] == "invalid_grant"  # type: ignore[index]


@pytest.mark.parametrize("kind", ["over", "to-come", "elsewhere", "by-another", "disabled"])
def test_what_is_not_in_force_here_is_not_offered_and_not_taken(house: House, kind: str) -> None:
    executive, assistant, app = pair(house, kind)
    now = house.clock()
    more: dict[str, dict[str, object]] = {
        "over": {"ends_at": now - timedelta(minutes=1)},
        "to-come": {"starts_at": now + timedelta(days=1)},
        "elsewhere": {"client_ids": ("docs",)},
        "by-another": {"made_by": assistant.id},  # self-made, for somebody else
        "disabled": {},
    }
    one = lent(house, executive, assistant, **more[kind])
    if kind == "disabled":
        with house.idp.ports.truth.begin() as tx:
            tx.people.change(replace(executive, disabled=True))
    browser = asked(house, kind, app)
    assert browser.path != "/sign-in/acting" and one.id not in browser.page
    good = lent(house, house.person(f"{kind}-other", PASSWORD), assistant)
    browser = asked(house, kind, app)
    action, hidden = browser.hidden(whom="")
    browser.post(action, hidden | {"whom": one.id})
    assert "Choose for whom" in browser.get(browser.url).page and good.id in browser.page


def test_what_was_lent_is_not_lent_on(house: House) -> None:
    """A delegation from the assistant to a third person opens what the assistant's own post may, which is nothing."""
    executive, assistant, _ = pair(house, "chain")
    lent(house, executive, assistant)
    third = house.person("third-aide", PASSWORD)
    one = lent(house, assistant, third)
    browser = Browser(house).get(RelyingParty(house).start(scope=SCOPE))
    browser.submit(username="third-aide").submit(password=PASSWORD)
    assert executive.display_name.en not in browser.page
    browser.submit(whom=one.id)
    assert "code" not in browser.query or "payroll.read" not in str(
        claims_of(RelyingParty(house).redeem(browser).json["access_token"])  # type: ignore[index]
    )


def test_making_one_takes_a_recent_proof_and_keeps_what_was_typed(house: House) -> None:
    executive, assistant, _ = pair(house, "maker")
    app, browser = house.app_of(executive), Browser(house)
    browser.sign_in("/me/delegations", "maker-boss", PASSWORD, app)
    assert browser.path == "/me/delegations"
    house.clock.move(minutes=11)
    today = house.clock().date().isoformat()
    typed = {"delegate": "maker-aide", "client": "docs", "starts": today, "ends": today, "reason": "on <leave> & away"}
    browser.submit(do="make", **typed)
    assert browser.path == "/sign-in/password", browser.url
    house.clock.move(seconds=31)
    browser.submit(password=PASSWORD).submit(code=app.at(house.clock()))
    assert browser.path == "/me/delegations" and 'value="on &lt;leave&gt; &amp; away"' in browser.page
    assert 'value="maker-aide"' in browser.page and re.search(r'value="docs"[^>]*checked', browser.page)
    assert not house.idp.ports.truth.delegations.given_by(executive.id)  # nothing was sent by itself
    browser.submit(do="make", **typed)
    (made,) = house.idp.ports.truth.delegations.given_by(executive.id)
    assert (made.delegate_id, made.client_ids, made.reason) == (assistant.id, ("docs",), "on <leave> & away")
    assert house.events("delegation.made")
    for wrong in (
        {"delegate": "maker-boss"},
        {"delegate": "nobody"},
        {"ends": "2027-12-31"},
        {"client": "gerege-console"},
    ):
        browser.get("/me/delegations").submit(do="make", **(typed | wrong))
        assert browser.status == 400
    assert len(house.idp.ports.truth.delegations.given_by(executive.id)) == 1
    aide = Browser(house).sign_in("/me/delegations", "maker-aide", PASSWORD, None)
    if aide.path == "/me/delegations":
        aide.submit(do="end", delegation=made.id)
        assert house.idp.ports.truth.delegations.get(made.id).ended_at is not None  # type: ignore[union-attr]


def test_a_stranger_ends_nothing_and_no_form_is_taken_without_its_token(house: House) -> None:
    executive, assistant, _ = pair(house, "csrf")
    one = lent(house, executive, assistant)
    house.person("stranger", PASSWORD)
    browser = Browser(house).sign_in("/me/delegations", "stranger", PASSWORD)
    csrf = re.search(r'name="csrf" value="([^"]+)"', browser.main)[1]  # type: ignore[index]
    assert browser.post("/me/delegations", {"csrf": csrf, "do": "end", "delegation": one.id}).status_code == 403
    for path in ("/me/delegations", "/me/devices", "/me/post"):
        assert browser.post(path, {"do": "end", "delegation": one.id}).status_code == 403
    assert house.idp.ports.truth.delegations.get(one.id).ended_at is None  # type: ignore[union-attr]


def hint_of(house: House, browser: Browser) -> str:
    return str(RelyingParty(house).redeem(browser).json["id_token"])  # type: ignore[index]


def silent(house: House, browser: Browser, **more: str) -> Browser:
    return browser.get(RelyingParty(house).start(scope=SCOPE, prompt="none", **more))


def test_the_session_that_acts_is_whom_the_executive_s_id_token_means(house: House) -> None:
    """OIDC Core §3.1.2.1: `sub` of the hint is the executive; the answer names them again, and who acts."""
    executive, assistant, app = pair(house, "hint")
    one = lent(house, executive, assistant)
    browser = acting(house, "hint", app, one)
    hint = hint_of(house, browser)
    for asked_ in ({"prompt": "none"}, {}):
        browser.get(RelyingParty(house).start(scope=SCOPE, id_token_hint=hint, **asked_))
        claims = claims_of(hint_of(house, browser))
        assert (claims["sub"], claims["act"]) == (executive.id, {"sub": assistant.id})
    assert claims_of(hint_of(house, silent(house, browser)))["sub"] == assistant.id  # without it, for oneself
    with house.idp.ports.truth.begin() as tx:
        tx.delegations.end(one.id, house.clock())
    assert silent(house, browser, id_token_hint=hint).query["error"] == "login_required"


def test_an_executive_s_id_token_makes_nobody_else_act(house: House) -> None:
    executive, assistant, app = pair(house, "meant")
    one = lent(house, executive, assistant)
    hint = hint_of(house, acting(house, "meant", app, one))
    stranger = house.app_of(house.person("meant-eve", PASSWORD, roles=("payroll-clerk",)))
    other = Browser(house).sign_in("/me", "meant-eve", PASSWORD, stranger)
    assert silent(house, other, id_token_hint=hint).query["error"] == "login_required"
    # The assistant in a session that has not acted: not in silence, and not for anybody else.
    house.clock.move(seconds=31)
    fresh = Browser(house).sign_in("/me", "meant-aide", PASSWORD, app)
    assert silent(house, fresh, id_token_hint=hint).query["error"] == "login_required"
    fresh.get(RelyingParty(house).start(scope=SCOPE, id_token_hint=hint))
    assert fresh.path == "/sign-in/acting"
    fresh.submit(whom="self")
    assert fresh.query["error"] == "login_required"
    fresh.get(RelyingParty(house).start(scope=SCOPE, id_token_hint=hint)).submit(whom=one.id)
    house.clock.move(seconds=31)
    if fresh.path in ("/sign-in/totp", "/sign-in/password"):
        fresh.submit(code=app.at(house.clock()))
    assert claims_of(hint_of(house, fresh))["sub"] == executive.id


def test_who_is_meant_themselves_acts_for_nobody(house: House) -> None:
    executive, assistant, app = pair(house, "own")
    browser = Browser(house).sign_in(RelyingParty(house).start(scope="openid"), "own-aide", PASSWORD, app)
    hint, one = hint_of(house, browser), lent(house, executive, assistant)
    browser.get(RelyingParty(house).start(scope="openid", id_token_hint=hint))
    assert claims_of(hint_of(house, browser))["sub"] == assistant.id
    # Nor when they are asked in a new sign-in, and choose the executive all the same.
    new = Browser(house).get(RelyingParty(house).start(scope="openid", id_token_hint=hint))
    new.submit(username="own-aide").submit(password=PASSWORD)
    if new.path == "/sign-in/acting":
        new.submit(whom=one.id)
    assert new.query.get("error") == "login_required"


def test_the_executive_s_id_token_signs_out_the_session_that_acts_and_no_other(house: House) -> None:
    executive, assistant, app = pair(house, "out")
    browser = acting(house, "out", app, lent(house, executive, assistant))
    hint, bye = hint_of(house, browser), "https://payroll.example/bye"
    leave = f"/logout?id_token_hint={hint}&post_logout_redirect_uri={bye}"
    boss = Browser(house).sign_in("/me", "out-boss", PASSWORD, house.app_of(executive))
    assert boss.get(leave).path == "/logout" and boss.get("/me").path == "/me"
    assert browser.get(leave).url == bye
    assert browser.get("/me").path == "/sign-in"
