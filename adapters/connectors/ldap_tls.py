"""TLS with a directory: its chain and name are verified, its key is one of those that the department pinned, if any.

Spec: RFC 4513 §3.1.3, RFC 9525 §6 (server identity), RFC 7469 §2.4 (pins), RFC 8996 (TLS 1.2 at least).
Deliberately replaces ldap3's own wrapping, which verifies nothing unless asked; no setting switches verification off.
"""

import base64
import hashlib
import socket
import ssl
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from ldap3 import Connection, Tls

from adapters.connectors.ldap_deadline import BoundedTls
from adapters.connectors.ldap_settings import LdapSettings
from idp.errors import Unavailable

_QUICKACK = getattr(socket, "TCP_QUICKACK", None)
_KEEPIDLE = getattr(socket, "TCP_KEEPIDLE", None)
_HOST_ERRORS = {62, 64}  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_TRUST_ERRORS = {2, 7, 18, 19, 20, 21}  # no issuer found, another of its name, self-signed, unverifiable: not our CA


class VerifiedTls(Tls):
    """Always verifies chain and name by the operator's CA; keeps what the refusal was, for the plain cause."""

    def __init__(self, context: ssl.SSLContext, pins: tuple[str, ...] = ()) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context, self._pins = context, pins
        self.unpinned: str | None = None
        self.refusal: ssl.SSLCertVerificationError | None = None
        self.certificate_expires: datetime | None = None

    def wrap_socket(self, connection: Connection, do_handshake: bool = False) -> None:
        """Handshake now, under the receive timeout; the context checks chain, name and version.

        Spec: RFC 4513 §3.1.3, RFC 9525 §6.
        """
        plain: socket.socket = connection.socket
        if _QUICKACK is not None:
            # Without it the server's second flight waits about 40 ms for our delayed acknowledgement.
            plain.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if _KEEPIDLE is not None:
            plain.setsockopt(socket.IPPROTO_TCP, _KEEPIDLE, 60)  # before a firewall forgets the kept connection
        try:
            wrapped = self._context.wrap_socket(plain, server_hostname=connection.server.host)
        except ssl.SSLCertVerificationError as error:
            self.refusal = error
            raise
        certificate = wrapped.getpeercert() or {}
        if ends := certificate.get("notAfter"):
            self.certificate_expires = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(ends)), UTC)
        if self._pins:
            self._require_pin(wrapped)
        connection.socket = wrapped

    def _require_pin(self, wrapped: ssl.SSLSocket) -> None:
        """Raises ssl.SSLError: the key is none of those that were named."""
        found = pin_of(wrapped.getpeercert(binary_form=True) or b"")
        if found not in self._pins:
            self.unpinned = found
            wrapped.close()
            raise ssl.SSLError(f"the key is {found}, which is not pinned")


def pin_of(certificate: bytes) -> str:
    """The pin of a certificate in DER: `sha256/` and the base64 of the SHA-256 of its public key."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return "sha256/" + base64.b64encode(hashlib.sha256(encoded).digest()).decode()


def verifying_context(settings: LdapSettings) -> ssl.SSLContext:
    """A client context that trusts the department's CA and nobody else.

    Raises:
        Unavailable: the CA file cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # CERT_REQUIRED and check_hostname from the start
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = BoundedTls
    try:
        context.load_verify_locations(cafile=settings.ca_file, cadata=settings.ca_pem or None)
    except (OSError, ssl.SSLError, TypeError, ValueError) as error:
        told = f"ca_file: {settings.ca_file} holds no certificate that can be used ({error}); give the CA's PEM file"
        raise Unavailable(settings.department, told) from error
    if settings.client_certificate_file is not None:
        _present(settings, context)
    return context


def _present(settings: LdapSettings, context: ssl.SSLContext) -> None:
    certificate, key = settings.client_certificate_file, settings.client_key_file
    try:
        context.load_cert_chain(certificate or "", key)
    except (OSError, ssl.SSLError) as error:
        told = f"client_certificate_file: {certificate} and {key} cannot be used together ({error})"
        raise Unavailable(settings.department, f"{told}; give a certificate and its key, in PEM files") from error


def cause_of(settings: LdapSettings, url: str, tls: VerifiedTls, error: Exception) -> str:
    """Why there is no protected connection, with the setting to look at."""
    if tls.unpinned:
        return f"pins: {url} has the key {tls.unpinned}, which is not pinned; add it if the directory's key was renewed"
    if tls.refusal is None:
        if isinstance(error, ssl.SSLError) or "ssl" in str(error).lower() or "startTLS" in str(error):
            return f"urls: no TLS with {url} ({error}); see whether it speaks ldaps:// or StartTLS, at TLS 1.2 or later"
        return f"urls: {url} does not answer ({error}); see that the directory runs and that this address is right"
    code, told = tls.refusal.verify_code, tls.refusal.verify_message
    if code in _HOST_ERRORS:
        return f"urls: the certificate of {url} is for another name ({told}); use a name that stands in the certificate"
    if code in _TRUST_ERRORS:
        return f"ca_file: {settings.ca_file} did not sign the certificate of {url} ({told}); give the CA that did"
    return f"urls: the certificate of {url} is refused ({told}); renew it"
