"""One provider as the driver sees it: what its file says, and the requests of its clients.

A target file is one JSON object:

    name          label                         issuer        http://localhost:PORT
    redirect_uri  where sign-ins end            scope         default `openid`
    client        {id, secret?, auth: basic|post|none}        the application that people sign in to
    rotating      the same: a public client with refresh tokens; its `scope` and `extra` parameters
    machine       {id, secret, auth, scope?, extra?}          for client_credentials
    api           {id, secret, auth, extra?}    who introspects; `extra` is of the token that it asks about
    fapi          {id, jwk, kid, scope?}        private_key_jwt (ES256) and DPoP
    people        {pattern, password, count, totp?}    `pattern` with one %d
    forwarded     "198.18.%d.%d": each browser comes from an address of its own, said in X-Forwarded-For
    at            "127.0.0.1:PORT": where all requests go when the issuer is an https name; the driver then stands for
                  the proxy that ends TLS
    spawn, folder, environment, log             how to start it; its process tree is what is measured
    pids, apart   process trees that run already; trees that are not counted (a directory)
    extra         parameters of each authorization request
    variants      {name: {…}}: the same server with some of these laid over, asked by `operation:name`
"""

import asyncio
import base64
import hashlib
import itertools
import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

from bench.load import processes
from bench.load.browser import FORM_TYPE, Browser, Failed, Person
from bench.load.wire import Closed, Headers, Http

START_SECONDS = 60.0
Said = dict[str, Any]


