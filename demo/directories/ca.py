"""The development certification authority: certificates for this machine's loopback names and for nothing else.

Spec: RFC 5280 §4.2.1.6 (subject names), §4.2.1.9 (basic constraints), §4.2.1.10 (name constraints).
Deliberately cannot sign for any real host: its own certificate permits `localhost` and loopback addresses only.
"""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from demo.directories.private_files import write_private

CA_LIFE = timedelta(days=365)
SERVER_LIFE = timedelta(days=90)
RENEW_BEFORE = timedelta(days=14)


def ensure_ca(folder: Path, now: datetime) -> Path:
    """The CA's certificate (PEM) in `folder`, made or renewed when it is missing or near its end."""
    certificate_file, key_file = folder / "ca.pem", folder / "ca.key"
    if _lasts(certificate_file, key_file, now):
        return certificate_file
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Gerege demonstration CA (this machine only)")])
    loopback = [x509.IPAddress(ipaddress.ip_network("127.0.0.0/8")), x509.IPAddress(ipaddress.ip_network("::1/128"))]
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)  # keyCertSign, cRLSign
    certificate = (
        _builder(name, name, key.public_key(), now, CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.NameConstraints([x509.DNSName("localhost"), *loopback], None), critical=True)
        .sign(key, hashes.SHA256())
    )
    write_private(key_file, _key_pem(key))
    write_private(certificate_file, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)
    return certificate_file


def server_certificate(folder: Path, name: str, now: datetime, host: str = "localhost") -> tuple[Path, Path]:
    """(certificate, key) in PEM files of `folder` for a server called `host` and for loopback; renewed near the end.

    `host` other than localhost gives a certificate that no client accepts for this machine: tests need one.
    """
    ca_file = ensure_ca(folder, now)
    certificate_file, key_file = folder / f"{name}.pem", folder / f"{name}.key"
    ca = x509.load_pem_x509_certificate(ca_file.read_bytes())
    if _lasts(certificate_file, key_file, now) and _signed_by(certificate_file, ca):
        return certificate_file, key_file
    ca_key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
    assert isinstance(ca_key, ec.EllipticCurvePrivateKey)  # noqa: S101 - ensure_ca wrote it
    key = ec.generate_private_key(ec.SECP256R1())
    names: list[x509.GeneralName] = [x509.DNSName(host)]
    if host == "localhost":
        names += [x509.IPAddress(ipaddress.ip_address(one)) for one in ("127.0.0.1", "::1")]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} ({host})")])
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    certificate = (
        _builder(subject, ca.subject, key.public_key(), now, SERVER_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    write_private(key_file, _key_pem(key))
    write_private(certificate_file, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)
    return certificate_file, key_file


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _lasts(certificate_file: Path, key_file: Path, now: datetime) -> bool:
    if not (certificate_file.is_file() and key_file.is_file()):
        return False
    certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    return certificate.not_valid_after_utc - now.astimezone(UTC) > RENEW_BEFORE


def _signed_by(certificate_file: Path, ca: x509.Certificate) -> bool:
    try:
        x509.load_pem_x509_certificate(certificate_file.read_bytes()).verify_directly_issued_by(ca)
    except Exception:  # whatever does not fit is made anew
        return False
    return True


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    kind = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())
