"""Authlib, a client library of another house: `docs/howto/authlib.md`, against the running identity provider."""

from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.oidc.discovery import OpenIDProviderMetadata

from tests.interop.conftest import Reader
from tests.interop.registered import register
from tests.support.demonstration import Demonstration
from tests.support.howto import HowTo

PORTAL = "http://reports.localhost:8009"  # nobody listens: the browser only says where it would go


@pytest.mark.ci
def test_authlib_signs_in_refreshes_introspects_revokes_and_signs_out(there: Demonstration, alice: Reader) -> None:
    """Spec: as test_openid_client."""
    howto = HowTo.read("authlib").at({"https://id.example": there.doors.issuer, "https://reports.example": PORTAL})
    (answer,) = register(there, howto)
    reports = SimpleNamespace()
    exec("\n".join(howto.at({"the-client-secret": answer["client_secret"]}).blocks("python")), vars(reports))
    server = OpenIDProviderMetadata(reports.server)
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported"):
        assert server[name]

    session = reports.session()
    url, kept = reports.begin(session)
    tokens, claims = reports.finish(session, alice.follow(url, PORTAL), kept)
    assert claims["acr"] == "urn:gerege:aal2"
    assert sorted(claims["amr"]) == ["mfa", "otp", "pwd"]

    assert session.get(server["userinfo_endpoint"], timeout=10).status_code == 401  # the token is the API's
    introspected = session.introspect_token(server["introspection_endpoint"], tokens["access_token"]).json()
    assert (introspected["active"], introspected["aud"]) == (True, "urn:example:reports")
    userinfo = reports.person(session)
    assert (userinfo["sub"], userinfo["name"]) == (claims["sub"], alice.actor.name)

    held, access = session.token["refresh_token"], session.token["access_token"]
    assert session.revoke_token(server["revocation_endpoint"], held).status_code == 200
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.refresh_token(server["token_endpoint"], held)
    ended = session.introspect_token(server["introspection_endpoint"], access).json()
    assert ended == {"active": False}

    last = alice.follow(reports.sign_out(session, tokens["id_token"], "bye"), PORTAL)
    assert last == f"{PORTAL}/signed-out?state=bye"
    silent = {
        "client_id": "reports",
        "redirect_uri": f"{PORTAL}/callback",
        "response_type": "code",
        "scope": "openid",
        "prompt": "none",
        "state": "again",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
    }
    refused = alice.follow(f"{server['authorization_endpoint']}?{urlencode(silent)}", PORTAL)
    assert "error=login_required" in refused
