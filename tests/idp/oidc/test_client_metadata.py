"""What the protocol asks of a registration: each rule refuses what it is for, and nothing that is well."""

from dataclasses import replace
from typing import Any

import pytest

from idp.model import Client, Text
from idp.oidc.client_metadata import CIBA, problems_of
from idp.secret import Secret

EC = {
    "kty": "EC",
    "crv": "P-256",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
}
"""RFC 7517 appendix A.1, the public half."""
PLAIN = Client("app", Text("App", "应用"), "mof", ("https://app.example/callback",))
BANK = replace(PLAIN, profile="fapi2", auth_method="private_key_jwt", jwks=(EC,))


@pytest.mark.parametrize(
    "client",
    [
        PLAIN,
        BANK,
        replace(BANK, jwks=(), jwks_uri="https://app.example/jwks"),
        replace(BANK, auth_method="tls_client_auth", jwks=(), tls_client_auth_san_dns="app.example"),
        replace(BANK, auth_method="self_signed_tls_client_auth", id_token_signed_response_alg="PS256"),
        replace(
            PLAIN, auth_method="client_secret_jwt", secrets=(Secret("s"),), token_endpoint_auth_signing_alg="HS256"
        ),
        replace(PLAIN, auth_method="none", redirect_uris=("http://127.0.0.1/cb", "org.example.app:/cb")),
        replace(
            PLAIN, jwks=(EC,), id_token_encrypted_response_alg="ECDH-ES", id_token_encrypted_response_enc="A256GCM"
        ),
        replace(PLAIN, subject_type="pairwise", redirect_uris=("https://app.example/a", "https://app.example/b")),
        replace(
            PLAIN,
            subject_type="pairwise",
            redirect_uris=("https://app.example/a", "https://b.example/b"),
            sector_identifier_uri="https://app.example/sector.json",
        ),
        replace(PLAIN, request_uris=("https://app.example/request.jwt#GkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM",)),
        replace(PLAIN, grant_types=("client_credentials",), redirect_uris=(), roles=frozenset({"editor"})),
        replace(PLAIN, profile="compat", id_token_signed_response_alg="RS256", default_max_age=0),
    ],
    ids=range(13),
)
def test_what_is_well_is_taken(client: Client) -> None:
    assert list(problems_of(client)) == []


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("token_endpoint_auth_method", {"profile": "fapi2"}),
        ("token_endpoint_auth_method", {"profile": "fapi2", "auth_method": "none"}),
        ("token_endpoint_auth_method", {"auth_method": "private_key_jwt"}),
        ("token_endpoint_auth_method", {"auth_method": "self_signed_tls_client_auth"}),
        ("token_endpoint_auth_method", {"auth_method": "tls_client_auth"}),
        (
            "token_endpoint_auth_method",
            {"auth_method": "tls_client_auth", "tls_client_auth_san_dns": "a", "tls_client_auth_subject_dn": "CN=a"},
        ),
        ("tls_client_auth_san_dns", {"tls_client_auth_san_dns": "app.example"}),
        ("tls_client_auth_san_ip", {"auth_method": "tls_client_auth", "tls_client_auth_san_ip": "here"}),
        ("token_endpoint_auth_signing_alg", {"token_endpoint_auth_signing_alg": "ES256"}),
        (
            "token_endpoint_auth_signing_alg",
            {"auth_method": "private_key_jwt", "jwks": (EC,), "token_endpoint_auth_signing_alg": "HS256"},
        ),
        ("lenient_assertion_audience", {"lenient_assertion_audience": True}),
        ("jwks", {"jwks": (EC,), "jwks_uri": "https://app.example/jwks"}),
        ("jwks", {"jwks": ({**EC, "d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"},)}),
        ("jwks", {"jwks": ({"kty": "oct", "k": "AAAA"},)}),
        ("jwks_uri", {"jwks_uri": "http://app.example/jwks"}),
        ("jwks_uri", {"jwks_uri": "file:///etc/passwd"}),
        ("sector_identifier_uri", {"sector_identifier_uri": "http://app.example/s"}),
        ("request_uris", {"request_uris": ("http://app.example/r",)}),
        ("request_uris", {"request_uris": ("https://a@app.example/r",)}),
        ("backchannel_logout_uri", {"backchannel_logout_uri": "http://app.example/out"}),
        ("frontchannel_logout_uri", {"frontchannel_logout_uri": "javascript://x.y/"}),
        ("post_logout_redirect_uris", {"post_logout_redirect_uris": ("https://app.example/#x",)}),
        ("home_url", {"home_url": "org.example:/home"}),
        ("policy_uri", {"policy_uri": "ftp://app.example/"}),
        ("redirect_uris", {"redirect_uris": ()}),
        ("redirect_uris", {"redirect_uris": ("https://app.example/#x",)}),
        ("redirect_uris", {"redirect_uris": ("https://app.example/" + "a" * 2000,)}),
        ("redirect_uris", {"redirect_uris": tuple(f"https://app.example/{n}" for n in range(51))}),
        ("grant_types", {"grant_types": ()}),
        ("grant_types", {"grant_types": ("refresh_token",)}),
        ("grant_types", {"auth_method": "none", "grant_types": ("client_credentials",)}),
        ("grant_types", {"auth_method": "none", "grant_types": (CIBA,)}),
        ("roles", {"roles": frozenset({"editor"})}),
        ("id_token_signed_response_alg", {"id_token_signed_response_alg": "none"}),
        ("id_token_signed_response_alg", {"id_token_signed_response_alg": "HS256"}),
        ("userinfo_signed_response_alg", {"userinfo_signed_response_alg": "RS512"}),
        ("request_object_signing_alg", {"request_object_signing_alg": "none", "jwks": (EC,)}),
        ("request_object_signing_alg", {"request_object_signing_alg": "ES256"}),
        ("require_signed_request_object", {"require_signed_request_object": True}),
        (
            "backchannel_authentication_request_signing_alg",
            {"backchannel_authentication_request_signing_alg": "HS256", "jwks": (EC,)},
        ),
        ("id_token_encrypted_response_enc", {"id_token_encrypted_response_enc": "A256GCM"}),
        ("id_token_encrypted_response_alg", {"id_token_encrypted_response_alg": "ECDH-ES", "jwks": (EC,)}),
        (
            "userinfo_encrypted_response_alg",
            {"userinfo_encrypted_response_alg": "RSA1_5", "userinfo_encrypted_response_enc": "A256GCM", "jwks": (EC,)},
        ),
        (
            "userinfo_encrypted_response_alg",
            {
                "userinfo_encrypted_response_alg": "RSA-OAEP-256",
                "userinfo_encrypted_response_enc": "A256GCM",
                "jwks": (EC,),
            },
        ),
        (
            "authorization_encrypted_response_enc",
            {
                "authorization_encrypted_response_alg": "ECDH-ES",
                "authorization_encrypted_response_enc": "A1",
                "jwks": (EC,),
            },
        ),
        ("subject_type", {"subject_type": "pairwise", "redirect_uris": ("https://a.example/", "https://b.example/")}),
        ("default_max_age", {"default_max_age": -1}),
        ("default_acr_values", {"default_acr_values": ("silver",)}),
        ("contacts", {"contacts": ("nobody",)}),
        ("first_party", {"first_party": True, "registered_by": "registration"}),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_cannot_be_is_told(field: str, changes: dict[str, Any]) -> None:
    told = list(problems_of(replace(PLAIN, **changes)))
    assert [one.partition(":")[0] for one in told] == [field], told
    assert all(len(one) < 500 for one in told)


@pytest.mark.parametrize("alg", ["RS256", "HS256"])
def test_a_bank_takes_no_old_algorithm(alg: str) -> None:
    changes = dict.fromkeys(("id_token_signed_response_alg", "authorization_signed_response_alg"), alg)
    told = list(problems_of(replace(BANK, **changes, token_endpoint_auth_signing_alg=alg)))  # type: ignore[arg-type]
    assert {one.partition(":")[0] for one in told} == {*changes, "token_endpoint_auth_signing_alg"}
    lenient = replace(BANK, lenient_assertion_audience=True)
    assert [one.partition(":")[0] for one in problems_of(lenient)] == ["lenient_assertion_audience"]
