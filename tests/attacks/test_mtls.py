"""A certificate is believed from the configured proxy alone; it proves one client, and binds a token to itself."""

import base64
from ipaddress import ip_address
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.proofs import Key, certificate, of_nginx, of_rfc9440, proof, x5t
from tests.support.tokens import ISSUER, SECRET, START, Reply, World, basic, claims_of, world

PROXY, STRANGER = "10.0.0.7", "203.0.113.9"
CERT, VERIFIED = "X-Client-Cert", "X-Client-Verify"
MTLS = "https://mtls.id.example:8443"
MACHINE = b"grant_type=client_credentials&scope=docs.read&client_id=robot"
KEY, OTHER, RSA = Key("ES256", "k"), Key("ES256", "k"), Key("RS256", "r")
SUBJECT = "CN=robot,O=Ministry\\, of Finance,C=CN"
MINE = certificate(KEY, START, san=[x509.DNSName("robot.example"), x509.IPAddress(ip_address("192.0.2.7"))])
ALIKE = certificate(OTHER, START)
"""The same subject, another key: what an attacker makes at home."""


def behind_proxy(**changes: Any) -> World:
    w = world()
    edge = {
        "trusted_proxies": ("10.0.0.0/8",),
        "client_certificate_header": CERT,
        "client_certificate_verified_header": VERIFIED,
        "mtls_endpoint": MTLS,
    }
    server = w.idp.settings.server.model_copy(update=edge | changes)
    object.__setattr__(w.idp, "settings", w.idp.settings.model_copy(update={"server": server}))
    return w


def by_authority(**changes: Any) -> World:
    w = behind_proxy()
    registered = {"auth_method": "tls_client_auth", "tls_client_auth_subject_dn": SUBJECT, "secret_hashes": ()}
    w.change_client("robot", **registered | changes)
    return w


def by_own_key(**changes: Any) -> World:
    w = behind_proxy()
    registered = {"auth_method": "self_signed_tls_client_auth", "jwks": (KEY.jwk,), "secret_hashes": ()}
    w.change_client("robot", **registered | changes)
    return w


def sent(
    w: World, shown: x509.Certificate | str | None, verified: str | None = "SUCCESS", peer: str = PROXY, **headers: str
) -> Reply:
    value = of_rfc9440(shown) if isinstance(shown, x509.Certificate) else shown
    headers |= ({CERT: value} if value is not None else {}) | ({VERIFIED: verified} if verified is not None else {})
    return w.http("POST", "/token", MACHINE, headers, REMOTE_ADDR=peer)


def refused(reply: Reply) -> bool:
    return (reply.status, reply.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    "registered",
    [
        {"tls_client_auth_subject_dn": SUBJECT},
        {"tls_client_auth_subject_dn": "2.5.4.3=robot,2.5.4.10=Ministry\\2c of Finance,2.5.4.6=CN"},
        {"tls_client_auth_san_dns": "robot.example"},
        {"tls_client_auth_san_dns": "ROBOT.example"},
        {"tls_client_auth_san_ip": "192.0.2.7"},
    ],
)
def test_a_verified_certificate_of_the_registered_name(registered: dict[str, str]) -> None:
    w = by_authority(**{"tls_client_auth_subject_dn": None} | registered)
    assert sent(w, MINE).status == 200


@pytest.mark.parametrize(
    "registered",
    [
        {"tls_client_auth_subject_dn": "CN=robot"},
        {"tls_client_auth_subject_dn": "C=CN,O=Ministry\\, of Finance,CN=robot"},  # the other way round
        {"tls_client_auth_subject_dn": "CN=Robot,O=Ministry\\, of Finance,C=CN"},
        {"tls_client_auth_subject_dn": "CN=robot+O=Ministry\\, of Finance,C=CN"},
        {"tls_client_auth_subject_dn": "not a name"},
        {"tls_client_auth_subject_dn": ""},
        {"tls_client_auth_subject_dn": None},
        {"tls_client_auth_san_dns": "robot.example"},  # and the subject: two names are none
        {"tls_client_auth_subject_dn": None, "tls_client_auth_san_dns": "example"},
        {"tls_client_auth_subject_dn": None, "tls_client_auth_san_dns": "*.example"},
        {"tls_client_auth_subject_dn": None, "tls_client_auth_san_uri": "robot.example"},
        {"tls_client_auth_subject_dn": None, "tls_client_auth_san_email": "robot.example"},
        {"tls_client_auth_subject_dn": None, "tls_client_auth_san_ip": "192.0.2.8"},
        {"tls_client_auth_subject_dn": None, "tls_client_auth_san_ip": "not an address"},
    ],
)
def test_another_name(registered: dict[str, Any]) -> None:
    assert refused(sent(by_authority(**registered), MINE))


def test_a_certificate_without_names_beside_its_subject() -> None:
    w = by_authority(tls_client_auth_subject_dn=None, tls_client_auth_san_dns="robot.example")
    assert refused(sent(w, ALIKE))


