"""The shipped proxies before a real server in production mode, with the settings that are shipped for them."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from idp.model import Client, Text
from tests.deploy.edge import KINDS, MTLS, NAME, Edge, edge
from tests.deploy.test_edge import HSTS
from tests.support.server import Served, served
from tests.support.site import Authority

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SETTINGS: dict[str, dict[str, object]] = {
    "nginx": {
        "client_certificate_header": "X-Client-Cert",
        "client_certificate_format": "nginx-escaped-pem",
        "client_certificate_verified_header": "X-Client-Verify",
    },
    "caddy": {"client_certificate_header": "Client-Cert"},
}


@dataclass(frozen=True)
class Whole:
    """A proxy and the server behind it. `known`: whose certificates nginx takes as verified."""

    edge: Edge
    server: Served
    known: Authority

    def token(
        self, client_id: str, certificate: tuple[Path, Path] | None, name: str = MTLS, **headers: str
    ) -> tuple[int, dict[str, str]]:
        """What a machine is answered that proves itself by nothing else."""
        form = {"grant_type": "client_credentials", "client_id": client_id, "scope": "docs.write"}
        said = FORM | {header.replace("_", "-"): value for header, value in headers.items()}
        body = urlencode(form).encode()
        answer, told = self.edge.ask("/token", method="POST", body=body, name=name, client=certificate, headers=said)
        return answer.status, json.loads(told) if answer.status == 200 else {}

    def register(self, client_id: str, **how: object) -> None:
        machine = Client(
            client_id,
            Text("Robot", "机器人"),
            "local",
            (),
            grant_types=("client_credentials",),
            scopes=("docs.write",),
            audiences=("urn:example:docs",),
            roles=frozenset({"docs-editor"}),
            grade=2,
            **how,  # type: ignore[arg-type]
        )
        with self.server.house.idp.ports.truth.begin() as tx:
            tx.registry.put_client(machine)
        self.server.known_everywhere()


@pytest.fixture(scope="module", params=KINDS)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    known = Authority(tmp_path_factory.mktemp("clients"), "Clients")
    settings: dict[str, object] = {
        "issuer": f"https://{NAME}",
        "mtls_endpoint": f"https://{MTLS}",
        **SETTINGS[request.param],
    }
    with (
        served(server=settings) as server,
        edge(request.param, tmp_path_factory.mktemp("edge"), server.node.port, verified_by=known.file) as held,
    ):
        yield Whole(held, server, known)


def test_the_service_is_there(whole: Whole) -> None:
    front = whole.edge
    answer, body = front.ask("/.well-known/openid-configuration")
    assert answer.status == 200
    said = json.loads(body)
    assert said["issuer"] == f"https://{NAME}"
    assert said["mtls_endpoint_aliases"]["token_endpoint"] == f"https://{MTLS}/token"
    answer, body = front.ask("/sign-in")
    assert answer.status < 500
    assert b"<html" in body
    assert answer.headers.get_all("Strict-Transport-Security") == [HSTS]
    answer, body = front.ask("/token", method="POST", headers=FORM)
    assert answer.status in (400, 401)
    assert answer.headers.get_all("Strict-Transport-Security") == [HSTS]
    for inside in ("/metrics", "/readyz"):
        assert front.ask(inside)[0].status == 404


def test_a_machine_proves_itself_with_its_own_certificate(whole: Whole, tmp_path: Path) -> None:
    mine, other = Authority(tmp_path, "Mine").issue("robot"), Authority(tmp_path, "Other").issue("other")
    found = x509.load_pem_x509_certificate(mine[0].read_bytes())
    whole.register(
        "robot",
        auth_method="self_signed_tls_client_auth",
        jwks=(jwk(found),),
        tls_client_certificate_bound_access_tokens=True,
    )
    status, told = whole.token("robot", mine)
    assert (status, told.get("token_type")) == (200, "Bearer")
    payload = told["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    digest = hashlib.sha256(found.public_bytes(Encoding.DER)).digest()
    assert claims["cnf"] == {"x5t#S256": base64.urlsafe_b64encode(digest).rstrip(b"=").decode()}

    assert whole.token("robot", other)[0] == 401
    assert whole.token("robot", None)[0] == 401
    assert whole.token("robot", mine, name=NAME)[0] == 401  # nobody asks for one there


@pytest.mark.ci
@pytest.mark.parametrize("name", [NAME, MTLS])
@pytest.mark.parametrize("presenting", [False, True], ids=["without", "with another"])
def test_a_header_of_a_stranger_proves_nothing(whole: Whole, tmp_path: Path, name: str, presenting: bool) -> None:
    stolen, other = Authority(tmp_path, "Stolen").issue("robot"), Authority(tmp_path, "Other").issue("other")
    found = x509.load_pem_x509_certificate(stolen[0].read_bytes())
    whole.register("victim", auth_method="self_signed_tls_client_auth", jwks=(jwk(found),))
    assert whole.token("victim", stolen)[0] == 200
    public = {
        "nginx": quote(found.public_bytes(Encoding.PEM).decode(), safe=""),
        "caddy": f":{base64.b64encode(found.public_bytes(Encoding.DER)).decode()}:",
    }[whole.edge.kind]
    for spelt in (whole.edge.cert_header, whole.edge.cert_header.lower(), whole.edge.cert_header.replace("-", "_")):
        headers = FORM | {spelt: public, whole.edge.verify_header: "SUCCESS"}
        form = urlencode({"grant_type": "client_credentials", "client_id": "victim"}).encode()
        certificate = other if presenting else None
        answer, _ = whole.edge.ask("/token", method="POST", body=form, name=name, client=certificate, headers=headers)
        assert answer.status == 401


@pytest.mark.ci
def test_a_machine_proves_itself_by_an_authority(whole: Whole, tmp_path: Path) -> None:
    whole.register("known", auth_method="tls_client_auth", tls_client_auth_san_dns="known.example")
    status = whole.token("known", whole.known.issue("known.example"))[0]
    if whole.edge.kind == "caddy":  # its file verifies nobody's chain, so that this way is closed
        assert status == 401
        return
    assert status == 200
    assert whole.token("known", whole.known.issue("other.example"))[0] == 401
    assert whole.token("known", Authority(tmp_path, "Somebody").issue("known.example"))[0] == 401
    # Of the same name, so that the signature is wrong: nginx itself says 400.
    assert whole.token("known", Authority(tmp_path, "Clients").issue("known.example"))[0] in (400, 401)


def jwk(certificate: x509.Certificate) -> dict[str, object]:
    key = certificate.public_key()
    assert isinstance(key, EllipticCurvePublicKey)
    numbers = key.public_numbers()
    x, y = (base64.urlsafe_b64encode(n.to_bytes(32, "big")).rstrip(b"=").decode() for n in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}
