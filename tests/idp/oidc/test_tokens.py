"""Access, ID and logout tokens: what they say, and that reading gives back what was rendered."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey

from idp.errors import InvalidToken
from idp.model import AAL2, Grant
from idp.oidc import id_token, logout_token, tokens
from idp.oidc.signing import new_key, sign
from idp.oidc.tokens import AccessToken

ISSUER = "https://id.example"
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
KEY = new_key(hashlib.sha384(b"key").digest(), NOW, NOW)
GRANT = Grant("g-1", "s-1", "payroll", "p-1", "sid-1", ("openid",), None, AAL2, ("pwd", "otp"), NOW, NOW)

words = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12)
moments = st.integers(1_700_000_000, 1_900_000_000).map(tokens.moment)
access_tokens = st.builds(
    AccessToken,
    jti=words,
    subject=words,
    client_id=words,
    audience=words,
    scope=st.lists(words, unique=True, max_size=4).map(tuple),
    issued_at=moments,
    expires_at=moments,
    dept=words,
    grade=st.integers(1, 4),
    post=st.none() | words,
    sid=st.none() | words,
    grant=st.none() | words,
    acr=st.none() | words,
    amr=st.lists(words, max_size=3).map(tuple),
    authenticated_at=st.none() | moments,
)


@given(access_tokens)
def test_reading_gives_back_what_was_rendered(token: AccessToken) -> None:
    before = token.expires_at - timedelta(seconds=1)
    assert tokens.read(token.render(ISSUER), ISSUER, before) == token


@given(access_tokens)
def test_over_is_over_to_the_second(token: AccessToken) -> None:
    with pytest.raises(InvalidToken):
        tokens.read(token.render(ISSUER), ISSUER, token.expires_at)


@given(access_tokens, st.sampled_from(["iss", "sub", "aud", "client_id", "iat", "exp", "jti"]))
def test_no_claim_of_rfc_9068_may_be_missing(token: AccessToken, name: str) -> None:
    claims = token.render(ISSUER)
    del claims[name]
    with pytest.raises(InvalidToken):
        tokens.read(claims, ISSUER, token.expires_at - timedelta(seconds=1))


def test_another_issuer_is_refused() -> None:
    token = AccessToken(
        jti="j", subject="s", client_id="c", audience="a", scope=(), issued_at=NOW, expires_at=NOW + timedelta(hours=1),
        dept="d", grade=1,
    )  # fmt: skip
    with pytest.raises(InvalidToken):
        tokens.read(token.render("https://evil.example"), ISSUER, NOW)


def test_id_token_claims() -> None:
    claims = id_token.claims(ISSUER, GRANT, "token", NOW, timedelta(minutes=10), "n")
    assert claims == {
        "iss": ISSUER, "sub": "s-1", "aud": "payroll", "iat": 1795399200, "exp": 1795399800, "auth_time": 1795399200,
        "acr": AAL2, "amr": ["pwd", "otp"], "sid": "sid-1", "nonce": "n", "at_hash": id_token.at_hash("token"),
    }  # fmt: skip
    assert "nonce" not in id_token.claims(ISSUER, GRANT, "token", NOW, timedelta(minutes=10), None)


def test_at_hash_of_the_standard() -> None:
    """OIDC Core appendix A.3."""
    assert id_token.at_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y") == "77QmUPtjPfzWtF2AnpK9RQ"


def test_hint_may_be_over_but_not_foreign() -> None:
    claims = id_token.claims(ISSUER, GRANT, "token", NOW - timedelta(days=300), timedelta(minutes=10), None)
    assert id_token.read_hint(sign(KEY, id_token.TYPE, claims), ISSUER, [KEY])["sid"] == "sid-1"
    for bad in ({**claims, "iss": "https://evil.example"}, {**claims, "sid": None}):
        with pytest.raises(InvalidToken):
            id_token.read_hint(sign(KEY, id_token.TYPE, bad), ISSUER, [KEY])
    with pytest.raises(InvalidToken):  # an access token is no hint
        id_token.read_hint(sign(KEY, tokens.TYPE, claims), ISSUER, [KEY])


def test_logout_token_is_what_applications_expect() -> None:
    """Back-Channel Logout 1.0 §2.4, and joserfc reads it."""
    token = sign(KEY, logout_token.TYPE, logout_token.claims(ISSUER, "payroll", "s-1", "sid-1", "j-1", NOW))
    read = jwt.decode(token, ECKey.import_key(dict(KEY.public_jwk)), algorithms=["ES256"])
    assert read.header["typ"] == "logout+jwt"
    assert read.claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert "nonce" not in read.claims
    assert read.claims["exp"] - read.claims["iat"] <= 120
    assert (read.claims["sub"], read.claims["sid"], read.claims["aud"]) == ("s-1", "sid-1", "payroll")
