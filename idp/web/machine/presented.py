"""A WSGI request as flows see it: what a proxy adds is believed from our proxy alone, and refused from anybody else.

Spec: RFC 9449 §4.3 (htu is our own address, not what a header says), RFC 9440 §3 (a certificate header that a client
sends itself must never be believed), RFC 7239 §8.1. Deliberately not here: what a proof or a certificate is worth.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from config.load import proxy_networks
from idp.errors import InvalidRequest
from idp.flows.context import Idp
from idp.flows.presented import Presented
from idp.oidc import certificates
from idp.oidc.certificates import BadCertificate, ClientCertificate, Format
from idp.web.arrival import Trust, address_of, is_trusted
from idp.web.machine import form
from risk.zones import network_of

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

VERIFIED = "SUCCESS"
"""What the proxy says of a chain that it verified, as nginx does."""


@dataclass(frozen=True, slots=True)
class _Edge:
    """How the proxy in front of us is set up; names as they stand in WSGI's environment."""

    trust: Trust
    certificate: str | None
    verified: str | None
    form: Format
    mtls_host: str | None
    mtls_url: str


def presented(idp: Idp, environ: "WSGIEnvironment", pairs: form.Pairs | None = None) -> Presented:
    """The request with its form read. Raises InvalidRequest: not a well-formed form; a stranger's certificate."""
    edge = _edge(idp)
    proofs = environ.get("HTTP_DPOP")
    return Presented(
        method=environ["REQUEST_METHOD"],
        url=_base(idp, edge, environ) + environ["PATH_INFO"],
        pairs=form.read(environ) if pairs is None else pairs,
        authorization=environ.get("HTTP_AUTHORIZATION"),
        proofs=() if proofs is None else tuple(proofs.split(",")),  # no proof holds a comma: it joins two headers
        certificate=_certificate(edge, environ),
        network=_network(idp, environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", "")),
    )


def _base(idp: Idp, edge: _Edge, environ: "WSGIEnvironment") -> str:
    """Ours, one of two: the door serves no other host."""
    if edge.mtls_host is not None and environ.get("HTTP_HOST", "").lower() == edge.mtls_host:
        return edge.mtls_url
    return idp.issuer


def certificate(idp: Idp, environ: "WSGIEnvironment") -> ClientCertificate | None:
    """What the proxy hands over besides: for a person's card. Raises InvalidRequest: a stranger's, or unreadable."""
    return _certificate(_edge(idp), environ)


def _certificate(edge: _Edge, environ: "WSGIEnvironment") -> ClientCertificate | None:
    if edge.certificate is None:
        return None
    shown, verified = environ.get(edge.certificate), environ.get(edge.verified or "")
    if shown is None and verified is None:
        return None
    if not is_trusted(environ.get("REMOTE_ADDR", ""), edge.trust):
        raise InvalidRequest("a certificate header comes from the proxy alone", "from a stranger")
    try:
        return certificates.of_header(shown or "", edge.form, verified=verified == VERIFIED)
    except BadCertificate as error:
        raise InvalidRequest("the client certificate is not readable", str(error)) from error


@lru_cache(maxsize=8)
def _edge(idp: Idp) -> _Edge:
    server = idp.settings.server
    socket, networks = proxy_networks(idp.settings)
    return _Edge(
        Trust(server.listen.startswith("unix:") and socket, networks),
        _in_environ(server.client_certificate_header),
        _in_environ(server.client_certificate_verified_header),
        server.client_certificate_format,
        urlsplit(server.mtls_endpoint).netloc.lower() if server.mtls_endpoint else None,
        server.mtls_endpoint or "",
    )


def _in_environ(header: str | None) -> str | None:
    return f"HTTP_{header.upper().replace('-', '_')}" if header else None


@lru_cache(maxsize=4096)
def _network(idp: Idp, peer: str, forwarded: str) -> str:
    """Keyed digest of the caller's network. Kept: applications call from a few addresses, again and again."""
    try:
        found = str(network_of(address_of(peer, forwarded, _edge(idp).trust)))
    except ValueError:
        found = "unknown"
    return idp.ports.sealer.digest("network", found)
