"""The SDK, which knows nothing of our code, accepts what the endpoints give, and what it must refuse it refuses."""

from typing import Any

import pytest

from gerege_verify import InsufficientScope, InvalidToken, Verifier, verify_logout
from idp.flows import keys
from idp.oidc import logout_token
from idp.oidc.signing import sign
from tests.support.tokens import ISSUER, PAYROLL, World, world


def verifier(w: World) -> Verifier:
    def fetch(url: str) -> Any:
        return w.http("GET", url.removeprefix(ISSUER)).json

    return Verifier(ISSUER, fetch=fetch, clock=w.clock)


def test_it_accepts_our_access_tokens() -> None:
    w = world()
    token = verifier(w).verify(w.tokens()["access_token"], audience=PAYROLL, scope="payroll.read")
    assert (token.subject, token.client_id, token.scope) == (w.subject.id, "payroll", frozenset({"payroll.read"}))
    assert token.auth_time == w.session.authenticated_at
    assert (token.claims["post"], token.claims["dept"]) == (w.post.id, "mof")


def test_it_refuses_what_is_not_for_it() -> None:
    w = world()
    tokens, check = w.tokens(), verifier(w)
    with pytest.raises(InsufficientScope):
        check.verify(tokens["access_token"], audience=PAYROLL, scope="payroll.approve")
    with pytest.raises(InvalidToken):
        check.verify(tokens["access_token"], audience="urn:example:docs")
    with pytest.raises(InvalidToken):
        check.verify(tokens["id_token"], audience="payroll")


def test_it_follows_a_key_that_rolled_over_at_once() -> None:
    w = world()
    check = verifier(w)
    check.verify(w.tokens()["access_token"], audience=PAYROLL)
    w.clock.move(minutes=2)
    keys.rotate(w.idp, by="test", at_once=True)
    check.verify(w.tokens()["access_token"], audience=PAYROLL)


def test_it_hears_our_logout_tokens() -> None:
    w = world()
    claims = logout_token.claims(ISSUER, "payroll", w.subject.id, w.session.sid, "j-1", w.clock())
    token = sign(keys.signing_key(w.idp, w.clock()), logout_token.TYPE, claims)
    ended = verify_logout(verifier(w), token, client_id="payroll", spend=lambda jti, end: True)
    assert (ended.subject, ended.sid) == (w.subject.id, w.session.sid)
