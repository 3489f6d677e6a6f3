"""A client of a strict profile is held to it, whatever its registration says. Spec: FAPI 2.0 SP §5.3.2."""

from typing import Any

import pytest

from idp.oidc.profiles import needs_pkce
from tests.support.proofs import Key, asserted, assertion, proof
from tests.support.tokens import ISSUER, Reply, World, claims_of, world

KEY = Key("ES256", "k1")
MACHINE = {"grant_type": "client_credentials", "scope": "docs.read"}
STRONG: dict[str, Any] = {"profile": "fapi2", "auth_method": "private_key_jwt", "jwks": (KEY.jwk,)}


def strict(**changes: Any) -> World:
    """The robot, under the strict profile."""
    w = world()
    w.change_client("robot", **(STRONG | changes))
    return w


def asks(w: World, *, dpop: bool = True, nonce: str | None = None, **claims: Any) -> Reply:
    key = claims.pop("key", KEY)
    headers = {"DPoP": proof(KEY, "POST", f"{ISSUER}/token", w.clock(), nonce=nonce)} if dpop else {}
    return w.call("/token", MACHINE | asserted(assertion(key, "robot", w.clock(), **claims)), None, headers)


def test_as_it_should_be() -> None:
    w = strict()
    asked = asks(w)
    assert asked.json["error"] == "use_dpop_nonce"
    good = asks(w, nonce=asked.headers["DPoP-Nonce"])
    assert (good.status, good.json["token_type"]) == (200, "DPoP")
    assert claims_of(good.json["access_token"])["cnf"] == {"jkt": KEY.thumbprint}


@pytest.mark.parametrize(
    "registered", [{}, {"dpop_bound_access_tokens": False}, {"access_token_format": "opaque"}], ids=str
)
def test_no_token_without_a_key(registered: dict[str, Any]) -> None:
    reply = asks(strict(**registered), dpop=False)
    assert (reply.status, reply.json["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_no_secret_and_no_bare_name(method: str) -> None:
    w = strict(auth_method=method)
    for path in ("/token", "/par", "/introspect", "/revoke"):
        reply = w.call(path, MACHINE | {"token": "x"}, "robot")
        assert (reply.status, reply.json["error"]) == (401, "invalid_client"), path


def test_no_weaker_signature_even_if_it_was_registered() -> None:
    rsa = Key("RS256", "k1")
    for registered in ("RS256", None):
        w = strict(jwks=(rsa.jwk,), token_endpoint_auth_signing_alg=registered)
        assert asks(w, key=rsa).json["error"] == "invalid_client"


def test_no_lenient_audience_even_if_it_was_registered() -> None:
    w = strict(lenient_assertion_audience=True)
    for aud in (f"{ISSUER}/token", [ISSUER], [ISSUER, f"{ISSUER}/token"]):
        assert asks(w, aud=aud).json["error"] == "invalid_client"


@pytest.mark.parametrize("profile", ["standard", "compat"])
def test_a_public_client_always_has_a_proof_key(profile: str) -> None:
    """A profile that lets others do without does not let it."""
    w = world()
    w.change_client("app", profile=profile)
    assert needs_pkce(w.client("app"))
