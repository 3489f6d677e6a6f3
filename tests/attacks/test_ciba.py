"""The back channel: forged and stale requests, whom they mean, wearing people down, another's answer, replay."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from idp.flows.notices import ASKED
from idp.model import BackchannelRequest
from idp.web.admin.alerts import URGENT
from tests.support.away import BACKCHANNEL, Bank, error, heading, register, signed, somebody
from tests.support.browser import ISSUER, Browser
from tests.support.house import House
from tests.support.proofs import Key

EVER = datetime(2020, 1, 1, tzinfo=UTC)
KEY, OTHER = Key(kid="k1"), Key(kid="k1")


@pytest.fixture
def bank(house: House) -> Bank:
    register(house, "bank", **BACKCHANNEL)
    house.clock.move(minutes=4)  # the budget of one person
    return Bank(house, "bank")


@pytest.fixture
def signing(house: House) -> Bank:
    """It signs what it asks."""
    register(house, "signing", **BACKCHANNEL, jwks=(KEY.jwk,), backchannel_authentication_request_signing_alg="ES256")
    house.clock.move(minutes=4)
    return Bank(house, "signing")


def question(house: House, **changes: Any) -> dict[str, Any]:
    now = int(house.clock().timestamp())
    asked = {
        "iss": "signing",
        "aud": ISSUER,
        "exp": now + 300,
        "iat": now,
        "nbf": now,
        "jti": str(house.idp.token()),
        "scope": "openid profile",
        "login_hint": "zoe@local.example",
        "binding_message": "R-17",
    } | changes
    return {name: value for name, value in asked.items() if value is not None}


def test_only_the_person_who_is_meant_sees_and_answers(house: House, bank: Bank) -> None:
    zoe, max_ = somebody(house, "zoe", "/me"), somebody(house, "max", "/me/approve")
    assert bank.ask(login_hint="zoe@local.example", binding_message="R-17").status_code == 200
    assert "1 request waits for your approval" in zoe.get("/me").page
    assert "1 request waits for your approval" in zoe.get("/").page
    zoe.get("/me/approve")
    assert "R-17" in zoe.page
    assert "R-17" not in max_.get("/me/approve").page
    action, hidden = zoe.hidden(request="")
    max_.get("/me/approve")
    mine = house.idp.ports.sealer.digest("csrf", f"{max_.cookie('binding')}|/me/approve")
    answer = max_.post(action, {"request": hidden["request"], "csrf": mine, "do": "allow"})
    assert answer.headers["Location"].endswith("notice=over")
    assert error(bank.poll()) == "authorization_pending"
    assert zoe.post(action, {"request": hidden["request"], "do": "allow"}).status_code == 403
    zoe.submit(do="allow", request=hidden["request"])
    assert "Allowed." in zoe.page
    assert bank.poll().status_code == 200
    assert error(bank.poll()) == "invalid_grant"


def test_nobody_learns_who_works_here(house: House, bank: Bank) -> None:
    """A name that nobody has, and a person who is disabled, are answered as everybody; and then nobody comes."""
    house.person("real", "a password")
    house.clock.move(minutes=4)
    answers = [bank.ask(login_hint=name) for name in ("real@local.example", "nobody@local.example", "x@elsewhere.test")]
    shapes = {(one.status_code, *sorted(one.json or {}), (one.json or {})["expires_in"]) for one in answers}
    assert len(shapes) == 1
    assert error(bank.poll()) == "authorization_pending"
    house.clock.move(minutes=6)
    assert error(bank.poll()) == "expired_token"


def test_nobody_is_worn_down(house: House, bank: Bank) -> None:
    """The sixth question within minutes is refused; for a name that nobody has as well."""
    house.person("tired", "a password")
    for name in ("tired@local.example", "unknown@local.example"):
        statuses = [bank.ask(login_hint=name).status_code for _ in range(6)]
        assert statuses == [200] * 5 + [429]


def test_who_is_asked_again_and_again_is_seen_once_and_pushed_no_further(house: House, bank: Bank) -> None:
    """Approval fatigue: one alert in an hour, at the first refusal, and no letter to whom it is done to."""
    worn, before = house.person("worn", "a password"), house.alerts("approval-fatigue")
    for number in range(12):
        bank.ask(login_hint="worn@local.example")
        assert house.alerts("approval-fatigue") == before + (number >= 5)
    alert = next(one for one in house.idp.ports.truth.desk.alerts() if one.kind == "approval-fatigue")
    assert alert.subject_id == worn.id and alert.params == {"application": "bank"} and alert.kind in URGENT
    assert {one.kind for one in house.idp.ports.truth.notices.of(worn.id, EVER)} == {ASKED}


def test_many_applications_and_many_names_are_one_person(house: House, bank: Bank) -> None:
    """Each stays below its own limit; together they are seen, and none can keep another's question away."""
    soft, before = house.person("soft", "a password"), house.alerts("approval-fatigue")
    register(house, "second", **BACKCHANNEL)
    asked = [(one, name) for one in (bank, Bank(house, "second")) for name in ("soft@local.example", "LOCAL\\soft")]
    for number in range(11):
        one, name = asked[number % len(asked)]
        assert one.ask(login_hint=name).status_code == 200
    assert house.alerts("approval-fatigue") == before + 1
    alert = next(one for one in house.idp.ports.truth.desk.alerts() if one.kind == "approval-fatigue")
    assert alert.subject_id == soft.id


