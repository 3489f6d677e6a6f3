"""An application's TLS certificate, as the proxy in front of us hands it over: which one it is, and whose.

Spec: RFC 8705 §2 (client authentication), §3.1 (thumbprint), RFC 9440 §2.1, RFC 4514. Deliberately not here: TLS and
the chain, which the proxy verifies, and who is believed to be that proxy (`idp.web.machine.presented`).
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from idp.model import Client
from idp.oidc.jose.base64url import encode
from idp.oidc.jose.jwk import PublicKey

Format = Literal["rfc9440", "nginx-escaped-pem"]
LONGEST = 16 * 1024
"""Characters of the header."""
_BEGIN, _END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"


class BadCertificate(ValueError):
    """Not one certificate in the agreed form. The words are for the log."""


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """`verified`: the proxy found a chain to an authority that it trusts."""

    der: bytes
    verified: bool

    @property
    def thumbprint(self) -> str:
        """What `cnf["x5t#S256"]` holds. Spec: RFC 8705 §3.1."""
        return encode(hashlib.sha256(self.der).digest()).decode("ascii")


def of_header(value: str, form: Format, *, verified: bool) -> ClientCertificate | None:
    """The certificate of a header's value; None: the proxy says that there was none.

    Raises: BadCertificate.
    Spec: RFC 9440 §2.1; nginx `$ssl_client_escaped_cert`.
    """
    if value.strip() in ("", "::"):
        return None
    if len(value) > LONGEST or not value.isascii():
        raise BadCertificate("too long, or not ASCII")
    return ClientCertificate(_der(value.strip(), form), verified)


def fits_registration(certificate: ClientCertificate, client: Client) -> bool:
    """Whether a verified certificate is this client's: by the one name that it is registered with.

    Names are compared parsed, each value exactly. Two registered names, or none, fit nothing.
    Spec: RFC 8705 §2.1.2.
    """
    expected = [(name, value) for name in _NAMED if (value := getattr(client, name)) is not None]
    if not certificate.verified or len(expected) != 1:
        return False
    ((name, value),) = expected
    try:
        return _NAMED[name](_parsed(certificate.der), value)
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return False


def fits_key(certificate: ClientCertificate, keys: Sequence[PublicKey]) -> bool:
    """Whether its key is one that the client registered; nobody need have signed it. Spec: RFC 8705 §2.2."""
    try:
        public = _octets(_parsed(certificate.der).public_key())
    except (ValueError, UnsupportedAlgorithm):
        return False
    return any(_octets(key.key) == public for key in keys)


def _der(value: str, form: Format) -> bytes:
    encoded = _of_structured_field(value) if form == "rfc9440" else _of_pem(unquote_to_bytes(value))
    try:
        der = base64.b64decode(encoded, validate=True)
        _parsed(der)
    except (binascii.Error, ValueError, UnsupportedAlgorithm) as error:
        raise BadCertificate(f"not a certificate: {error}") from error
    return der


def _of_structured_field(value: str) -> bytes:
    if len(value) < 3 or value[0] != ":" or value[-1] != ":":
        raise BadCertificate("not a byte sequence of RFC 9651")
    return value[1:-1].encode("ascii")


def _of_pem(text: bytes) -> bytes:
    text = text.strip()
    if not (text.startswith(_BEGIN) and text.endswith(_END)):
        raise BadCertificate("not one PEM certificate")
    return b"".join(text[len(_BEGIN) : -len(_END)].split())


@lru_cache(maxsize=1024)
def _parsed(der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(der)


def _octets(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _subject(certificate: x509.Certificate, value: str) -> bool:
    return certificate.subject == x509.Name.from_rfc4514_string(value)


def _alternatives(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def _any(found: Iterable[str], value: str) -> bool:
    return any(one.lower() == value.lower() for one in found)


_NAMED: Final[dict[str, Callable[[x509.Certificate, str], bool]]] = {
    "tls_client_auth_subject_dn": _subject,
    "tls_client_auth_san_dns": lambda one, value: _any(_alternatives(one).get_values_for_type(x509.DNSName), value),
    "tls_client_auth_san_uri": lambda one, value: (
        value in _alternatives(one).get_values_for_type(x509.UniformResourceIdentifier)
    ),
    "tls_client_auth_san_ip": lambda one, value: (
        ip_address(value) in _alternatives(one).get_values_for_type(x509.IPAddress)
    ),
    "tls_client_auth_san_email": lambda one, value: value in _alternatives(one).get_values_for_type(x509.RFC822Name),
}
"""Member of a registration → whether a certificate has that name."""
