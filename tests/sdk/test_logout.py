"""A logout token and every way in which one is refused. Spec: OpenID Connect Back-Channel Logout 1.0 §2.6."""

import pytest

from gerege_verify import InvalidToken, LogoutToken, Verifier, verify_logout
from gerege_verify.logout import EVENT

from .conftest import AUDIENCE, ISSUER, Issuer

CLIENT = "payroll"


def logout_token(issuer: Issuer, **changes: object) -> str:
    now = int(issuer.clock().timestamp())
    claims = {"iss": ISSUER, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": "l-1", "sub": "s-1", "sid": "x",
              "events": {EVENT: {}}, **changes}  # fmt: skip
    typ = claims.pop("typ", "logout+jwt")
    return issuer.sign({name: value for name, value in claims.items() if value is not None}, typ=typ)


class Spent(set[str]):
    def __call__(self, jti: str, end: float) -> bool:
        first = jti not in self
        self.add(jti)
        return first


@pytest.mark.parametrize(
    ("changes", "ended"),
    [({}, LogoutToken("s-1", "x")), ({"sid": None}, LogoutToken("s-1", None)), ({"sub": None}, LogoutToken(None, "x"))],
)
def test_whom_to_sign_out(changes: dict[str, object], ended: LogoutToken, issuer: Issuer, verifier: Verifier) -> None:
    assert verify_logout(verifier, logout_token(issuer, **changes), client_id=CLIENT, spend=Spent()) == ended


@pytest.mark.parametrize(
    "changes",
    [{"iss": "https://evil.example"}, {"iss": None}, {"aud": "docs"}, {"aud": None}, {"aud": AUDIENCE}, {"iat": None},
     {"iat": 9e9}, {"exp": None}, {"exp": 1}, {"jti": None}, {"events": None}, {"events": {}}, {"events": [EVENT]},
     {"events": {EVENT: True}}, {"events": {EVENT: []}}, {"events": {"http://other": {}}}, {"nonce": "n"},
     {"sub": None, "sid": None}, {"sub": 7}, {"sid": ["x"]}, {"typ": "JWT"}, {"typ": "at+jwt"}, {"typ": None}],
)  # fmt: skip
def test_a_wrong_logout_token_is_refused_and_spends_nothing(
    changes: dict[str, object], issuer: Issuer, verifier: Verifier
) -> None:
    spent = Spent()
    with pytest.raises(InvalidToken):
        verify_logout(verifier, logout_token(issuer, **changes), client_id=CLIENT, spend=spent)
    assert not spent


def test_a_logout_token_counts_once(issuer: Issuer, verifier: Verifier) -> None:
    spent, token = Spent(), logout_token(issuer)
    verify_logout(verifier, token, client_id=CLIENT, spend=spent)
    with pytest.raises(InvalidToken):
        verify_logout(verifier, token, client_id=CLIENT, spend=spent)


def test_a_forged_logout_token_is_refused(issuer: Issuer, verifier: Verifier) -> None:
    from joserfc.jwk import ECKey

    genuine = issuer.keys["k1"]
    issuer.keys["k1"] = ECKey.generate_key("P-256")
    forged = logout_token(issuer)
    issuer.keys["k1"] = genuine
    with pytest.raises(InvalidToken):
        verify_logout(verifier, forged, client_id=CLIENT, spend=Spent())


def test_an_access_token_signs_nobody_out(issuer: Issuer, verifier: Verifier) -> None:
    with pytest.raises(InvalidToken):
        verify_logout(verifier, issuer.token(), client_id=AUDIENCE, spend=Spent())


def test_a_logout_token_opens_nothing(issuer: Issuer, verifier: Verifier) -> None:
    with pytest.raises(InvalidToken):
        verifier.verify(logout_token(issuer, aud=AUDIENCE, client_id="c"), audience=AUDIENCE)