@pytest.mark.parametrize(
    "said", ["FAILED:self-signed certificate", "NONE", "", "success", "SUCCESS ", "SUCCESS,SUCCESS", None]
)
def test_a_chain_that_the_proxy_did_not_verify(said: str | None) -> None:
    assert refused(sent(by_authority(), ALIKE, said))


def test_without_the_verified_header_configured_no_chain_counts() -> None:
    w = behind_proxy(client_certificate_verified_header=None)
    w.change_client("robot", auth_method="tls_client_auth", tls_client_auth_subject_dn=SUBJECT, secret_hashes=())
    assert refused(sent(w, MINE))


def test_a_strangers_header_is_refused_not_ignored() -> None:
    for w in (by_authority(), by_own_key()):
        for peer in (STRANGER, "", "10.0.0.7.evil", "unix:"):
            reply = sent(w, MINE, peer=peer)
            assert (reply.status, reply.json["error"]) == (400, "invalid_request")
        for header in (CERT, VERIFIED, CERT.lower(), "x_client_cert"):  # WSGI folds underscores; so do we
            reply = w.http("GET", "/userinfo", headers={header: "SUCCESS"}, REMOTE_ADDR=STRANGER)
            assert (reply.status, reply.json["error"]) == (400, "invalid_request")


def test_a_forwarded_address_does_not_make_a_stranger_the_proxy() -> None:
    assert sent(by_authority(), MINE, peer=STRANGER, **{"X-Forwarded-For": PROXY}).status == 400


def test_nothing_is_believed_where_nothing_is_configured() -> None:
    w = behind_proxy(client_certificate_header=None)
    w.change_client("robot", auth_method="tls_client_auth", tls_client_auth_subject_dn=SUBJECT, secret_hashes=())
    assert refused(sent(w, MINE))


def test_no_certificate() -> None:
    for w in (by_authority(), by_own_key()):
        for value in (None, "", "::"):
            assert refused(sent(w, value))


def test_a_registered_key_needs_no_authority() -> None:
    w = by_own_key()
    for said in ("FAILED:self-signed certificate", None, "SUCCESS"):
        assert sent(w, MINE, said).status == 200
    for wrong in (ALIKE, certificate(RSA, START)):
        assert refused(sent(w, wrong))
    w.change_client("robot", jwks=(RSA.jwk,))
    assert refused(sent(w, MINE))
    assert sent(w, certificate(RSA, START)).status == 200
    w.change_client("robot", jwks=())
    assert refused(sent(w, MINE))


def test_one_way_of_two() -> None:
    assert refused(sent(by_authority(auth_method="self_signed_tls_client_auth"), MINE))
    assert refused(sent(by_own_key(auth_method="tls_client_auth"), MINE))
    w = by_authority()
    assert refused(sent(w, MINE, Authorization=basic("robot", SECRET)))
    w.change_client("robot", auth_method="client_secret_basic")
    assert refused(sent(w, MINE))  # its certificate is not its registered way
    w.change_client("robot", auth_method="tls_client_auth", disabled=True)
    assert refused(sent(w, MINE))


def test_a_public_client_is_not_more_by_a_certificate() -> None:
    w = behind_proxy()
    w.change_client("robot", auth_method="none")
    assert sent(w, MINE).json["error"] == "unauthorized_client"


@pytest.mark.parametrize(
    "value",
    [
        "x",
        ":",
        ":::",
        ":!!!:",
        ":AAAA:",
        of_rfc9440(MINE)[:-1],
        of_rfc9440(MINE).strip(":"),
        of_rfc9440(MINE) + "," + of_rfc9440(ALIKE),
        of_rfc9440(MINE)[:200] + ":",
        of_nginx(MINE),
        MINE.public_bytes(Encoding.PEM).decode(),
        ":" + "A" * 20000 + ":",
        "é",
    ],
)
def test_a_header_that_is_not_one_certificate(value: str) -> None:
    reply = sent(by_own_key(), value)
    assert (reply.status, reply.json["error"]) == (400, "invalid_request")


def test_nginx_writes_pem() -> None:
    w = behind_proxy(client_certificate_format="nginx-escaped-pem")
    w.change_client("robot", auth_method="self_signed_tls_client_auth", jwks=(KEY.jwk,), secret_hashes=())
    assert sent(w, of_nginx(MINE)).status == 200
    for wrong in (of_nginx(MINE) + of_nginx(ALIKE), of_rfc9440(MINE), "%", "%ff", of_nginx(MINE)[:-9]):
        assert sent(w, wrong).status == 400


# --- tokens that are bound to it --------------------------------------------------------------------------------------


def redeemed(w: World, shown: x509.Certificate | None, **headers: str) -> Reply:
    form = {"grant_type": "authorization_code", "code": w.code(scopes="openid profile"), "code_verifier": "v" * 64}
    body = form | {"redirect_uri": w.client("payroll").redirect_uris[0]}
    headers |= {CERT: of_rfc9440(shown)} if shown else {}
    return w.call("/token", body, "payroll", headers=headers, REMOTE_ADDR=PROXY)


