"""Time, permissions, assurance, revocation, memory: what is asked every time; and the words of each refusal."""

from datetime import timedelta

import pytest

import gerege_verify
from gerege_verify import (
    ExpiredToken,
    InsufficientScope,
    InsufficientUserAuthentication,
    InvalidToken,
    IssuerUnavailable,
    MissingToken,
    Verifier,
    VerifyError,
)

from .conftest import AUDIENCE, ISSUER, Clock, Issuer


def test_a_token_ends_when_it_ends_remembered_or_not(issuer: Issuer, clock: Clock) -> None:
    token = issuer.token()
    for remembered in (0, 10):
        clock.now = clock.now.replace(hour=9, minute=0, second=0)
        verifier = Verifier(ISSUER, clock=clock, fetch=issuer.fetch, remembered=remembered, leeway=timedelta(0))
        clock.advance(seconds=299)
        assert verifier.verify(token, audience=AUDIENCE)
        clock.advance(seconds=1)
        with pytest.raises(ExpiredToken) as caught:
            verifier.verify(token, audience=AUDIENCE)
        assert caught.value.challenge() == (
            'Bearer error="invalid_token", error_description="The access token expired"'
        )


def test_leeway_is_given_at_both_ends(issuer: Issuer, verifier: Verifier, clock: Clock) -> None:
    now = int(clock().timestamp())
    assert verifier.verify(issuer.token(iat=now + 30, nbf=now + 30), audience=AUDIENCE)
    for name in ("iat", "nbf", "auth_time"):
        with pytest.raises(InvalidToken, match="not valid") as caught:
            verifier.verify(issuer.token(**{name: now + 31}), audience=AUDIENCE)
        assert caught.value.reason == name
    assert verifier.verify(issuer.token(exp=now - 29), audience=AUDIENCE)
    with pytest.raises(ExpiredToken):
        verifier.verify(issuer.token(exp=now - 30), audience=AUDIENCE)


@pytest.mark.parametrize("scope", ["payroll.read", "payroll.read payroll.approve", ["payroll.approve"], ()])
def test_every_needed_permission_is_there(scope: str | list[str], issuer: Issuer, verifier: Verifier) -> None:
    assert verifier.verify(issuer.token(), audience=AUDIENCE, scope=scope)


def test_a_missing_permission_is_named(issuer: Issuer, verifier: Verifier) -> None:
    for held in ("payroll.read", "payroll.approve.all", "", None):
        with pytest.raises(InsufficientScope) as caught:
            verifier.verify(issuer.token(scope=held), audience=AUDIENCE, scope="payroll.approve", acr="urn:gerege:aal3")
        assert caught.value.status == 403
        assert caught.value.challenge() == (
            'Bearer error="insufficient_scope", error_description="The request needs a permission that the access '
            'token does not carry", scope="payroll.approve"'
        )


LEVELS = gerege_verify.ACR_ORDER


@pytest.mark.parametrize("held", range(4))
@pytest.mark.parametrize("needed", range(4))
def test_levels_are_ordered(held: int, needed: int, issuer: Issuer, verifier: Verifier) -> None:
    token = issuer.token(acr=LEVELS[held])
    if held >= needed:
        assert verifier.verify(token, audience=AUDIENCE, acr=LEVELS[needed]).acr == LEVELS[held]
    else:
        with pytest.raises(InsufficientUserAuthentication):
            verifier.verify(token, audience=AUDIENCE, acr=LEVELS[needed])


@pytest.mark.parametrize("acr", [None, "urn:other:level", "urn:gerege:aal9", "URN:GEREGE:AAL3"])
def test_an_unknown_level_is_worth_nothing(acr: str | None, issuer: Issuer, verifier: Verifier) -> None:
    with pytest.raises(InsufficientUserAuthentication):
        verifier.verify(issuer.token(acr=acr), audience=AUDIENCE, acr=LEVELS[0])