def test_names_that_nobody_has_are_seen_too_once_for_each_application(house: House) -> None:
    register(house, "prober", **BACKCHANNEL)
    bank, before = Bank(house, "prober"), house.alerts("approval-fatigue")
    for name in ("ghost1@local.example", "ghost2@local.example"):
        for _ in range(6):
            bank.ask(login_hint=name)
    assert house.alerts("approval-fatigue") == before + 1


def test_another_client_cannot_take_the_answer(house: House, bank: Bank) -> None:
    register(house, "thief", **BACKCHANNEL)
    yes = somebody(house, "yes", "/me/approve")
    bank.ask(login_hint="yes@local.example")
    yes.get("/me/approve").submit(do="allow")
    assert error(Bank(house, "thief").poll(bank.asked["auth_req_id"])) == "invalid_grant"
    assert bank.poll().status_code == 200


def test_a_no_is_final(house: House, bank: Bank) -> None:
    no = somebody(house, "no", "/me/approve")
    bank.ask(login_hint="no@local.example")
    no.get("/me/approve")
    _, hidden = no.hidden(do="deny")
    no.submit(do="deny")
    assert error(bank.poll()) == "access_denied"
    answer = no.post("/me/approve", hidden | {"do": "allow"})
    assert answer.headers["Location"].endswith("notice=over")
    assert error(bank.poll()) == "access_denied"


def test_signing_out_ends_what_was_allowed(house: House, bank: Bank) -> None:
    leaver = somebody(house, "leaver", "/me/approve")
    bank.ask(login_hint="leaver@local.example")
    leaver.get("/me/approve").submit(do="allow")
    leaver.get("/logout").submit(do="confirm")
    assert error(bank.poll()) == "invalid_grant"


