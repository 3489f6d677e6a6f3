"""The ASGI decorator: the token inside, and outside the exact status, challenge and JSON."""

import asyncio
import json
from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gerege_verify import Verifier
from gerege_verify.asgi import protect

from .conftest import AUDIENCE, Issuer


async def application(scope: Any, receive: Any, send: Any) -> None:
    body = scope["token"].subject.encode() if "token" in scope else scope["type"].encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def call(verifier: Verifier, headers: list[tuple[bytes, bytes]], type: str = "http", **more: Any) -> list[Any]:
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    guarded = protect(verifier, audience=AUDIENCE, **more)(application)
    connection = {"type": type, "headers": headers}
    with ThreadPoolExecutor(1) as thread:  # a loop of its own, whatever runs in this one
        thread.submit(lambda: asyncio.run(guarded(connection, receive, send))).result()
    return sent


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_a_good_token_gets_in(scheme: str, verifier: Verifier, issuer: Issuer) -> None:
    sent = call(verifier, [(b"Authorization", f"{scheme} {issuer.token()}".encode())], scope="payroll.read")
    assert (sent[0]["status"], sent[1]["body"]) == (200, b"s-1")


@pytest.mark.parametrize("value", [b"", b"Bearer", b"Bearer ", b"Basic YTpi", b"\xff\xfe"])
def test_no_bearer_token_gets_a_bare_challenge(value: bytes, verifier: Verifier) -> None:
    start, body = call(verifier, [(b"authorization", value)])
    headers = dict(start["headers"])
    assert start["status"] == 401
    assert headers[b"www-authenticate"] == f'Bearer realm="{AUDIENCE}"'.encode()
    assert (headers[b"cache-control"], headers[b"content-type"]) == (b"no-store", b"application/json")
    assert "error" in json.loads(body["body"])


def test_two_headers_are_none(verifier: Verifier, issuer: Issuer) -> None:
    header = (b"authorization", f"Bearer {issuer.token()}".encode())
    assert call(verifier, [header, header])[0]["status"] == 401


def test_a_missing_permission_is_told(verifier: Verifier, issuer: Issuer) -> None:
    start, _ = call(verifier, [(b"authorization", f"Bearer {issuer.token()}".encode())], scope="payroll.erase")
    assert start["status"] == 403
    assert b'scope="payroll.erase"' in dict(start["headers"])[b"www-authenticate"]


def test_a_websocket_is_closed_and_the_lifespan_goes_through(verifier: Verifier) -> None:
    assert call(verifier, [], type="websocket") == [{"type": "websocket.close", "code": 1008}]
    assert call(verifier, [], type="lifespan")[1]["body"] == b"lifespan"


def test_an_issuer_that_is_away_is_told_with_when_to_come_again(verifier: Verifier, issuer: Issuer) -> None:
    token = issuer.token()
    issuer.away = True
    start, _ = call(verifier, [(b"authorization", f"Bearer {token}".encode())])
    assert start["status"] == 503
    assert int(dict(start["headers"])[b"retry-after"]) > 0


def test_an_unknown_level_is_told_at_start(verifier: Verifier) -> None:
    with pytest.raises(ValueError, match="aal9"):
        protect(verifier, audience=AUDIENCE, acr="urn:gerege:aal9")
