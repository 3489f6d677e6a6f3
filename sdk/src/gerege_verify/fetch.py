"""One small JSON document from the issuer, and nothing else.

https only, plain http for loopback alone; no redirects, no proxies, no cookies; a time limit for the whole answer and a
size limit. Spec: RFC 8414 §3, RFC 8725 §3.10 (outgoing requests). Deliberately not here: retries and caching (`keys`).
"""

import ipaddress
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import timedelta
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit

from .errors import IssuerUnavailable

TIMEOUT = timedelta(seconds=5)
MAX_BYTES = 262_144


def require_safe(url: str) -> str:
    """Return the address when it may be asked. Raises ValueError: not https, and not http on a loopback host."""
    parts = urlsplit(url)
    if not parts.hostname or parts.username is not None or parts.fragment:
        raise ValueError(f"{url!r} is not an address of an issuer")
    if parts.scheme == "https" or (parts.scheme == "http" and _loopback(parts.hostname)):
        return url
    raise ValueError(f"{url!r}: only https, or http on loopback, is accepted")


def get_json(url: str) -> Any:
    """Fetch and parse.

    Raises:
        IssuerUnavailable: no answer in time, another status than 200, too large, or not JSON.
    """
    request = urllib.request.Request(require_safe(url), headers={"Accept": "application/json"})
    try:
        return json.loads(_read(request))
    except (OSError, HTTPException, ValueError, RecursionError) as error:
        raise IssuerUnavailable(f"{url}: {type(error).__name__}: {error}") from error


def post_form(url: str, form: Mapping[str, str], authorization: str) -> Any:
    """Send a form with credentials and parse the answer. Raises as `get_json`."""
    body = urlencode(form).encode("ascii")
    headers = {
        "Accept": "application/json",
        "Authorization": authorization,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    request = urllib.request.Request(require_safe(url), data=body, headers=headers)
    try:
        return json.loads(_read(request))
    except (OSError, HTTPException, ValueError, RecursionError) as error:
        raise IssuerUnavailable(f"{url}: {type(error).__name__}: {error}") from error


def _read(request: urllib.request.Request) -> bytes:
    deadline = time.monotonic() + TIMEOUT.total_seconds()
    with _OPENER.open(request, timeout=TIMEOUT.total_seconds()) as response:
        if response.status != 200:
            raise ValueError(f"status {response.status}")
        body = b""
        while chunk := response.read1(65_536):
            body += chunk
            if len(body) > MAX_BYTES:
                raise ValueError("answer too large")
            if time.monotonic() > deadline:  # a socket timeout alone would let a dripping answer hold us for ever
                raise ValueError("answer too slow")
        return body


def _loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761 §6.3
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _opener() -> urllib.request.OpenerDirector:
    # Built by hand: urllib's default opener would also follow redirects, open file: and ftp:, and obey proxy variables.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    return opener


_OPENER = _opener()