def test_a_level_that_nobody_knows_is_a_mistake_of_the_program(issuer: Issuer, verifier: Verifier) -> None:
    with pytest.raises(ValueError, match="gold"):
        verifier.verify(issuer.token(), audience=AUDIENCE, acr="gold")


def test_other_levels_can_be_told(issuer: Issuer, clock: Clock) -> None:
    verifier = Verifier(ISSUER, clock=clock, fetch=issuer.fetch, acr_order=("silver", "gold"))
    assert verifier.verify(issuer.token(acr="gold"), audience=AUDIENCE, acr="silver")


def test_the_step_up_challenge_names_all_that_is_demanded(issuer: Issuer, verifier: Verifier, clock: Clock) -> None:
    ten = timedelta(minutes=10)
    token = issuer.token()
    with pytest.raises(InsufficientUserAuthentication) as caught:
        verifier.verify(token, audience=AUDIENCE, acr="urn:gerege:aal2-phr", max_age=ten)
    assert caught.value.status == 401
    assert caught.value.challenge() == (
        'Bearer error="insufficient_user_authentication", error_description="A stronger or more recent sign-in is '
        'required", acr_values="urn:gerege:aal2-phr", max_age="600"'
    )


def test_a_sign_in_grows_old(issuer: Issuer, verifier: Verifier, clock: Clock) -> None:
    now = int(clock().timestamp())
    ten = timedelta(minutes=10)
    assert verifier.verify(issuer.token(auth_time=now - 630), audience=AUDIENCE, max_age=ten)
    for auth_time in (now - 631, None):
        with pytest.raises(InsufficientUserAuthentication) as caught:
            verifier.verify(issuer.token(auth_time=auth_time), audience=AUDIENCE, max_age=ten)
        assert 'max_age="600"' in str(caught.value.challenge())


def test_memory_does_not_answer_for_another_question(issuer: Issuer, verifier: Verifier) -> None:
    token = issuer.token(scope="payroll.read")
    assert verifier.verify(token, audience=AUDIENCE, scope="payroll.read")
    with pytest.raises(InvalidToken):
        verifier.verify(token, audience="urn:example:docs")
    with pytest.raises(InsufficientScope):
        verifier.verify(token, audience=AUDIENCE, scope="payroll.approve")
    with pytest.raises(InsufficientUserAuthentication):
        verifier.verify(token, audience=AUDIENCE, acr="urn:gerege:aal3")


def test_a_revoked_token_is_refused_although_it_was_seen(issuer: Issuer, clock: Clock) -> None:
    revoked: set[str] = set()
    verifier = Verifier(ISSUER, clock=clock, fetch=issuer.fetch, revoked=lambda one: one.token_id in revoked)
    token = issuer.token()
    assert verifier.verify(token, audience=AUDIENCE)
    revoked.add("t-1")
    with pytest.raises(InvalidToken) as caught:
        verifier.verify(token, audience=AUDIENCE)
    assert caught.value.reason == "revoked"


def test_memory_is_bounded(issuer: Issuer, clock: Clock) -> None:
    verifier = Verifier(ISSUER, clock=clock, fetch=issuer.fetch, remembered=3)
    for number in range(10):
        verifier.verify(issuer.token(jti=f"t-{number}"), audience=AUDIENCE)
    assert len(verifier._seen.tokens) == 3


def test_the_module_asks_the_issuer_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEREGE_ISSUER", "http://127.0.0.1:9")  # nothing listens there
    with pytest.raises(IssuerUnavailable):
        gerege_verify.verify("a.b.c", audience=AUDIENCE)


def test_a_challenge_cannot_be_broken_by_what_it_quotes() -> None:
    assert MissingToken('a"b\\c\r\nSet-Cookie: x').challenge() == 'Bearer realm="a\\"b\\\\cSet-Cookie: x"'
    unavailable: VerifyError = IssuerUnavailable()
    assert unavailable.challenge() is None
