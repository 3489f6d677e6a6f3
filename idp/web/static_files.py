"""Our own style sheet, scripts and sign, under names that contain their content's hash.

What it is for: read once at start, compressed once, served with a year of immutable caching.
What it does not do: read a file because of a request. A path is looked up in a dict, so no path can walk anywhere.
Spec: RFC 9111 §5.2 and RFC 8246 (immutable caching), RFC 9110 §12.5.3 (Accept-Encoding).
"""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

FOLDER = Path(__file__).parent / "static"
PREFIX = "/static/"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_CACHED = "public, max-age=31536000, immutable"

Answer = tuple[int, list[tuple[str, str]], bytes]
"""Status, headers, body."""


@dataclass(frozen=True, slots=True)
class _File:
    kind: str
    plain: bytes
    packed: bytes


class StaticFiles:
    """The manifest of one folder: `url(name)` and `answer(path, accept_encoding)`."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._urls: dict[str, str] = {}
        self._files: dict[str, _File] = {}
        for path in sorted(folder.iterdir()):
            if path.suffix in _TYPES:
                self._add(path)

    def _add(self, path: Path) -> None:
        plain = path.read_bytes()
        url = f"{PREFIX}{path.stem}.{hashlib.sha256(plain).hexdigest()[:12]}{path.suffix}"
        self._urls[path.name] = url
        self._files[url] = _File(_TYPES[path.suffix], plain, gzip.compress(plain, 9, mtime=0))

    def url(self, name: str) -> str:
        """The address of `name` with its hash. Raises: KeyError, for a name that is not there (a template's
        mistake)."""
        return self._urls[name]

    def inline(self, name: str) -> str:
        """A small file as an address that holds it, so that it costs no request. Spec: RFC 2397."""
        file = self._files[self._urls[name]]
        return f"data:{file.kind},{quote(file.plain.decode())}"

    def answer(self, path: str, accept_encoding: str = "") -> Answer:
        """What to send for a request path; 404 for anything that is not exactly one of our addresses."""
        file = self._files.get(path)
        if file is None:
            return 404, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "0")], b""
        packed = _takes_gzip(accept_encoding) and len(file.packed) < len(file.plain)
        body = file.packed if packed else file.plain
        headers = [
            ("Content-Type", file.kind),
            ("Content-Length", str(len(body))),
            ("Cache-Control", _CACHED),
            ("Vary", "Accept-Encoding"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ]
        return 200, [*headers, ("Content-Encoding", "gzip")] if packed else headers, body


def _takes_gzip(accept_encoding: str) -> bool:
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


_own: StaticFiles | None = None


def own() -> StaticFiles:
    """The files of this folder, read at the first call."""
    global _own
    if _own is None:
        _own = StaticFiles()
    return _own


def static_file(path: str, accept_encoding: str = "") -> Answer:
    """Our own file at `path`: status, headers, body."""
    return own().answer(path, accept_encoding)
