"""Which addresses an answer may be sent to. Spec: RFC 9700 §2.1 (exact match), RFC 8252 §7.3 (loopback, any port)."""

from collections.abc import Iterable
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "[::1]")


def is_registered(uri: str, registered: Iterable[str]) -> bool:
    """Character by character; only the port of a registered loopback address may differ."""
    return any(uri == one or _same_but_port(uri, one) for one in registered)


def problem_of(uri: str, *, allow_http_loopback: bool = True) -> str | None:
    """Why this address cannot be registered, in plain words; None when it can. Spec: RFC 6749 §3.1.2, RFC 8252 §7."""
    if not uri.isascii() or any(char <= " " or char in '"<>\\^`{|}' for char in uri):
        return "has characters that an address cannot have"
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return "is not an address"
    if not parts.scheme:
        return "has no scheme"
    if "#" in uri:
        return "has a fragment"
    if "@" in parts.netloc:
        return "has a name before the host"
    if "*" in uri:
        return "has a wildcard"
    if parts.scheme == "https":
        return None if parts.hostname else "has no host"
    if parts.scheme == "http":
        return None if allow_http_loopback and _is_local(parts.hostname or "") else "is http: use https"
    return None if "." in parts.scheme else "has a private scheme that is not in reverse-domain form"


def origin_of(uri: str) -> str:
    """`scheme://host:port` for a form-action source; a private scheme alone (`com.example.app:`)."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def _same_but_port(uri: str, registered: str) -> bool:
    mine = urlsplit(registered)
    host = "[::1]" if mine.hostname == "::1" else mine.hostname
    if mine.scheme != "http" or host not in LOOPBACK or not _is_visible(uri):
        return False
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return False
    wanted = f"{host}:{port}" if port is not None else host
    return parts.netloc == wanted and uri.replace(wanted, "", 1) == registered.replace(mine.netloc, "", 1)


def _is_visible(uri: str) -> bool:
    """urlsplit drops tabs and line ends without a word: what it read would not be what is sent."""
    return uri.isascii() and all("!" <= char <= "~" for char in uri)


def _is_local(host: str) -> bool:
    return host in ("127.0.0.1", "::1", "localhost") or host.endswith(".localhost")
