"""Applications and people as conformance modules use them, on one running server in production mode.

`basic` knows neither PKCE nor nonces unless it says so (`compat`); `two` has two addresses, one with a query; `signed`
is told everything in RS256; `bank` and `rival` are of the `fapi2` profile; `asking` is not of the house, so that people
are asked.
"""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp
from werkzeug.test import Client as HttpClient
from werkzeug.test import TestResponse

from tests.support.applications import Application, application
from tests.support.browser import ISSUER, VERIFIER, Browser
from tests.support.proofs import Key, proof
from tests.support.server import Served, served

EVERYBODY = frozenset({"all-employees"})
BACK, BYE = "https://basic.example/callback", "https://basic.example/bye"
SCOPES = ("openid", "profile", "email", "docs.read")


def claims_of(token: str) -> dict[str, Any]:
    """Of a JWT; its signature is looked at elsewhere."""
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))  # type: ignore[no-any-return]


@dataclass
class Person:
    """Somebody with a password and an app, at a browser of their own."""

    browser: Browser
    name: str
    app: pyotp.TOTP
    steps: int = field(default=0)

    def code(self) -> str:
        """Each is good once: the next one is of the next step, which a clock may be ahead by."""
        self.steps += 1
        return self.app.at(self.browser.house.clock() + timedelta(seconds=30 * (self.steps - 1)))

    def visit(self, url: str) -> Browser:
        """Follow it, and answer every question on the way, the last one with yes."""
        browser = self.browser.get(url)
        for _ in range(4):
            if 'name="iss"' in browser.page:
                break  # an answer that a form takes back
            if browser.path == "/sign-in":
                browser.submit(username=f"{self.name}@local.example")
            elif browser.path == "/sign-in/password":
                browser.submit(password="a password")
            elif browser.path == "/sign-in/totp":
                browser.submit(code=self.code())
            elif browser.path == "/consent":
                browser.submit(do="allow")
        return browser


@dataclass
class Suite:
    """A server, its applications by name, and whoever is needed."""

    there: Served
    apps: dict[str, Application]

    def __getitem__(self, name: str) -> Application:
        return self.apps[name]

    def person(self, name: str) -> Person:
        house = self.there.house
        return Person(self.there.browser(), name, house.app_of(house.person(name, "a password")))

    def signed_in(self, name: str, app: str = "basic") -> tuple[Person, dict[str, Any]]:
        """Somebody, and the token answer that the application has of them."""
        person = self.person(name)
        return person, self.tokens(person.visit(self[app].url()), app)

    def tokens(self, browser: Browser, app: str = "basic") -> dict[str, Any]:
        assert "code" in browser.query, (browser.status, browser.url, browser.page[:2000])
        answer = self[app].redeem(browser)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.json  # type: ignore[return-value]

    def ask(self, method: str, path: str, **more: Any) -> TestResponse:
        """One request of nobody in particular."""
        return HttpClient(self.there.house.app).open(path, method=method, base_url=ISSUER, **more)  # type: ignore[arg-type]


@dataclass
class Dpop:
    """A client's key for proofs, with the server's nonce as it was last told."""

    suite: Suite
    key: Key = field(default_factory=Key)
    nonce: str | None = None

    def proof(self, method: str, path: str, token: str | None = None, **changes: Any) -> str:
        url, now = ISSUER + path, self.suite.there.house.clock()
        return proof(self.key, method, url, now, token=token, **({"nonce": self.nonce} | changes))

    def call(self, app: Application, path: str, form: dict[str, str]) -> TestResponse:
        """With a proof; once more when a nonce is asked for."""
        answer = app.call(path, form, {"DPoP": self.proof("POST", path)})
        if (answer.json or {}).get("error") == "use_dpop_nonce":
            self.nonce = answer.headers["DPoP-Nonce"]
            answer = app.call(path, form, {"DPoP": self.proof("POST", path)})
        return answer

    def redeem(self, app: Application, browser: Browser) -> TestResponse:
        form = {"grant_type": "authorization_code", "code": browser.query["code"], "code_verifier": VERIFIER}
        return self.call(app, "/token", form | {"redirect_uri": app.client.redirect_uris[0]})

    def userinfo(self, token: str, scheme: str = "DPoP", **changes: Any) -> TestResponse:
        shown = self.proof("GET", "/userinfo", token, **changes)
        return self.suite.ask("GET", "/userinfo", headers={"Authorization": f"{scheme} {token}", "DPoP": shown})


def fragment_free(url: str) -> dict[str, str]:
    """The answer in an address: in its query, never in a fragment."""
    parts = urlsplit(url)
    assert not parts.fragment
    return {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}


def link(app: Application, **asked: str) -> str:
    """An authorization request of exactly these parameters, in this order."""
    return "/authorize?" + urlencode({"client_id": app.client_id, **asked})


def wait_until(moment: float) -> None:
    """Times in tokens are whole seconds."""
    time.sleep(max(0.0, moment - time.time()))


@contextmanager
def suite() -> Iterator[Suite]:
    """The server runs; its applications are known to it."""
    with served(server={"workers": 1}) as there:
        house = there.house
        ours: dict[str, Any] = {"first_party": True, "labels": EVERYBODY, "scopes": SCOPES}
        bye: dict[str, Any] = {"post_logout_redirect_uris": (BYE,)}
        rs256 = {"id_token_signed_response_alg": "RS256", "userinfo_signed_response_alg": "RS256"}
        found = [
            application(house, "basic", profile="compat", redirect_uris=(BACK,), jwks=(), **ours, **bye),
            application(house, "two", redirect_uris=("https://two.example/a?x=1&y=2", "https://two.example/b"), **ours),
            application(house, "other", redirect_uris=("https://other.example/callback",), **ours),
            application(house, "signed", redirect_uris=("https://signed.example/callback",), **rs256, **ours),
            application(house, "asking", labels=EVERYBODY, scopes=SCOPES),
            application(house, "bank", profile="fapi2", auth_method="private_key_jwt", **ours),
            application(house, "rival", profile="fapi2", auth_method="private_key_jwt", **ours),
        ]
        there.known_everywhere()
        yield Suite(there, {one.client_id: one for one in found})