def test_an_assurance_that_is_asked_must_be_proved(house: House, bank: Bank) -> None:
    """acr_values of phishing resistance: the yes of a session without a passkey leads to making one, not to tokens."""
    weak = somebody(house, "weak", "/me/approve")
    bank.ask(login_hint="weak@local.example", acr_values="urn:gerege:aal2-phr")
    weak.get("/me/approve").submit(do="allow")
    assert weak.path == "/sign-in/enrol/passkey" or weak.path == "/sign-in/enrol"
    assert error(bank.poll()) == "authorization_pending"


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({}, "invalid_request"),
        ({"login_hint": "a", "id_token_hint": "b"}, "invalid_request"),
        ({"login_hint_token": "x.y.z"}, "invalid_request"),
        ({"id_token_hint": "x.y.z"}, "invalid_request"),
        ({"id_token_hint": "eyJhbGciOiJub25lIn0.e30."}, "invalid_request"),
        ({"login_hint": "a", "scope": "profile"}, "invalid_scope"),
        ({"login_hint": "a", "binding_message": "x" * 101}, "invalid_binding_message"),
        ({"login_hint": "a", "binding_message": "two\nlines"}, "invalid_binding_message"),
        ({"login_hint": "a", "binding_message": "turned \u202e round"}, "invalid_binding_message"),
        ({"login_hint": "a", "requested_expiry": "0"}, "invalid_request"),
        ({"login_hint": "a", "requested_expiry": "-5"}, "invalid_request"),
        ({"login_hint": "a", "requested_expiry": "\u0663"}, "invalid_request"),
        ({"login_hint": "a", "request": "x"}, "invalid_request"),
        ({"login_hint": "a", "authorization_details": "[]"}, "invalid_authorization_details"),
    ],
    ids=[
        "no-hint", "two-hints", "hint-token", "no-id-token", "unsigned-hint", "no-openid", "long-message",
        "two-lines", "bidi", "zero", "negative", "arabic-digit", "unregistered-signature", "details",
    ],
)  # fmt: skip
def test_questions_that_are_refused(house: House, bank: Bank, form: dict[str, str], told: str) -> None:
    assert error(bank.ask(**form)) == told


def test_who_may_not_ask(house: House, bank: Bank) -> None:
    assert error(Bank(house, "docs").ask(login_hint="a")) == "unauthorized_client"
    register(house, "public", **BACKCHANNEL | {"auth_method": "none", "secret_hashes": ()})
    assert error(Bank(house, "public").ask(login_hint="a")) == "unauthorized_client"
    body = urlencode({"scope": "openid", "login_hint": "a"})
    answer = house.http().post(
        "/bc-authorize", base_url=ISSUER, data=body, content_type="application/x-www-form-urlencoded"
    )
    assert error(answer) == "invalid_client"


@pytest.mark.parametrize(
    ("seconds", "expected"), [("30", 30), ("86400", 3600), (None, 300)], ids=["short", "too-long", "default"]
)
def test_how_long_it_waits(house: House, bank: Bank, seconds: str | None, expected: int) -> None:
    more = {} if seconds is None else {"requested_expiry": seconds}
    assert (bank.ask(login_hint="w@local.example", **more).json or {})["expires_in"] == expected


def test_a_signed_question_is_taken_once(house: House, signing: Bank) -> None:
    house.person("zoe-signed", "a password")
    compact = signed(KEY, question(house, requested_expiry=30))
    answer = signing.call("/bc-authorize", {"request": compact})
    assert (answer.status_code, (answer.json or {}).get("expires_in")) == (200, 30)
    assert error(signing.call("/bc-authorize", {"request": compact})) == "invalid_request"


CHANGES: dict[str, dict[str, Any]] = {
    "no-iss": {"iss": None},
    "other-iss": {"iss": "bank"},
    "no-aud": {"aud": None},
    "other-aud": {"aud": "https://other.example"},
    "aud-is-endpoint": {"aud": f"{ISSUER}/bc-authorize"},
    "no-exp": {"exp": None},
    "no-iat": {"iat": None},
    "no-nbf": {"nbf": None},
    "no-jti": {"jti": None},
    "empty-jti": {"jti": ""},
    "text-exp": {"exp": "tomorrow"},
    "true-exp": {"exp": True},
    "huge-exp": {"exp": 10**30},
    "client-assertion": {"sub": "signing"},
    "two-hints": {"id_token_hint": "x"},
    "list-hint": {"login_hint": ["zoe"]},
    "true-expiry": {"requested_expiry": True},
    "float-expiry": {"requested_expiry": 1.5},
}


