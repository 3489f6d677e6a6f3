"""An application's own side: it redeems codes, refreshes, asks what a token is still good for, calls its API.

With the demonstration application's own secret, so that the story sees the tokens that the application would.
Spec: RFC 6749 §4.1.3, §6; RFC 7636 (S256); RFC 7662; RFC 6750 §2.1.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from demo.browser import PATIENCE_SECONDS, Browser, Unexpected
from demo.story_house import House


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint said: its status, JSON and headers (lower case)."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def error(self) -> str:
        return str(self.body.get("error", ""))

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(str(self.body.get("scope", "")).split())

    def __str__(self) -> str:
        shown = {name: value for name, value in self.body.items() if not name.endswith("_token")}
        return f"{self.status} {json.dumps(shown)} {self.headers.get('www-authenticate', '')}".strip()


@dataclass
class Application:
    """Payroll or Docs, at work behind its pages."""

    house: House
    client_id: str
    _verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    def code(self, browser: Browser, scope: str = "", **more: str) -> str:
        """The code that a browser which is signed in brings back, not redeemed."""
        app = self.house.application(self.client_id)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self._verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "client_id": self.client_id,
            "redirect_uri": f"{app.url}/callback",
            "response_type": "code",
            "scope": scope or " ".join(app.scopes),
            "resource": app.audience,
            "state": secrets.token_urlsafe(16),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        browser.stop = f"{app.url}/callback"
        try:
            page = browser.get(f"{self.house.doors.issuer}/authorize?{urlencode(asked | more)}")
        finally:
            browser.stop = ""
        if "code" not in page.query:
            raise Unexpected(f"no code came back but {page.status} {page.url}: {page.text[:300]}")
        return page.query["code"]

    def redeem(self, code: str) -> Answer:
        """The first tokens of a code."""
        uri = f"{self.house.application(self.client_id).url}/callback"
        return self._token(grant_type="authorization_code", code=code, redirect_uri=uri, code_verifier=self._verifier)

    def refresh(self, refresh_token: str, **more: str) -> Answer:
        """The next access token."""
        return self._token(grant_type="refresh_token", refresh_token=refresh_token, **more)

    def introspect(self, token: str) -> Answer:
        """What the token is good for now."""
        return self._post("/introspect", {"token": token})

    def api(self, method: str, path: str, token: str) -> Answer:
        """The application's API, asked with a token."""
        return call(method, f"{self.house.application(self.client_id).url}{path}", {"Authorization": f"Bearer {token}"})

    def _token(self, **form: str) -> Answer:
        return self._post("/token", form)

    def _post(self, path: str, form: dict[str, str]) -> Answer:
        known = base64.b64encode(f"{self.client_id}:{self.house.secret(self.client_id)}".encode()).decode()
        headers = {"Authorization": f"Basic {known}", "Content-Type": "application/x-www-form-urlencoded"}
        return call("POST", f"{self.house.doors.issuer}{path}", headers, urlencode(form))


def call(method: str, url: str, headers: dict[str, str], body: str | None = None) -> Answer:
    """One request without a browser; `*.localhost` is this machine."""
    parts = urlsplit(url)
    connection = HTTPConnection("127.0.0.1", parts.port or 80, timeout=PATIENCE_SECONDS)
    try:
        connection.request(method, parts.path, body, {"Host": parts.netloc, "Accept": "application/json", **headers})
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
    finally:
        connection.close()
    try:
        found = json.loads(text)
    except ValueError:
        found = {}
    return Answer(
        answer.status,
        found if isinstance(found, dict) else {},
        {name.lower(): value for name, value in answer.getheaders()},
    )
