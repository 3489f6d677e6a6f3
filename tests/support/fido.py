"""A maker of security keys and a metadata service, with roots of their own: chains, statements, blobs.

Spec: WebAuthn Level 3 §8.2 (packed), FIDO Metadata Service 3.1 §3.1.6, §3.1.8.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from idp.model import AuthenticatorModel

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SERVICE = "mds.fidoalliance.org"
NAMED = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
BLUE = UUID("2fc0579f-8113-47ea-b116-bb5a8db9202a")
RED = UUID("c1f9a0bc-1dd2-404a-b27f-8e29047a43fd")


@dataclass
class Authority:
    """A root, and what it issues."""

    name: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    days: tuple[int, int] = (-1000, 3000)
    """In force from and until, counted from now."""

    @cached_property
    def root(self) -> x509.Certificate:
        return self.issue(self.name, self.key.public_key(), ca=True)

    @property
    def pem(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.root.public_bytes(Encoding.DER)

    def issue(
        self,
        name: str,
        public: ec.EllipticCurvePublicKey,
        *,
        ca: bool = False,
        dns: str | None = None,
        model: UUID | None = None,
        days: tuple[int, int] | None = None,
    ) -> x509.Certificate:
        start, end = days or self.days
        told = (
            x509.CertificateBuilder()
            .subject_name(_name(name, ca=ca))
            .issuer_name(_name(self.name, ca=True))
            .public_key(public)
            .serial_number(x509.random_serial_number() if not ca else 7)
            .not_valid_before(NOW + timedelta(days=start))
            .not_valid_after(NOW + timedelta(days=end))
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
        )
        if dns:
            told = told.add_extension(x509.SubjectAlternativeName([x509.DNSName(dns)]), critical=False)
        if model:
            told = told.add_extension(x509.UnrecognizedExtension(NAMED, b"\x04\x10" + model.bytes), critical=False)
        return told.sign(self.key, SHA256())

    def attest(self, aaguid: bytes, signed: bytes, model: UUID | None = None) -> tuple[str, dict[str, object]]:
        """A packed statement by a key that this maker certified. `model`: what the certificate names instead."""
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = self.issue("Authenticator Attestation", key.public_key(), model=model or UUID(bytes=aaguid))
        signature = key.sign(signed, ec.ECDSA(SHA256()))
        return "packed", {"alg": -7, "sig": signature, "x5c": [leaf.public_bytes(Encoding.DER)]}


def entry(model: UUID, name: str, *roots: bytes, status: str = "FIDO_CERTIFIED_L1") -> dict[str, object]:
    """One entry of the blob, with the members that are read."""
    statement = {
        "description": name,
        "keyProtection": ["hardware", "secure_element"],
        "attestationRootCertificates": [base64.b64encode(root).decode() for root in roots],
    }
    reports = [{"status": status, "effectiveDate": "2024-01-02"}]
    return {"aaguid": str(model), "metadataStatement": statement, "statusReports": reports}


def known(model: UUID, name: str, *roots: bytes, recalled_at: datetime | None = None) -> AuthenticatorModel:
    return AuthenticatorModel(str(model), name, ("FIDO_CERTIFIED_L1",), True, roots, NOW, recalled_at)


def blob(
    service: Authority,
    entries: Sequence[object],
    *,
    number: int = 12,
    due: date = date(2026, 12, 24),
    dns: str = SERVICE,
    alg: str = "ES256",
    days: tuple[int, int] | None = None,
) -> bytes:
    """A blob signed by a leaf of this service's root."""
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = service.issue("Metadata", key.public_key(), dns=dns, days=days)
    chain = [base64.b64encode(leaf.public_bytes(Encoding.DER)).decode()]
    header = {"alg": alg, "typ": "JWT", "x5c": chain}
    body = {"no": number, "nextUpdate": due.isoformat(), "legalHeader": "…", "entries": entries}
    signed = _part(json.dumps(header).encode()) + b"." + _part(json.dumps(body).encode())
    first, second = decode_dss_signature(key.sign(signed, ec.ECDSA(SHA256())))
    return signed + b"." + _part(first.to_bytes(32, "big") + second.to_bytes(32, "big"))


def _part(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _name(name: str, *, ca: bool) -> x509.Name:
    unit = [] if ca else [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Authenticator Attestation")]
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name), *unit])