@pytest.mark.parametrize("change", list(CHANGES.values()), ids=list(CHANGES))
def test_signed_questions_that_are_refused(house: House, signing: Bank, change: dict[str, Any]) -> None:
    answer = signing.call("/bc-authorize", {"request": signed(KEY, question(house, **change))})
    assert error(answer) == "invalid_request"


@pytest.mark.parametrize(
    ("name", "by"),
    [
        ("exp", timedelta(minutes=-2)),
        ("exp", timedelta(minutes=61)),
        ("nbf", timedelta(minutes=2)),
        ("nbf", timedelta(minutes=-62)),
        ("iat", timedelta(minutes=2)),
    ],
    ids=["expired", "lives-too-long", "not-yet", "begun-long-ago", "from-the-future"],
)
def test_signed_questions_out_of_time(house: House, signing: Bank, name: str, by: timedelta) -> None:
    at = int((house.clock() + by).timestamp())
    assert (
        error(signing.call("/bc-authorize", {"request": signed(KEY, question(house, **{name: at}))}))
        == "invalid_request"
    )


def test_a_little_skew_is_bearable(house: House, signing: Bank) -> None:
    soon = int(house.clock().timestamp()) + 8
    answer = signing.call(
        "/bc-authorize", {"request": signed(KEY, question(house, nbf=soon, iat=soon, aud=[ISSUER, "x"]))}
    )
    assert answer.status_code == 200


def test_signatures_that_are_none(house: House, signing: Bank) -> None:
    asked = question(house)
    head, body, tail = signed(KEY, asked).split(".")
    for compact in (
        signed(OTHER, asked),
        signed(OTHER, asked, jwk=OTHER.jwk),
        signed(KEY, asked, alg="none"),
        signed(KEY, asked, typ="client-authentication+jwt"),
        signed(KEY, asked, typ="dpop+jwt"),
        signed(KEY, asked, crit=["b64"], b64=False),
        f"{head}.{body}.",
        f"{head}.{body}.{tail[:-2]}AA",
        "x" * 40_000,
    ):
        assert error(signing.call("/bc-authorize", {"request": compact})) == "invalid_request"


def test_whoever_signs_signs_always_and_everything(house: House, signing: Bank) -> None:
    assert error(signing.ask(login_hint="zoe@local.example")) == "invalid_request"
    compact = signed(KEY, question(house))
    for beside in ({"login_hint": "other@local.example"}, {"scope": "openid payroll.read"}, {"binding_message": "x"}):
        assert error(signing.call("/bc-authorize", {"request": compact} | beside)) == "invalid_request"
    twice = [("request", compact), ("request", compact)]
    answer = house.http().post("/bc-authorize", base_url=ISSUER, data=urlencode(twice),
                               content_type="application/x-www-form-urlencoded")  # fmt: skip
    assert error(answer) == "invalid_request"


def test_the_message_is_shown_as_text(house: House, bank: Bank) -> None:
    who = somebody(house, "reader", "/me/approve")
    bank.ask(login_hint="reader@local.example", binding_message="<b>Yes</b> & 中文")
    assert "<b>Yes</b>" not in who.get("/me/approve").page
    assert "&lt;b&gt;Yes&lt;/b&gt; &amp; 中文" in who.page
    assert heading(who) == "Requests for your approval"


def test_strangers_are_led_to_the_sign_in(house: House) -> None:
    assert Browser(house).get("/me/approve").path == "/sign-in"
    answer = Browser(house).post("/me/approve", {"do": "allow", "request": "x"})
    assert (answer.status_code, "/sign-in" in answer.headers["Location"]) == (303, True)


def test_the_store_holds_no_secret_of_it(house: House, bank: Bank) -> None:
    secret = (bank.ask(login_hint="s@local.example").json or {})["auth_req_id"]
    assert house.idp.ports.brief.kept(BackchannelRequest, secret) is None
    assert len(secret) >= 43
