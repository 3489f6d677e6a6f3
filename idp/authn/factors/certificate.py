"""A person's smart card: whether its certificate is good now, and by which names it may be theirs.

The chain ends at an authority that the operator named, each certificate in it is in force and in no revocation list of
its issuer, and it was made for signing in. A list that is missing, or whose next one is overdue, is no answer: nobody
is let in by it. That the card was there is TLS's proof, made at the proxy in front of us (`idp.oidc.certificates`).
Spec: RFC 5280 §4.2.1.12, §5.2.5, §6; NIST SP 800-63B-4 §3.1.7.
Deliberately not here: fetching lists (`idp.ports.RevocationLists`), OCSP (the proxy's), and who has such a name.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from idp.errors import ProofRejected, Unavailable

NameKind = Literal["san-email", "san-upn", "subject-cn", "subject-serial-number"]
UPN: Final = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
"""User principal name, in a subject alternative name."""
EARLY = timedelta(minutes=5)
"""How far the clock of an authority may be ahead of ours."""
LONGEST_NAME = 256
LISTS = "revocation lists"
"""What is away when a list is: named for the page and the log."""

_EE = (
    ExtensionPolicy.webpki_defaults_ee()
    .may_be_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)
    .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, None)  # looked at below, against the settings
)
_CA = ExtensionPolicy.webpki_defaults_ca()


@dataclass(frozen=True, slots=True)
class Authorities:
    """Whose certificates are believed, and those that stand between: a card shows its own certificate alone."""

    roots: tuple[x509.Certificate, ...]
    between: tuple[x509.Certificate, ...]

    @property
    def all(self) -> tuple[x509.Certificate, ...]:
        return self.roots + self.between


def read_authorities(pem: bytes) -> Authorities:
    """From the file of the settings. Raises ValueError: no certificates, or none that signed itself."""
    return authorities(x509.load_pem_x509_certificates(pem))


def authorities(found: Iterable[x509.Certificate]) -> Authorities:
    """Raises ValueError: none of these signed itself."""
    found = tuple(found)
    roots = tuple(one for one in found if one.subject == one.issuer)
    if not roots:
        raise ValueError("no certificate in it signed itself: a chain would have no end")
    return Authorities(roots, tuple(one for one in found if one.subject != one.issuer))


def read_list(octets: bytes, authorities: Authorities) -> x509.CertificateRevocationList:
    """A list that one of these authorities signed. Raises ValueError: it is none, or nobody's. Spec: RFC 5280 §5."""
    pem = octets.lstrip().startswith(b"-----BEGIN")
    found = x509.load_pem_x509_crl(octets) if pem else x509.load_der_x509_crl(octets)
    for one in authorities.all:
        if one.subject == found.issuer and _may_sign_lists(one) and _signed(found, one):
            return found
    raise ValueError(f"no authority of ours signed the list of {found.issuer.rfc4514_string()}")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say. ekus: dotted; one of them must be there. grace: past a list's next due date."""

    ekus: frozenset[str]
    grace: timedelta
    lists_required: bool = True


def verify(
    der: bytes,
    authorities: Authorities,
    lists: Sequence[x509.CertificateRevocationList],
    rules: Rules,
    now: datetime,
) -> x509.Certificate:
    """The card's certificate, good now.

    lists: of `read_list`, so that each is signed.
    Raises:
        ProofRejected: "shape", "chain" (unknown authority, not in force, broken), "purpose", "revoked".
        Unavailable: whether it was revoked cannot be said.
    """
    try:
        card = x509.load_der_x509_certificate(der)
        chain = _chain(card, authorities, now)
        fits = _purposes(card) & rules.ekus
    except VerificationError as error:
        raise ProofRejected(f"chain: {error}") from error
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise ProofRejected(f"shape: {error}") from error
    if not fits:
        raise ProofRejected("purpose: not a certificate for signing in")
    for one in chain[:-1]:  # an authority that is named in the settings is not revoked by itself
        _require_unrevoked(one, lists, rules, now)
    return card


def name_of(card: x509.Certificate, kind: NameKind) -> str | None:
    """The one name of that kind. None: there is none, or more than one, or it is no plain text."""
    try:
        found = set(_names(card, kind))
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return None
    (name,) = found if len(found) == 1 else (None,)
    return name if name and name.isprintable() and len(name) <= LONGEST_NAME and name == name.strip() else None


