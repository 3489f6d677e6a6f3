"""A person's browser for the story: real HTTP on loopback, cookies by host, forms by their fields, no JavaScript.

It treats loopback as secure, as real browsers do, and resolves every `*.localhost` to 127.0.0.1, as glibc does not.
Spec: RFC 9110 §15.4, RFC 6265 §5. Deliberately knows nothing of the product but HTML, and never leaves this machine.
"""

import re
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

HOPS = 15
REDIRECTS = (301, 302, 303, 307)
PATIENCE_SECONDS = 30
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass
class Page:
    """What came back: where from, with which status, and the HTML."""

    url: str
    status: int
    html: str
    headers: dict[str, str]

    @property
    def text(self) -> str:
        """What a person reads."""
        body = re.sub(r"<(script|style|head).*?</\1>", " ", self.html, flags=re.S)
        return _words(body)

    @property
    def path(self) -> str:
        """The path of its address."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """The parameters of its address, each once."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.url).query).items()}

    @property
    def heading(self) -> str:
        """Its first heading."""
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.html, re.S)
        return _words(found[1]) if found else ""

    @property
    def reasons(self) -> list[str]:
        """Why something is asked or refused, as the page says it."""
        lists = re.findall(r'<(ul class="reasons"|div class="note bad")[^>]*>(.*?)</(?:ul|div)>', self.html, re.S)
        return [
            _words(item) for _, found in lists for item in re.findall(r"<(?:li|p)[^>]*>(.*?)</(?:li|p)>", found, re.S)
        ]


class Unexpected(Exception):
    """The page is not the one that was expected; the text says what it shows."""


@dataclass
class Browser:
    """Cookies by host and port-less name, one page at a time.

    hops: the requests of the last step, `GET host/path`. stop: a redirect to an address that begins so is not followed;
    the page is then that address, empty. claims: headers of its own that go with every request.
    """

    language: str = "en"
    agent: str = FIREFOX
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    page: Page = field(default_factory=lambda: Page("", 0, "", {}))
    hops: list[str] = field(default_factory=list)
    stop: str = ""
    claims: dict[str, str] = field(default_factory=dict)

    def get(self, url: str) -> Page:
        """Open an address and follow it to a page."""
        return self._follow("GET", urljoin(self.page.url, url), None)

    def post(self, url: str, **fields: str) -> Page:
        """Send the page's form token to an address of the same site, with these fields."""
        token = re.search(r'name="csrf" value="([^"]+)"', self.page.html)
        return self._follow("POST", urljoin(self.page.url, url), {"csrf": token[1] if token else "", **fields})

    def asked(self) -> list[str]:
        """Paths of the pages with a question among the last step's requests."""
        return [hop.split(" ", 1)[1] for hop in self.hops if "/sign-in" in hop]

    def submit(self, **fields: str) -> Page:
        """Send the first form of the page that has all these fields (or that button)."""
        form = self._form(fields)
        action = re.search(r'action="([^"]*)"', form)
        hidden = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form))
        data = {name: unescape(value) for name, value in hidden.items()} | fields
        return self._follow("POST", urljoin(self.page.url, unescape(action[1]) if action else ""), data)

    def options(self, kind: str) -> str:
        """Options of the page's passkey ceremony (`get` or `create`), as its script would ask for them."""
        form = next((one for one in self._forms() if f'data-passkey="{kind}"' in one), "")
        where = re.search(r'data-options="([^"]+)"', form)
        token = re.search(r'name="csrf" value="([^"]+)"', form)
        if where is None or token is None:
            raise Unexpected(f"no passkey is asked for on {self.page.url}: {self.page.text[:300]}")
        url = urljoin(self.page.url, unescape(where[1]))
        return self._send("POST", url, {"csrf": token[1]}).html

    def _follow(self, method: str, url: str, data: dict[str, str] | None) -> Page:
        self.hops = []
        page = self._send(method, url, data)
        for _ in range(HOPS):
            if page.status not in REDIRECTS:
                break
            onward = urljoin(page.url, page.headers["location"])
            if self.stop and onward.startswith(self.stop):
                page = Page(onward, page.status, "", page.headers)
                break
            page = self._send("GET", onward, None)
        self.page = page
        return page

    def _send(self, method: str, url: str, data: dict[str, str] | None) -> Page:
        parts = urlsplit(url)
        host = parts.hostname or ""
        self.hops.append(f"{method} {parts.netloc}{parts.path}")
        connection = HTTPConnection("127.0.0.1", parts.port or 80, timeout=PATIENCE_SECONDS)
        headers = {"Host": parts.netloc, "User-Agent": self.agent, "Accept-Language": self.language, **self.claims}
        if jar := self.cookies.get(host):
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        body = None
        if data is not None:
            body = urlencode(data)
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"{parts.scheme}://{parts.netloc}",
            }
        try:
            connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        self._keep(host, [value for name, value in answer.getheaders() if name.lower() == "set-cookie"])
        return Page(url, answer.status, text, {name.lower(): value for name, value in answer.getheaders()})

    def _keep(self, host: str, set_cookies: list[str]) -> None:
        jar = self.cookies.setdefault(host, {})
        for line in set_cookies:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    jar.pop(name, None)
                else:
                    jar[name] = morsel.value

    def _forms(self) -> list[str]:
        return re.findall(r"<form.*?</form>", self.page.html, re.S)

    def _form(self, fields: dict[str, str]) -> str:
        for form in self._forms():
            if all(f'name="{name}"' in form and (name != "do" or f'value="{fields["do"]}"' in form) for name in fields):
                return form
        raise Unexpected(f"no form with {sorted(fields)} on {self.page.url}: {self.page.text[:300]}")


def _words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()
