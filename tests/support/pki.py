"""Certificates that tests need besides the demonstration's own: for an address, nearly over, for a client.

Signed by the authority that `demo.directories.ca` keeps in the same folder, which is good for loopback alone.
"""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from demo.directories.ca import ensure_ca
from demo.directories.private_files import write_private


def issue(
    folder: Path, name: str, *, address: str | None = None, client: bool = False, life: timedelta = timedelta(days=90)
) -> tuple[Path, Path]:
    """(certificate, key) in PEM files of `folder`, whose subject is CN=`name` for a client, O=`name` for a server."""
    now = datetime.now(UTC)
    ca = x509.load_pem_x509_certificate(ensure_ca(folder, now).read_bytes())
    ca_key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
    assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    # GnuTLS takes a server's CN for a host name, which the authority's constraints do not permit.
    kind = NameOID.COMMON_NAME if client else NameOID.ORGANIZATION_NAME
    usage = ExtendedKeyUsageOID.CLIENT_AUTH if client else ExtendedKeyUsageOID.SERVER_AUTH
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(kind, name)]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + life)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    )
    if address:
        names = [x509.IPAddress(ipaddress.ip_address(address))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    certificate = builder.sign(ca_key, hashes.SHA256())
    files = folder / f"{name}.pem", folder / f"{name}.key"
    write_private(files[0], certificate.public_bytes(serialization.Encoding.PEM))
    write_private(files[1], key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))  # fmt: skip
    return files
