"""Authlib, a client library of another house, against the running identity provider. Spec: as test_openid_client."""

import secrets
from urllib.parse import urlencode

import pytest
import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.interop.conftest import Reader
from tests.support.demonstration import Demonstration

RESOURCE = "urn:example:payroll"


@pytest.mark.ci
def test_authlib_signs_in_refreshes_introspects_revokes_and_signs_out(there: Demonstration, alice: Reader) -> None:
    issuer, payroll = there.doors.issuer, there.doors.payroll_url
    server = OpenIDProviderMetadata(requests.get(get_well_known_url(issuer, external=True), timeout=10).json())
    assert server["issuer"] == issuer
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported"):
        assert server[name]
    session = OAuth2Session(
        "payroll",
        there.secret("payroll"),
        scope="openid profile payroll.read",
        redirect_uri=f"{payroll}/callback",
        code_challenge_method="S256",
    )
    nonce, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    url, state = session.create_authorization_url(server["authorization_endpoint"], nonce=nonce, code_verifier=verifier)
    back = alice.follow(url, payroll)
    tokens = dict(
        session.fetch_token(server["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier)
    )

    keys = KeySet.import_key_set(requests.get(server["jwks_uri"], timeout=10).json())
    signed = jwt.decode(tokens["id_token"], keys, algorithms=["ES256"])
    claims = CodeIDToken(
        signed.claims,
        signed.header,
        {"iss": {"essential": True, "value": issuer}},
        {"nonce": nonce, "client_id": "payroll", "access_token": tokens["access_token"]},
    )
    claims.validate(leeway=5)
    assert claims["acr"] == "urn:gerege:aal2"
    assert sorted(claims["amr"]) == ["mfa", "otp", "pwd"]

    assert session.get(server["userinfo_endpoint"], timeout=10).status_code == 401  # the token is the API's
    introspected = session.introspect_token(server["introspection_endpoint"], tokens["access_token"]).json()
    assert (introspected["active"], introspected["aud"]) == (True, RESOURCE)

    new = dict(session.refresh_token(server["token_endpoint"], tokens["refresh_token"], resource=issuer))
    userinfo = session.get(server["userinfo_endpoint"], timeout=10).json()
    assert (userinfo["sub"], userinfo["name"]) == (claims["sub"], alice.actor.name)

    held = new.get("refresh_token", tokens["refresh_token"])
    assert session.revoke_token(server["revocation_endpoint"], held).status_code == 200
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.refresh_token(server["token_endpoint"], held)
    ended = session.introspect_token(server["introspection_endpoint"], new["access_token"]).json()
    assert ended == {"active": False}

    goodbye = {
        "id_token_hint": tokens["id_token"],
        "post_logout_redirect_uri": f"{payroll}/signed-out",
        "state": "bye",
    }
    last = alice.follow(f"{server['end_session_endpoint']}?{urlencode(goodbye)}", payroll)
    assert last == f"{payroll}/signed-out?state=bye"
    silent = {
        "client_id": "payroll",
        "redirect_uri": f"{payroll}/callback",
        "response_type": "code",
        "scope": "openid",
        "prompt": "none",
        "state": "again",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
    }
    refused = alice.follow(f"{server['authorization_endpoint']}?{urlencode(silent)}", payroll)
    assert "error=login_required" in refused
