"""The folder of one run: the plan at the suite's addresses, and beside it everything that it refers to.

What the suite itself needs (private keys, secrets, certificates, passwords) is written to `suite.json`, each under the
client's name, ready to be pasted into its configuration. Nothing is made twice: a second call keeps what is there.
Spec: RFC 7517 §5, RFC 8705 §2.1.
"""

import json
import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID
from joserfc.jwk import ECKey

PLAN = Path(__file__).parent / "plan.toml"
SUITE = "https://localhost.emobix.co.uk:8443"
ALIAS = "gerege"
BY_SECRET = ("basic-1", "basic-2", "basic-post", "logout-rp", "logout-back", "logout-front")
BY_KEY = ("fapi-dpop-1", "fapi-dpop-2", "fapi-ms-1", "fapi-ms-2", "ciba-1", "ciba-2")
BY_CERTIFICATE = ("fapi-mtls-1", "fapi-mtls-2", "ciba-1", "ciba-2")
PEOPLE = ("anna", "ben")
LIFE = timedelta(days=365)


def write(folder: Path, suite: str = SUITE, alias: str = ALIAS) -> str:
    """Make the folder. Returns what to do next."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = PLAN.read_text(encoding="utf-8").replace(f"{SUITE}/test/a/{ALIAS}/", f"{suite}/test/a/{alias}/")
    (folder / "plan.toml").write_text(text, encoding="utf-8")
    told: dict[str, dict[str, Any]] = {}
    for name in BY_SECRET:
        told.setdefault(name, {})["client_secret"] = _secret(folder / f"{name}.secret")
    for name in BY_KEY:
        told.setdefault(name, {})["jwks"] = _keys(folder, name)
    authority = _authority(folder)
    for name in BY_CERTIFICATE:
        told.setdefault(name, {})["mtls"] = _certificate(folder, name, authority)
    for name in PEOPLE:
        told[name] = {"password": _secret(folder / f"{name}.password")}
    _private(folder / "suite.json", json.dumps(told, indent=2))
    return f"bin/gerege apply {folder / 'plan.toml'}\nThe suite's side is in {folder / 'suite.json'}."


def _secret(path: Path) -> str:
    if not path.exists():
        _private(path, secrets.token_urlsafe(32))
    return path.read_text(encoding="utf-8")


def _keys(folder: Path, name: str) -> dict[str, Any]:
    """The private key set for the suite; the public one is written for the plan."""
    path = folder / f"{name}.private.json"
    if not path.exists():
        key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256", "kid": f"{name}-1"})
        _private(path, json.dumps({"keys": [key.as_dict(private=True)]}))
        (folder / f"{name}.jwks.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}), encoding="utf-8")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """A certificate authority of this folder alone: the proxy trusts it for clients (`client-ca.pem`)."""
    certificate, private = folder / "client-ca.pem", folder / "client-ca.key"
    if not private.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Certification clients")])
        made = _signed(name, key.public_key(), name, key, x509.BasicConstraints(ca=True, path_length=0), critical=True)
        certificate.write_bytes(made.public_bytes(Encoding.PEM))
        _private(private, _pem(key))
    found = load_pem_private_key(private.read_bytes(), None)
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{private} is not ours")
    return x509.load_pem_x509_certificate(certificate.read_bytes()), found


def _certificate(
    folder: Path, name: str, authority: tuple[x509.Certificate, ec.EllipticCurvePrivateKey]
) -> dict[str, str]:
    """PEM of the certificate, its key and the authority, as the suite takes them."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    if not certificate.exists():
        own = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName(f"{name}.certification.example")])
        made = _signed(subject, own.public_key(), authority[0].subject, authority[1], names, critical=False)
        certificate.write_bytes(made.public_bytes(Encoding.PEM))
        _private(key, _pem(own))
    return {
        "cert": certificate.read_text(encoding="utf-8"),
        "key": key.read_text(encoding="utf-8"),
        "ca": (folder / "client-ca.pem").read_text(encoding="utf-8"),
    }


def _signed(
    subject: x509.Name,
    public: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    by: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
    *,
    critical: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + LIFE)
        .add_extension(extension, critical=critical)
        .sign(by, hashes.SHA256())
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
