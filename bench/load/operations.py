"""What is measured. Each operation is prepared before the clock starts and gives one call for each worker.

    discovery jwks        GET of the document
    cc                    client_credentials, JWT
    fapi                  the same with private_key_jwt and a DPoP proof, both new for each request
    introspect            introspection of one live token of the machine
    userinfo              GET with one live token
    exchange              code → token; the codes are minted before
    refresh               a public client's rotated token, each worker its own
    sso                   authorize with a live session, then code → token
    flow                  a whole sign-in in a fresh browser, from authorize to tokens
    wrong                 client_credentials with a wrong secret: what a refusal costs

An operation is written `name` or `name:variant` (see `target.py`).
"""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bench.load.browser import Browser, Failed
from bench.load.fapi import Prover
from bench.load.target import Said, Target, proved
from bench.load.wire import Headers, Http, request_of

Work = Callable[[], Awaitable[None]]
CODES = 240
"""Minted for one measurement of `exchange`."""


@dataclass
class Prepared:
    """`workers`: one call each. `most`: how often they can be called altogether; None is without end."""

    workers: list[Work]
    most: int | None = None
    open: list[Http | Browser] = field(default_factory=list)

    def close(self) -> None:
        for one in self.open:
            one.close()


async def _same(
    target: Target, workers: int, method: str, url: str, headers: Headers = (), body: bytes = b"", status: int = 200
) -> Prepared:
    """One request, made once and sent again and again."""
    parts = urlsplit(url)
    request, clients = request_of(method, parts, headers, body), [target.http() for _ in range(workers)]

    def worker(http: Http) -> Work:
        async def call() -> None:
            found, _, text = await http.raw(parts, request)
            if found != status:
                raise Failed(f"{found}: {text[:200]!r}")

        return call

    return Prepared([worker(http) for http in clients], open=[*clients])


async def _discovery(target: Target, workers: int) -> Prepared:
    return await _same(target, workers, "GET", f"{target.issuer}/.well-known/openid-configuration")


async def _jwks(target: Target, workers: int) -> Prepared:
    return await _same(target, workers, "GET", target.metadata["jwks_uri"])


async def _machine(target: Target, workers: int) -> Prepared:
    client = target.said["machine"]
    token = await target.token(target.http(), client, target.machine_form(client))
    target.notes["machine_token"] = shape(token["access_token"])
    headers, body = proved(client, target.machine_form(client))
    return await _same(target, workers, "POST", target.metadata["token_endpoint"], headers, body)


async def _wrong(target: Target, workers: int) -> Prepared:
    client = {**target.said["machine"], "secret": "x" + target.said["machine"]["secret"]}
    headers, body = proved(client, target.machine_form(client))
    return await _same(target, workers, "POST", target.metadata["token_endpoint"], headers, body, status=401)


async def _fapi(target: Target, workers: int) -> Prepared:
    client = target.said["fapi"]
    prover = Prover(client["id"], client["kid"], client["jwk"], target.issuer, target.metadata["token_endpoint"])
    clients = [target.http() for _ in range(workers)]
    form = target.machine_form(client)

    def worker(http: Http) -> Work:
        async def call() -> None:
            headers, body = prover.request(form)
            found, head, text = await http.call("POST", target.metadata["token_endpoint"], headers, body)
            if prover.wants_nonce(found, head):
                headers, body = prover.request(form)
                found, head, text = await http.call("POST", target.metadata["token_endpoint"], headers, body)
            if found != 200:
                raise Failed(f"{found}: {text[:200]!r}")

        return call

    prepared = Prepared([worker(http) for http in clients], open=[*clients])
    await prepared.workers[0]()  # the server's nonce, before the clock
    return prepared


