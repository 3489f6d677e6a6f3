"""A browser without a screen: cookies, redirects, and forms that it fills in by what their fields are called."""

import base64
import hashlib
import hmac
import html
import re
import struct
import time
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit

from bench.load.wire import Headers, Http, all_of

FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.I | re.S)
FIELD = re.compile(r"<(input|button|select|textarea)\b([^>]*)>", re.I)
ATTRIBUTE = re.compile(r"""([\w:-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
NAMES_A_PERSON = re.compile(r"^(user(name)?|login|email|e-mail|identifier|uid|account)$", re.I)
NAMES_A_CODE = re.compile(r"otp|^code$|second_?factor", re.I)
MOST_STEPS = 30
FORM_TYPE = "application/x-www-form-urlencoded"


class Failed(Exception):
    """The provider did not do what was asked."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs in. `totp`: base32 seed, where a code is asked."""

    name: str
    password: str
    totp: str | None = None


@dataclass
class Browser:
    """One browser. `headers` go with each request: where it comes from."""

    redirect_uri: str
    headers: Headers = ()
    http: Http = field(default_factory=Http)
    requests: int = 0
    _jar: dict[tuple[str, str, str], str] = field(default_factory=dict)

    async def until_redirect(self, url: str, person: Person) -> str:
        """Walk redirects and forms until the application's address is reached. Raises Failed."""
        method, body = "GET", b""
        for _ in range(MOST_STEPS):
            status, head, page = await self._request(method, url, body)
            location = all_of(head, "location")
            if location and 300 <= status < 400:
                url = urljoin(url, location[0])
                if url.startswith(self.redirect_uri):
                    return url
                if status not in (307, 308):
                    method, body = "GET", b""
            elif status == 200:
                method, url, body = self._filled(url, page.decode("utf-8", "replace"), person)
                if url.startswith(self.redirect_uri):  # form_post
                    return f"{url}?{body.decode()}"
            else:
                raise Failed(f"{status} at {method} {url.split('?')[0]}: {page[:300]!r}")
        raise Failed(f"more than {MOST_STEPS} steps, last at {url}")

    def close(self) -> None:
        self.http.close()

    async def _request(self, method: str, url: str, body: bytes) -> tuple[int, bytes, bytes]:
        parts = urlsplit(url)
        headers = list(self.headers)
        if cookies := self._cookies(parts):
            headers.append(("Cookie", cookies))
        if method == "POST":
            headers += [("Content-Type", FORM_TYPE), ("Origin", f"{parts.scheme}://{parts.netloc}"), ("Referer", url)]
        self.requests += 1
        status, head, page = await self.http.call(method, url, headers, body)
        self._keep(parts, head)
        return status, head, page

    def _cookies(self, url: SplitResult) -> str:
        path = url.path or "/"
        return "; ".join(
            f"{name}={value}"
            for (host, name, under), value in self._jar.items()
            if host == url.hostname and (path == under or path.startswith(under.rstrip("/") + "/"))
        )

    def _keep(self, url: SplitResult, head: bytes) -> None:
        for cookie in all_of(head, "set-cookie"):
            pair, *rest = (part.strip() for part in cookie.split(";"))
            name, _, value = pair.partition("=")
            said = {key.lower(): text for key, _, text in (part.partition("=") for part in rest)}
            key = url.hostname or "", name, said.get("path") or url.path.rpartition("/")[0] or "/"
            if not value or said.get("max-age", "1").lstrip("-") == "0" or "1970" in said.get("expires", ""):
                self._jar.pop(key, None)
            else:
                self._jar[key] = value

    def _filled(self, url: str, page: str, person: Person) -> tuple[str, str, bytes]:
        """Method, address and body of the page's main form: the one with a password, else the first that posts."""
        forms = [(_attributes(tag), inner) for tag, inner in FORM.findall(page)]
        if not forms:
            raise Failed(f"no form at {url}: {page[:300]!r}")
        said, inner = max(forms, key=_rank)
        fields: list[tuple[str, str]] = []
        button: tuple[str, str] | None = None
        for tag, text in FIELD.findall(inner):
            attributes = _attributes(text)
            kind = attributes.get("type", "submit" if tag.lower() == "button" else "text").lower()
            name = attributes.get("name", "")
            if kind == "submit":
                button = button or (name, attributes.get("value", ""))
            elif name and kind not in ("button", "image", "reset", "file"):
                fields += _value(name, kind, attributes, person)
        if button is not None and button[0]:
            fields.append(button)
        method = said.get("method", "GET").upper()
        target, body = urljoin(url, said.get("action") or url), urlencode(fields).encode()
        return (method, target, body) if method == "POST" else ("GET", f"{target}?{body.decode()}", b"")


def _rank(form: tuple[dict[str, str], str]) -> int:
    said, inner = form
    asks_password = re.search(r"type\s*=\s*[\"']?password", inner, re.I) is not None
    return 2 * asks_password + (said.get("method", "").lower() == "post")


def _value(name: str, kind: str, attributes: dict[str, str], person: Person) -> list[tuple[str, str]]:
    given = attributes.get("value", "")
    if person.totp and kind != "hidden" and NAMES_A_CODE.search(name):
        return [(name, totp(person.totp, time.time()))]
    if kind == "password":
        return [(name, person.password)]
    if kind in ("checkbox", "radio"):
        return [(name, given or "on")] if "checked" in attributes else []
    if kind != "hidden" and NAMES_A_PERSON.search(name):
        return [(name, person.name)]
    return [(name, given)]


def _attributes(text: str) -> dict[str, str]:
    return {name.lower(): html.unescape(value.strip("\"'")) for name, value in ATTRIBUTE.findall(text)}


def totp(seed: str, at: float) -> str:
    """Six digits. Spec: RFC 6238 §4, RFC 4226 §5.3."""
    key = base64.b32decode(seed + "=" * (-len(seed) % 8), casefold=True)
    digest = hmac.digest(key, struct.pack(">Q", int(at // 30)), hashlib.sha1)
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 15)
    return f"{(number & 0x7FFFFFFF) % 10**6:06d}"
