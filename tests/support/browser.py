"""A person's browser and an application, as a house's tests drive them: cookies, forms, codes; no JavaScript."""

import base64
import json
import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp
from werkzeug.test import Client as HttpClient
from werkzeug.test import TestResponse

from idp.oidc.pkce import challenge_of

if TYPE_CHECKING:
    from tests.support.house import House

ISSUER = "https://id.example"
PAYROLL = "urn:example:payroll"
VERIFIER = "v" * 64
SECRET = "s" * 64


class Browser:
    """One person's browser: cookies, forms, a place and a language. `.page` is the last HTML."""

    def __init__(
        self, house: "House", address: str = "10.1.2.3", agent: str = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
    ) -> None:
        self.house, self.address, self.agent = house, address, agent
        self.http = HttpClient(house.app)  # type: ignore[arg-type]
        self.url, self.page, self.status = "", "", 0
        self.last: TestResponse | None = None
        self.language = "en"

    def get(self, url: str) -> "Browser":
        return self._follow(self._open("GET", url))

    def submit(self, **fields: str) -> "Browser":
        """Send the page's first form that has all these fields, as a browser would."""
        action, data = self.hidden(**fields)
        return self._follow(self._open("POST", action, data=data | fields))

    def post(self, url: str, data: dict[str, str], **headers: str) -> TestResponse:
        """One POST, not followed. `headers` by their names with underscores; Origin is ours unless it is given."""
        return self._open("POST", url, data, {name.replace("_", "-"): value for name, value in headers.items()})

    def hidden(self, **fields: str) -> tuple[str, dict[str, str]]:
        """(action, hidden fields) of the form that `submit` would send."""
        form = self._form(fields)
        action = unescape(re.search(r'action="([^"]*)"', form)[1])  # type: ignore[index]
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?', form))
        return action, {name: unescape(value) for name, value in hidden.items()}

    def options(self) -> str:
        """What the page's passkey script would ask for, as JSON."""
        url = unescape(re.search(r'data-options="([^"]*)"', self.page)[1])  # type: ignore[index]
        _, fields = self.hidden(credential="")
        return self._open("POST", url, data=fields).get_data(as_text=True)

    def cookie(self, name: str) -> str | None:
        found = self.http.get_cookie(f"__Host-{name}", domain="id.example")
        return found.value if found else None

    def plant(self, name: str, value: str) -> None:
        self.http.set_cookie(f"__Host-{name}", value, domain="id.example")

    def sign_in(self, url: str, name: str, password: str, app: pyotp.TOTP | None = None) -> "Browser":
        """Password, then the app's code when it is asked for."""
        self.get(url).submit(username=f"{name}@local.example").submit(password=password)
        if self.path == "/sign-in/totp" and app is not None:
            self.submit(code=app.at(self.house.clock()))
        return self

    @property
    def query(self) -> dict[str, str]:
        return {key: value[0] for key, value in parse_qs(urlsplit(self.url).query).items()}

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def main(self) -> str:
        """The page's own part: without the header's sign-out and the warning before a session's end."""
        return self.page.partition("<main")[2].partition("</main>")[0]

    def _form(self, fields: dict[str, str]) -> str:
        forms = re.findall(r"<form.*?</form>", self.page, re.S)
        button = f'name="do" value="{fields["do"]}"' if "do" in fields else ""
        for form in forms:
            if button in form and all(f'name="{name}"' in form for name in fields):
                return str(form)
        raise AssertionError(f"no form with {fields.keys()} on {self.url} ({self.status}): {self.page[:3000]}")

    def _open(
        self, method: str, url: str, data: dict[str, str] | None = None, more: dict[str, str] | None = None
    ) -> TestResponse:
        self.url = url if url.startswith("http") else f"{ISSUER}{url}"
        parts = urlsplit(self.url)
        headers = {
            "User-Agent": self.agent,
            "X-Forwarded-For": self.address,
            "Accept-Language": self.language,
        } | ({"Origin": ISSUER} if method == "POST" else {})
        return self.http.open(
            f"{parts.path}?{parts.query}" if parts.query else parts.path,
            method=method,
            base_url=ISSUER,
            data=data,
            headers=headers | (more or {}),
            environ_base={"REMOTE_ADDR": "127.0.0.1"},
        )

    def _follow(self, response: TestResponse) -> "Browser":
        for _ in range(10):
            self.status, self.last = response.status_code, response
            if response.status_code not in (302, 303):
                break
            self.url = response.headers["Location"]
            if not self.url.startswith("/") and not self.url.startswith(ISSUER):
                break  # at the application's door
            response = self._open("GET", self.url)
        self.page = response.get_data(as_text=True)
        return self


class RelyingParty:
    """An application that starts sign-ins and redeems codes."""

    def __init__(self, house: "House", client_id: str = "payroll") -> None:
        self.house, self.client_id = house, client_id
        self.http = HttpClient(house.app)  # type: ignore[arg-type]

    def start(self, scope: str = "openid profile payroll.read payroll.approve", **more: str) -> str:
        client = self.house.idp.ports.truth.configuration().clients[self.client_id]
        return "/authorize?" + urlencode(
            {
                "client_id": self.client_id,
                "redirect_uri": client.redirect_uris[0],
                "response_type": "code",
                "scope": scope,
                "state": "state-1",
                "nonce": "nonce-1",
                "code_challenge": challenge_of(VERIFIER),
                "code_challenge_method": "S256",
            }
            | more
        )

    def redeem(self, browser: Browser, **more: str) -> TestResponse:
        return self.token(
            {"grant_type": "authorization_code", "code": browser.query["code"], "code_verifier": VERIFIER} | more
        )

    def id_token(self, browser: Browser) -> dict[str, object]:
        """Claims of the ID token that the browser's code brings; the signature is looked at elsewhere."""
        answer = self.redeem(browser)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        body = str(answer.json["id_token"]).split(".")[1]  # type: ignore[index]
        claims: dict[str, object] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return claims

    def token(self, form: dict[str, str]) -> TestResponse:
        client = self.house.idp.ports.truth.configuration().clients[self.client_id]
        if form.get("grant_type") == "authorization_code":
            form.setdefault("redirect_uri", client.redirect_uris[0])
        return self.http.post("/token", base_url=ISSUER, data=form, auth=(self.client_id, SECRET))

    def post(self, path: str, form: dict[str, str]) -> TestResponse:
        return self.http.post(path, base_url=ISSUER, data=form, auth=(self.client_id, SECRET))
