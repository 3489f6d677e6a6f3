"""The code that the console shows beside an application, as it is pasted: it signs a person in."""

import runpy
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask

from idp.model import Client, Configuration, Text
from idp.web.admin import snippets
from tests.interop.conftest import Reader
from tests.interop.converse import errand, talk
from tests.support.demonstration import Demonstration

PORTAL = "http://leave.localhost:8009"  # nobody listens: the browser only says where it would go
BACK = f"{PORTAL}/callback"


SIGNS_IN = """import { begin, finish } from "./pasted.mjs";
import { tell, visit } from "./talk.mjs";

const { url, kept } = await begin();
const { subject } = await finish(await visit(url), kept);
tell({ subject });
"""


def registered(there: Demonstration, client_id: str) -> tuple[Client, str]:
    """An application of a server and its secret."""
    names = ("--name", "Leave", "--name-zh", "请假", "--department", "mof", "--everyone")
    made = there.ask("client", "add", client_id, *names, "--redirect-uri", BACK, "--reason", "to try its code")
    return Client(client_id, Text("Leave", "请假"), "mof", (BACK,)), str(made["client_secret"])


def code_of(there: Demonstration, client: Client, title: str) -> str:
    empty = Configuration(1, {}, {client.id: client}, {}, ())
    found = snippets.of(client, empty, there.doors.issuer)
    return next(one.code for one in found if one.title == title)


@pytest.mark.ci
def test_flask_with_authlib(there: Demonstration, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    person = Reader(there, there.person("liu.yang"))
    client, secret = registered(there, "leave-flask")
    monkeypatch.setenv("CLIENT_SECRET", secret)
    monkeypatch.setenv("SESSION_SECRET", "only a test")
    pasted = tmp_path / "leave.py"
    pasted.write_text(code_of(there, client, "Python: Flask, Authlib"))
    app: Flask = runpy.run_path(str(pasted))["app"]
    browser = app.test_client()
    away = browser.get("/sign-in", base_url=PORTAL).headers["Location"]
    back = urlsplit(person.follow(away, PORTAL))
    assert browser.get(f"{back.path}?{back.query}", base_url=PORTAL).headers["Location"] == "/me"
    subject = there.ask("person", "show", person.actor.mail)["id"]
    assert browser.get("/me", base_url=PORTAL).json == {"signed in": subject}


@pytest.mark.ci
def test_node_with_openid_client(there: Demonstration, tmp_path: Path) -> None:
    person = Reader(there, there.person("zhou.ting"))
    client, secret = registered(there, "leave-node")
    modules = {"pasted.mjs": code_of(there, client, "Node: openid-client"), "signs-in.mjs": SIGNS_IN}
    environment = {"CLIENT_SECRET": secret}
    found = talk(tmp_path, "signs-in.mjs", modules, lambda heard: errand(heard, person, PORTAL), environment)
    assert found == {"subject": there.ask("person", "show", person.actor.mail)["id"]}
