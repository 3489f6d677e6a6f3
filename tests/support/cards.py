"""A government's card authority as tests have it: a root, one between, cards with names, and revocation lists."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

CLIENT_AUTH, LOGON, SERVER_AUTH = "1.3.6.1.5.5.7.3.2", "1.3.6.1.4.1.311.20.2.2", "1.3.6.1.5.5.7.3.1"
UPN = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Holder:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def files(self, folder: Path) -> tuple[Path, Path]:
        """(certificate, key) in PEM."""
        chain, key = folder / "card.pem", folder / "card.key"
        chain.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        key.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return chain, key


@dataclass
class CardAuthority:
    """`now`: when it was set up; its certificates are good for ten years, cards for thirty days, lists for one."""

    now: datetime
    name: str = "Cards of the State"
    revoked: list[int] = field(default_factory=list)

    @cached_property
    def root(self) -> Holder:
        return self._made(f"{self.name} Root", None, ca=True, life=3650 * DAY)

    @cached_property
    def between(self) -> Holder:
        return self._made(self.name, self.root, ca=True, life=3650 * DAY)

    @property
    def pem(self) -> bytes:
        both = (self.root, self.between)
        return b"".join(one.certificate.public_bytes(Encoding.PEM) for one in both)

    def card(
        self,
        *,
        cn: str = "A person",
        email: str | Sequence[str] = (),
        upn: str | None = None,
        number: str | None = None,
        ekus: Sequence[str] = (CLIENT_AUTH, LOGON),
        begins: timedelta = -DAY,
        life: timedelta = 31 * DAY,
    ) -> Holder:
        names: list[x509.GeneralName] = [x509.RFC822Name(one) for one in ([email] if isinstance(email, str) else email)]
        if upn is not None:
            names.append(x509.OtherName(UPN, bytes([0x0C, len(upn.encode())]) + upn.encode()))
        return self._made(cn, self.between, names=names, number=number, ekus=ekus, begins=begins, life=life)

    def revoke(self, holder: Holder) -> None:
        self.revoked.append(holder.certificate.serial_number)

    def lists(self, at: datetime, life: timedelta = DAY, signer: Holder | None = None) -> bytes:
        """Of the one between. `signer`: somebody else who pretends."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.between.certificate.subject)
        builder = builder.last_update(at).next_update(at + life)
        for serial in self.revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign((signer or self.between).key, hashes.SHA256()).public_bytes(Encoding.DER)

    def root_list(self, at: datetime, life: timedelta = 365 * DAY) -> bytes:
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.root.certificate.subject)
        builder = builder.last_update(at).next_update(at + life)
        return builder.sign(self.root.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _made(
        self,
        cn: str,
        issuer: Holder | None,
        *,
        ca: bool = False,
        names: Sequence[x509.GeneralName] = (),
        number: str | None = None,
        ekus: Sequence[str] = (),
        begins: timedelta = -DAY,
        life: timedelta,
    ) -> Holder:
        key = ec.generate_private_key(ec.SECP256R1())
        attributes = [x509.NameAttribute(NameOID.COMMON_NAME, cn)]
        if number is not None:
            attributes.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, number))
        subject, by = x509.Name(attributes), issuer.key if issuer else key
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now + begins)
            .not_valid_after(self.now + begins + life)
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
            .add_extension(x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        if ekus:
            purposes = x509.ExtendedKeyUsage([x509.ObjectIdentifier(one) for one in ekus])
            builder = builder.add_extension(purposes, critical=False)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return Holder(builder.sign(by, hashes.SHA256()), key)
