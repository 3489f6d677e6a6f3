"""Code to paste is code: each language's own reader takes it, with whatever an address may hold."""

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from idp.messages import LANGUAGES, Messages
from idp.model import Client, Configuration, Permission, Resource, Text
from idp.web.admin import apps, snippets
from tests.support.needs import needs
from tests.support.node import node

NAME = Text("N", "名")
NASTY = "https://x.example/a'b;$(id)/~!*,;=:@&?q=%22%0a"
ISSUER = "https://id.example"
AUDIENCE = "urn:example:it's;$(id)"
API = Resource(AUDIENCE, NAME, (Permission("x.$(id)'`use`", 1, frozenset(), NAME),))


def made(kind: str, **more: object) -> dict[str, str]:
    given: dict[str, object] = {"audiences": (AUDIENCE,), "scopes": ("openid", API.permissions[0].name)} | more
    if kind == "machine":
        given |= {"grant_types": ("client_credentials",), "scopes": (API.permissions[0].name,)}
    uris = () if kind == "machine" else (NASTY,)
    client = Client("x.y-z", NAME, "d", uris, **given)  # type: ignore[arg-type]
    found = snippets.of(client, Configuration(1, {}, {client.id: client}, {AUDIENCE: API}, ()), ISSUER)
    return {one.title if isinstance(one.title, str) else one.title.en.partition(" (")[0]: one.code for one in found}


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_python_is_python(method: str) -> None:
    found = made("web", auth_method=method)
    for title in ("Python: Flask, Authlib", "Its API: Flask, gerege-verify"):
        compile(found[title], title, "exec")
    assert json.dumps(NASTY) in found["Python: Flask, Authlib"]
    assert ("client_secret_post" in found["Python: Flask, Authlib"]) is (method == "client_secret_post")


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_javascript_is_javascript(method: str, tmp_path: Path) -> None:
    found = made("web", auth_method=method) | made("browser", auth_method="none")
    codes = [code for title, code in found.items() if title.startswith(("Node", "JavaScript"))]
    assert codes
    for number, code in enumerate(codes):
        (tmp_path / f"{number}.mjs").write_text(code)
        subprocess.run((node(), "--check", str(tmp_path / f"{number}.mjs")), check=True, timeout=30)


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_shell_gives_curl_what_is_meant_and_runs_nothing_else(method: str, tmp_path: Path) -> None:
    command = made("machine", auth_method=method)["curl"]
    fake = tmp_path / "curl"
    fake.write_text('#!/bin/sh\nfor one; do printf "%s\\0" "$one"; done\n')
    fake.chmod(0o755)
    needs("sh", "dash")
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CLIENT_SECRET": "s3cret; x"}
    done = subprocess.run(("sh", "-c", command), env=environment, capture_output=True, check=True, timeout=30)
    words = done.stdout.decode().split("\0")[:-1]
    assert f"scope={API.permissions[0].name}" in words
    assert f"resource={AUDIENCE}" in words
    assert ("x.y-z:s3cret; x" in words) is (method == "client_secret_basic")
    assert ("client_secret=s3cret; x" in words) is (method == "client_secret_post")
    assert words[-1] == "https://id.example/token"
    assert shlex.split(command)[0] == "curl"


def test_keys_and_certificates_get_no_code_that_needs_a_secret() -> None:
    assert list(made("web", auth_method="private_key_jwt")) == ["Its API: Flask, gerege-verify"]
    assert list(made("machine", auth_method="tls_client_auth")) == ["Its API: Flask, gerege-verify"]


def test_every_refusal_that_has_words_has_them_in_both_languages() -> None:
    known = Messages.load(strict=True)
    for message in {*apps.ERRORS.values(), "app.error.other", "app.error.policy", "app.error.another-client"}:
        for language in LANGUAGES:
            assert known.sentence(language, message)