async def _introspect(target: Target, workers: int) -> Prepared:
    api = target.said["api"]
    machine = {**target.said["machine"], **api.get("machine", {})}
    token = (await target.token(target.http(), machine, target.machine_form(machine)))["access_token"]
    target.notes["introspected"] = shape(token)
    headers, body = proved(api, {"token": token})
    url = target.metadata["introspection_endpoint"]
    _, _, text = await target.http().call("POST", url, headers, body)
    if json.loads(text).get("active") is not True:
        raise Failed(f"introspection said {text[:200]!r}")
    return await _same(target, workers, "POST", url, headers, body)


async def _userinfo(target: Target, workers: int) -> Prepared:
    browser, tokens = await target.sign_in(target.said["client"])
    browser.close()
    headers = (("Authorization", f"Bearer {tokens['access_token']}"),)
    return await _same(target, workers, "GET", target.metadata["userinfo_endpoint"], headers)


async def _exchange(target: Target, workers: int) -> Prepared:
    """Eight people's browsers mint the codes."""
    client: Said = target.said["client"]
    codes: list[tuple[str, str]] = []
    clients: list[Http] = [target.http() for _ in range(workers)]

    async def mint() -> None:
        browser, _ = await target.sign_in(client)
        for _ in range(CODES // 8):
            codes.append(await target.code(browser, client))
        browser.close()

    await asyncio.gather(*(mint() for _ in range(8)))

    def worker(http: Http) -> Work:
        async def call() -> None:
            await target.redeem(http, client, *codes.pop())

        return call

    return Prepared([worker(http) for http in clients], most=len(codes), open=[*clients])


async def _refresh(target: Target, workers: int) -> Prepared:
    client: Said = target.said["rotating"]

    async def worker() -> tuple[Browser, Work]:
        browser, tokens = await target.sign_in(client)
        if "refresh_token" not in tokens:
            raise Failed("no refresh token")
        kept = [tokens["refresh_token"]]

        async def call() -> None:
            form = {"grant_type": "refresh_token", "refresh_token": kept[0]}
            again = await target.token(browser.http, client, form)
            target.notes["refresh_rotates"] = again.get("refresh_token", kept[0]) != kept[0]
            kept[0] = again.get("refresh_token", kept[0])

        return browser, call

    made = [await worker() for _ in range(workers)]
    return Prepared([call for _, call in made], open=[browser for browser, _ in made])


async def _sso(target: Target, workers: int) -> Prepared:
    client: Said = target.said["client"]

    async def worker() -> tuple[Browser, Work]:
        browser, _ = await target.sign_in(client)

        async def call() -> None:
            before = browser.requests
            await target.redeem(browser.http, client, *await target.code(browser, client))
            target.notes["requests_in_sso"] = browser.requests - before + 1

        return browser, call

    made = [await worker() for _ in range(workers)]
    return Prepared([call for _, call in made], open=[browser for browser, _ in made])


async def _flow(target: Target, workers: int) -> Prepared:
    async def call() -> None:
        browser, tokens = await target.sign_in(target.said["client"])
        browser.close()
        target.notes["requests_in_sign_in"] = browser.requests + 1
        target.notes["tokens"] = f"access {shape(tokens['access_token'])}, id {shape(tokens['id_token'])}"

    return Prepared([call] * workers)


OPERATIONS: dict[str, Callable[[Target, int], Awaitable[Prepared]]] = {
    "discovery": _discovery,
    "jwks": _jwks,
    "cc": _machine,
    "fapi": _fapi,
    "introspect": _introspect,
    "userinfo": _userinfo,
    "exchange": _exchange,
    "refresh": _refresh,
    "sso": _sso,
    "flow": _flow,
    "wrong": _wrong,
}


def shape(token: str) -> str:
    """`ES256 JWT of 812 octets`, or `opaque, 43 octets`."""
    try:
        head = token.split(".")[0]
        algorithm = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["alg"]
        return f"{algorithm} JWT of {len(token)} octets"
    except (ValueError, KeyError):
        return f"opaque, {len(token)} octets"