def asked(w: World, token: str, shown: x509.Certificate | None, scheme: str = "Bearer", **headers: str) -> Reply:
    headers |= {"Authorization": f"{scheme} {token}"} | ({CERT: of_rfc9440(shown)} if shown else {})
    return w.http("GET", "/userinfo", headers=headers, REMOTE_ADDR=PROXY)


def test_a_token_is_bound_to_the_certificate() -> None:
    w = behind_proxy()
    w.change_client("payroll", tls_client_certificate_bound_access_tokens=True)
    assert redeemed(w, None).json["error"] == "invalid_request"
    reply = redeemed(w, MINE)
    token = reply.json["access_token"]
    assert reply.json["token_type"] == "Bearer"
    assert claims_of(token)["cnf"] == {"x5t#S256": x5t(MINE)}
    assert asked(w, token, MINE).status == 200
    for wrong in (None, ALIKE):
        assert asked(w, token, wrong).json["error"] == "invalid_token"
    assert w.introspect(token)["cnf"] == {"x5t#S256": x5t(MINE)}


def test_a_token_that_nobody_bound_is_not() -> None:
    w = behind_proxy()
    token = redeemed(w, MINE).json["access_token"]
    assert "cnf" not in claims_of(token)


def test_bound_to_both() -> None:
    w = behind_proxy()
    w.change_client("payroll", tls_client_certificate_bound_access_tokens=True)
    reply = redeemed(w, MINE, DPoP=proof(KEY, "POST", f"{ISSUER}/token", w.clock()))
    token = reply.json["access_token"]
    assert claims_of(token)["cnf"] == {"jkt": KEY.thumbprint, "x5t#S256": x5t(MINE)}

    def with_proof(shown: x509.Certificate | None, key: Key = KEY) -> Reply:
        value = proof(key, "GET", f"{ISSUER}/userinfo", w.clock(), token=token)
        return asked(w, token, shown, "DPoP", DPoP=value)

    assert with_proof(MINE).status == 200
    for wrong in (with_proof(None), with_proof(ALIKE), with_proof(MINE, OTHER), asked(w, token, MINE)):
        assert wrong.json["error"] == "invalid_token"


def test_fapi2_without_dpop_is_bound_by_the_certificate() -> None:
    w = by_own_key(profile="fapi2")
    token = sent(w, MINE).json["access_token"]
    assert claims_of(token)["cnf"] == {"x5t#S256": x5t(MINE)}


# --- addresses --------------------------------------------------------------------------------------------------------


def test_the_aliases_are_told_and_a_proof_names_the_address_that_was_called() -> None:
    w = behind_proxy()
    said = w.http("GET", "/.well-known/openid-configuration").json
    aliases = said["mtls_endpoint_aliases"]
    assert aliases["token_endpoint"] == f"{MTLS}/token"
    assert {"tls_client_auth", "self_signed_tls_client_auth"} <= set(said["token_endpoint_auth_methods_supported"])
    assert said["tls_client_certificate_bound_access_tokens"] is True
    for host, url, good in (
        ("mtls.id.example:8443", f"{MTLS}/token", True),
        ("MTLS.id.example:8443", f"{MTLS}/token", True),
        ("id.example", f"{MTLS}/token", False),
        ("mtls.id.example:8443", f"{ISSUER}/token", False),
        ("evil.example", "https://evil.example/token", False),
    ):
        value = proof(KEY, "POST", url, w.clock())
        form = MACHINE.replace(b"&client_id=robot", b"")
        reply = w.http("POST", "/token", form, {"Authorization": basic("robot", SECRET), "DPoP": value}, HTTP_HOST=host)
        assert (reply.status == 200) is good, (host, url)


def test_nothing_of_it_is_told_where_no_proxy_does_it() -> None:
    said = world().http("GET", "/.well-known/openid-configuration").json
    assert not {"mtls_endpoint_aliases", "tls_client_certificate_bound_access_tokens"} & said.keys()
    assert not {"tls_client_auth", "self_signed_tls_client_auth"} & set(said["token_endpoint_auth_methods_supported"])


_FUZZED = by_own_key()
_PEM = behind_proxy(client_certificate_format="nginx-escaped-pem")


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=100), st.binary(max_size=300))
def test_any_header_never_breaks(text: str, raw: bytes) -> None:
    der = MINE.public_bytes(Encoding.DER)
    for value in (text, raw.decode("latin-1"), f":{text}:", of_rfc9440(MINE)[: len(raw)] + text):
        assert sent(_FUZZED, value, text).status in (400, 401)
        assert sent(_PEM, value, text).status in (400, 401)
    damaged = der[: len(raw)] + raw + der[2 * len(raw) :]
    assert sent(_FUZZED, f":{base64.b64encode(damaged).decode()}:").status in (200, 400, 401)
