"""A WSGI request as flows see it. Spec: RFC 9449 §4.3 (htu is our own address, not what a header says)."""

from typing import TYPE_CHECKING

from idp.flows.context import Idp
from idp.flows.presented import Presented
from idp.web.machine import form

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment


def presented(idp: Idp, environ: "WSGIEnvironment", pairs: form.Pairs | None = None) -> Presented:
    """The request with its form read. Raises InvalidRequest: not a well-formed form."""
    return Presented(
        method=environ["REQUEST_METHOD"],
        url=idp.issuer + environ["PATH_INFO"],
        pairs=form.read(environ) if pairs is None else pairs,
        authorization=environ.get("HTTP_AUTHORIZATION"),
    )
