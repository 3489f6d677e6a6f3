"""What client authentication and binding cost, and what revocation and introspection say of bound tokens."""

from typing import Any

import pytest

from idp.oidc.signing import decode
from tests.support.proofs import Key, asserted, assertion, proof
from tests.support.tokens import ISSUER, World, claims_of, world

KEY, CLIENT = Key(), Key("ES256", "c")


class Counted:
    """A store that counts the trips to it."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.trips = inner, 0

    def __getattr__(self, name: str) -> Any:
        self.trips += 1
        return getattr(self.inner, name)


def counted(w: World) -> Counted:
    found = Counted(w.idp.ports.brief)
    object.__setattr__(w.idp.ports, "brief", found)
    return found


MACHINE = {"grant_type": "client_credentials", "scope": "docs.read"}


def test_a_plain_client_makes_no_trip_and_assertion_and_proof_share_one() -> None:
    w = world()
    brief = counted(w)
    assert w.call("/token", MACHINE, "robot").status == 200
    assert brief.trips == 0
    w.change_client("robot", auth_method="private_key_jwt", jwks=(CLIENT.jwk,), secret_hashes=())
    signed = asserted(assertion(CLIENT, "robot", w.clock()))
    shown = {"DPoP": proof(KEY, "POST", f"{ISSUER}/token", w.clock())}
    assert w.call("/token", MACHINE | signed, None, headers=shown).status == 200
    assert brief.trips == 1


def test_what_is_wrong_costs_no_trip() -> None:
    w = world()
    w.change_client("robot", auth_method="private_key_jwt", jwks=(CLIENT.jwk,), secret_hashes=())
    brief = counted(w)
    for form in (asserted(assertion(Key("ES256", "c"), "robot", w.clock())), asserted("x"), {"client_id": "robot"}):
        assert w.call("/token", MACHINE | form, None).status == 401
    good = asserted(assertion(CLIENT, "robot", w.clock()))
    assert w.call("/token", MACHINE | good, None, headers={"DPoP": "x"}).status == 400
    assert brief.trips == 0


@pytest.mark.parametrize("kind", ["jwt", "opaque"])
def test_revoking_a_refresh_token_ends_what_it_gave(kind: str) -> None:
    w = world()
    w.change_client("payroll", access_token_format=kind)
    tokens = w.tokens()
    assert w.introspect(tokens["access_token"])["active"] is True
    assert w.call("/revoke", {"token": tokens["refresh_token"], "token_type_hint": "access_token"}).status == 200
    assert w.introspect(tokens["access_token"]) == {"active": False}
    assert w.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_an_id_token_cannot_be_revoked() -> None:
    w = world()
    reply = w.call("/revoke", {"token": w.tokens()["id_token"]})
    assert (reply.status, reply.json["error"]) == (400, "unsupported_token_type")


def test_introspection_as_a_jwt_for_the_caller() -> None:
    w = world()
    token = w.tokens()["access_token"]
    headers = {"Accept": "application/token-introspection+jwt"}
    for value, active in ((token, True), ("x", False)):
        reply = w.call("/introspect", {"token": value}, headers=headers)
        assert reply.headers["Content-Type"] == "application/token-introspection+jwt"
        claims = claims_of(reply.body.decode())
        assert (claims["iss"], claims["aud"]) == (ISSUER, "payroll")
        assert claims["token_introspection"]["active"] is active
        assert b'"typ":"token-introspection+jwt"' in decode(reply.body.split(b".")[0])
        assert not {"sub", "exp"} & claims.keys()  # RFC 9701 §5: so that it is no token itself
        assert w.userinfo(reply.body.decode()).status == 401


def test_no_store_header_and_type_of_a_bound_answer() -> None:
    w = world()
    reply = w.call("/token", MACHINE, "robot", headers={"DPoP": proof(KEY, "POST", f"{ISSUER}/token", w.clock())})
    assert (reply.json["token_type"], reply.headers["Cache-Control"]) == ("DPoP", "no-store")