class Target:
    """A provider that runs, or that this starts."""

    def __init__(self, said: Said) -> None:
        self.said, self.name, self.issuer = said, said["name"], said["issuer"].rstrip("/")
        self.redirect_uri = said.get("redirect_uri", "http://127.0.0.1:1/callback")
        self.metadata: Said = {}
        self.notes: Said = {}
        self._variants: dict[str, Target] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._people, self._places = _people(said["people"]), _places(said.get("forwarded"))

    @classmethod
    def read(cls, file: Path) -> "Target":
        return cls(json.loads(file.read_text()))

    def can(self, operation: str) -> bool:
        """Whether it has the operation's client and variant."""
        name, _, variant = operation.partition(":")
        return (name != "fapi" or "fapi" in self.said) and (not variant or variant in self.said.get("variants", {}))

    def variant(self, name: str) -> "Target":
        """The same server, asked in another way; made once, so that its people come in their turn."""
        if name in self._variants:
            return self._variants[name]
        other = Target({**self.said, **self.said["variants"][name]})
        other.metadata, other.notes, other._process = self.metadata, self.notes, self._process
        self._variants[name] = other
        return other

    # --- the process --------------------------------------------------------------------------------------------

    @property
    def roots(self) -> list[int]:
        own = [self._process.pid] if self._process else []
        return [*own, *self.said.get("pids", [])]

    def cpu_seconds(self) -> float:
        return processes.cpu_seconds(self.roots, self.said.get("apart", []))

    def memory_mb(self) -> float:
        return processes.memory_mb(self.roots, self.said.get("apart", []))

    async def start(self) -> None:
        """Start it if that is ours to do; time it until its first token. Raises Failed."""
        began = time.perf_counter()
        if "spawn" in self.said:
            self._spawn()
        http = self.http()
        self.metadata = await self._first_answer(http, began)
        if self._process is not None and "machine" in self.said:
            await self.token(http, self.said["machine"], self.machine_form(self.said["machine"]))
            self.notes["start_to_token_s"] = round(time.perf_counter() - began, 2)
        if self.roots:
            self.notes["memory_idle_mb"] = round(self.memory_mb(), 1)
        http.close()

    def _spawn(self) -> None:
        with open(self.said.get("log", os.devnull), "wb") as log:
            self._process = subprocess.Popen(
                self.said["spawn"],
                cwd=self.said.get("folder"),
                env={**os.environ, **self.said.get("environment", {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def _first_answer(self, http: Http, began: float) -> Said:
        url = f"{self.issuer}/.well-known/openid-configuration"
        while time.perf_counter() - began < START_SECONDS:
            if self._process is not None and self._process.poll() is not None:
                raise Failed(f"{self.name} ended while it started")
            with suppress(OSError, Closed):
                status, _, body = await http.call("GET", url)
                if status == 200:
                    found: Said = json.loads(body)
                    return found
            await asyncio.sleep(0.01)
        raise Failed(f"{self.name} did not start")

    def stop(self) -> None:
        """End what was started here, and its children."""
        if self._process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
                return

    # --- requests -----------------------------------------------------------------------------------------------

    def http(self) -> Http:
        return Http(self.said.get("at"))

    def browser(self) -> Browser:
        return Browser(self.redirect_uri, next(self._places), self.http())

    async def token(self, http: Http, client: Said, form: dict[str, str]) -> Said:
        """An answer of the token endpoint. Raises Failed."""
        headers, body = proved(client, form)
        status, _, text = await http.call("POST", self.metadata["token_endpoint"], headers, body)
        if status != 200:
            raise Failed(f"the token endpoint said {status}: {text[:300]!r}")
        found: Said = json.loads(text)
        return found

    @staticmethod
    def machine_form(client: Said) -> dict[str, str]:
        scope = {"scope": client["scope"]} if client.get("scope") else {}
        return {"grant_type": "client_credentials", **scope, **client.get("extra", {})}

    async def code(self, browser: Browser, client: Said) -> tuple[str, str]:
        """A code and its verifier, by whatever this browser is asked. Raises Failed."""
        verifier, state = secrets.token_urlsafe(32), secrets.token_urlsafe(12)
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": client["id"],
            "redirect_uri": self.redirect_uri,
            "scope": client.get("scope", self.said.get("scope", "openid")),
            "state": state,
            "nonce": secrets.token_urlsafe(12),
            "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            **self.said.get("extra", {}),
            **client.get("extra", {}),
        }
        url = f"{self.metadata['authorization_endpoint']}?{urlencode(asked)}"
        back = await browser.until_redirect(url, next(self._people))
        answer = dict(parse_qsl(urlsplit(back).query))
        if answer.get("state") != state or "code" not in answer:
            raise Failed(f"no code in {back}")
        return answer["code"], verifier

    async def redeem(self, http: Http, client: Said, code: str, verifier: str) -> Said:
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        return await self.token(http, client, {**form, "redirect_uri": self.redirect_uri})

    async def sign_in(self, client: Said) -> tuple[Browser, Said]:
        """A fresh browser, signed in, and its tokens."""
        browser = self.browser()
        code, verifier = await self.code(browser, client)
        return browser, await self.redeem(browser.http, client, code, verifier)


def proved(client: Said, form: dict[str, str]) -> tuple[list[tuple[str, str]], bytes]:
    """Headers and body with the client's secret where its method wants it. Spec: RFC 6749 §2.3.1."""
    headers = [("Content-Type", FORM_TYPE)]
    how = client.get("auth", "basic")
    if how == "basic":
        pair = f"{quote_plus(client['id'])}:{quote_plus(client['secret'])}"
        headers.append(("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"))
        return headers, urlencode(form).encode()
    secret = {"client_secret": client["secret"]} if how == "post" else {}
    return headers, urlencode({**form, "client_id": client["id"], **secret}).encode()


def _people(said: Said) -> Iterator[Person]:
    """In turn, from a place that is drawn: a one-time code is not taken twice, in a second run neither."""
    count = said["count"]
    first = secrets.randbelow(count)
    numbers = (*range(first, count), *range(first))
    return itertools.cycle([Person(said["pattern"] % number, said["password"], said.get("totp")) for number in numbers])


def _places(pattern: str | None) -> Iterator[Headers]:
    if pattern is None:
        return itertools.repeat(())
    return itertools.cycle([(("X-Forwarded-For", pattern % divmod(number, 256)),) for number in range(65536)])