def _chain(card: x509.Certificate, authorities: Authorities, now: datetime) -> list[x509.Certificate]:
    builder = PolicyBuilder().store(Store(list(authorities.roots))).time(now)
    verifier = builder.extension_policies(ee_policy=_EE, ca_policy=_CA).build_client_verifier()
    return verifier.verify(card, list(authorities.between)).chain


def _purposes(card: x509.Certificate) -> set[str]:
    """None at all when it says nothing: such a certificate is for anything, and so not for this."""
    try:
        return {one.dotted_string for one in card.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value}
    except x509.ExtensionNotFound:
        return set()


def _require_unrevoked(
    one: x509.Certificate, lists: Iterable[x509.CertificateRevocationList], rules: Rules, now: datetime
) -> None:
    about = [found for found in lists if found.issuer == one.issuer and _covers(found, one)]
    in_time = [found for found in about if found.last_update_utc <= now + EARLY]
    newest = max(in_time, key=lambda found: found.last_update_utc, default=None)
    if newest is None:
        if rules.lists_required or about:
            raise Unavailable(LISTS, f"there is no list of {one.issuer.rfc4514_string()}")
        return
    if newest.get_revoked_certificate_by_serial_number(one.serial_number) is not None:
        raise ProofRejected(f"revoked: {one.subject.rfc4514_string()}")
    if newest.next_update_utc is None or newest.next_update_utc + rules.grace < now:
        raise Unavailable(LISTS, f"the list of {one.issuer.rfc4514_string()} is overdue since {newest.next_update_utc}")


def _covers(found: x509.CertificateRevocationList, one: x509.Certificate) -> bool:
    """Whether a list is a whole one that speaks of this certificate; what it says critically must be understood.

    Spec: RFC 5280 §5.2.4 (a delta is no whole list), §5.2.5 (issuing distribution point).
    """
    for extension in found.extensions:
        scope = extension.value
        if isinstance(scope, x509.IssuingDistributionPoint):
            if not _in_scope(scope, one):
                return False
        elif extension.critical:
            return False
    return True


def _in_scope(scope: x509.IssuingDistributionPoint, one: x509.Certificate) -> bool:
    if scope.indirect_crl or scope.only_some_reasons or scope.only_contains_attribute_certs or scope.relative_name:
        return False
    if (scope.only_contains_user_certs and _is_authority(one)) or (
        scope.only_contains_ca_certs and not _is_authority(one)
    ):
        return False
    return scope.full_name is None or not set(scope.full_name).isdisjoint(_points(one))


def _is_authority(one: x509.Certificate) -> bool:
    try:
        return one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _points(one: x509.Certificate) -> set[x509.GeneralName]:
    try:
        points = one.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return set()
    return {name for point in points for name in point.full_name or ()}


def _may_sign_lists(authority: x509.Certificate) -> bool:
    try:
        return authority.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return True  # RFC 5280 §6.3.3 (f): where a key usage is there it must allow it


def _signed(found: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    key = authority.public_key()
    if not isinstance(
        key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey
    ):
        return False
    return not isinstance(found.signature_hash_algorithm, SHA1) and found.is_signature_valid(key)


def _names(card: x509.Certificate, kind: NameKind) -> list[str]:
    if kind == "subject-cn":
        return [str(one.value) for one in card.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if kind == "subject-serial-number":
        return [str(one.value) for one in card.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)]
    try:
        names = card.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    if kind == "san-email":
        return list(names.get_values_for_type(x509.RFC822Name))
    return [_utf8(one.value) for one in names.get_values_for_type(x509.OtherName) if one.type_id == UPN]


def _utf8(der: bytes) -> str:
    """A UTF8String of at most 127 octets. Raises ValueError: it is none. Spec: X.690 §8.23."""
    if len(der) < 2 or der[0] != 0x0C or der[1] > 0x7F or der[1] != len(der) - 2:
        raise ValueError("not a short UTF8String")
    return der[2:].decode("utf-8")


def parsed(der: bytes) -> x509.Certificate:
    """Not verified at all. Raises ValueError."""
    return x509.load_der_x509_certificate(der)
