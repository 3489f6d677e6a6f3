"""What an access token is bound to, so that it is worth nothing in a thief's hands: a key, a certificate, or both.

Spec: RFC 7800 §3.1 (cnf), RFC 9449 §5, §6.1, §7.1, RFC 8705 §3. Deliberately not here: proving key or certificate.
"""

import hmac
from collections.abc import Mapping

from idp.errors import InvalidRequest, InvalidToken
from idp.model import Client
from idp.oidc import dpop
from idp.oidc.certificates import ClientCertificate
from idp.oidc.profiles import needs_binding

Cnf = Mapping[str, str]
JKT, X5T = "jkt", "x5t#S256"


def confirmation(client: Client, jkt: str | None, certificate: ClientCertificate | None) -> Cnf | None:
    """The `cnf` of a token for this client, which proved that key and came with that certificate.

    A proof that was sent always binds. Raises InvalidRequest: its tokens must be bound, and nothing for it was shown.
    Spec: RFC 9449 §5, §5.2; RFC 8705 §3, §3.4; FAPI 2.0 SP §5.3.2.1.
    """
    found: dict[str, str] = {}
    if jkt is not None:
        found[JKT] = jkt
    elif client.dpop_bound_access_tokens:
        raise InvalidRequest("a DPoP proof is needed")
    by_certificate = client.tls_client_certificate_bound_access_tokens
    if certificate is not None and (by_certificate or (needs_binding(client) and jkt is None)):
        found[X5T] = certificate.thumbprint
    elif by_certificate:
        raise InvalidRequest("a TLS client certificate is needed")
    if not found and needs_binding(client):
        raise InvalidRequest("a DPoP proof or a TLS client certificate is needed")
    return found or None


def verify(cnf: Cnf | None, jkt: str | None, certificate: ClientCertificate | None) -> None:
    """All that the token is bound to was proved with it.

    Args:
        jkt: the key that a proof for this very token showed; None where it was shown as a bearer token.
    Raises: InvalidToken.
    Spec: RFC 9449 §7.1, §7.2 (a bound token as bearer is refused), RFC 8705 §3.
    """
    bound = cnf or {}
    if (JKT in bound or jkt is not None) and not dpop.same_key(jkt, bound.get(JKT, "")):
        raise _bad("DPoP: not bound to that key, or shown without it")
    x5t = bound.get(X5T)
    if x5t is not None and (certificate is None or not hmac.compare_digest(certificate.thumbprint, x5t)):
        raise _bad("certificate: not the one that it is bound to")


def token_type(cnf: Cnf | None) -> str:
    """Spec: RFC 9449 §5, RFC 8705 §3 (a certificate changes nothing in how a token is shown)."""
    return "DPoP" if cnf and JKT in cnf else "Bearer"


def _bad(detail: str) -> InvalidToken:
    return InvalidToken("the token is not valid", detail)
