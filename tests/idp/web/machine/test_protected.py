"""Userinfo says what it is, and each of its refusals says where that stands."""

from tests.support.tokens import ISSUER, world

THERE = f'resource_metadata="{ISSUER}/.well-known/oauth-protected-resource"'


def test_the_document_and_the_way_to_it() -> None:
    there = world()
    said = there.http("GET", "/.well-known/oauth-protected-resource").json
    assert (said["resource"], said["authorization_servers"]) == (ISSUER, [ISSUER])
    assert {"openid", "profile"} <= set(said["scopes_supported"])
    assert said["bearer_methods_supported"] == ["header", "body"]
    assert "ES256" in said["dpop_signing_alg_values_supported"]
    discovery = there.http("GET", "/.well-known/oauth-authorization-server").json
    assert discovery["protected_resources"] == [said["resource"]]
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "DPoP wrong"}):
        refused = there.http("GET", "/userinfo", headers=headers)
        assert refused.status == 401
        assert refused.headers["WWW-Authenticate"].endswith(f", {THERE}")
        assert refused.headers["WWW-Authenticate"].count("resource_metadata") == 1
    good = there.userinfo(there.tokens(scopes="openid")["access_token"])
    assert good.status == 200
    assert "WWW-Authenticate" not in good.headers
