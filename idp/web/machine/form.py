"""Reading a machine's request strictly: one content type, a known length, UTF-8, nothing twice by another spelling.

Spec: RFC 6749 §3.2 and appendix B, RFC 9110 §8. The query string is never read: tokens and secrets in it would stand in
every log on the way (RFC 6750 §5.3).
"""

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from idp.errors import InvalidRequest

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

LONGEST = 64 * 1024
FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 50
Pairs = list[tuple[str, str]]


def read(environ: "WSGIEnvironment") -> Pairs:
    """The form's pairs in their order. Raises InvalidRequest: too long, no length, not a form, not UTF-8."""
    octets = body(environ, FORM)
    try:
        return parse_qsl(
            octets.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(octets),
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:  # UnicodeDecodeError is one
        raise InvalidRequest("the body is not a well-formed form", str(error)) from error


def body(environ: "WSGIEnvironment", kind: str) -> bytes:
    """All of it. Raises InvalidRequest: of another kind, without a length, too long."""
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != kind:
        raise InvalidRequest(f"the body must be {kind}")
    octets: bytes = environ["wsgi.input"].read(_length(environ))
    return octets


def _length(environ: "WSGIEnvironment") -> int:
    text = environ.get("CONTENT_LENGTH", "")
    if not (text.isascii() and text.isdigit()):
        raise InvalidRequest("Content-Length is needed")
    length = int(text)
    if length > LONGEST:
        raise InvalidRequest("the body is too long")
    return length
