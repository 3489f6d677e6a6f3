"""Answers that must not be believed: yes to everything, nobody anywhere, what drips in; each told to the operator."""

import dataclasses
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from demo.directories import edit
from idp.errors import Unavailable
from idp.model import PasswordState
from idp.secret import Secret
from tests.support.slapd import Directory, directory

QUICK = {"receive_timeout": timedelta(seconds=1), "connect_timeout": timedelta(seconds=1), "rest": timedelta(0)}
RIGHT = Secret("Demo-alice-1")
BIND_SUCCESS = bytes([0x61, 7, 10, 1, 0, 4, 0, 4, 0])
"""BindResponse, success. Spec: RFC 4511 §4.2.2."""


@pytest.fixture(scope="module")
def finance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    with directory(tmp_path_factory.mktemp("finance")) as running:
        yield running


@contextmanager
def impostor(finance: Directory, *, drip: bool = False) -> Iterator[tuple[str, bytearray]]:
    """(its address, what it was sent): LDAPS with the real certificate, success to every request, or octet by octet."""
    ca, seen = finance.prepared.ca_file.parent, bytearray()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca / "mof.pem", ca / "mof.key")

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                with context.wrap_socket(listener.accept()[0], server_side=True) as line:
                    while asked := line.recv(4096):
                        seen.extend(asked)
                        told = asked[2 : 4 + asked[3]] + BIND_SUCCESS  # its message id, of any length
                        answer = bytes([0x30, len(told)]) + told
                        for octet in answer if drip else ():
                            line.sendall(bytes([octet]))
                            time.sleep(0.4)
                        line.sendall(b"" if drip else answer)
            except OSError:
                if listener.fileno() < 0:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield f"ldaps://127.0.0.1:{listener.getsockname()[1]}", seen


def test_a_server_that_lets_everybody_in_lets_nobody_in(finance: Directory) -> None:
    real = finance.connector()
    entry = real.find("alice")
    assert entry is not None
    with impostor(finance) as (url, seen):
        connector = finance.connector(urls=(url,), starttls=False, **QUICK)
        for ask in (lambda: connector.verify_password(entry, RIGHT), lambda: connector.find("alice")):
            with pytest.raises(Unavailable, match="accepts any password"):
                ask()
        assert "accepts any password" in (connector.health().error or "")
        assert b"Demo-alice-1" not in seen
        assert finance.prepared.account_password_file.read_bytes().strip() not in seen
    assert real.verify_password(entry, RIGHT) == PasswordState()


def test_an_answer_that_drips_in_ends_with_the_deadline(finance: Directory) -> None:
    """Each octet comes within the socket's timeout; the whole would take six seconds."""
    with impostor(finance, drip=True) as (url, _):
        connector = finance.connector(urls=(url,), starttls=False, **QUICK)
        began = time.monotonic()
        with pytest.raises(Unavailable):
            connector.find("alice")
        assert time.monotonic() - began < 3.5


@pytest.mark.parametrize("attribute", ["identifiers", "stable_id", "people_filter"])
def test_an_attribute_that_nobody_has_makes_nobody_absent(finance: Directory, attribute: str) -> None:
    usual = finance.settings()
    changes: dict[str, dict[str, Any]] = {
        "identifiers": {"attributes": dataclasses.replace(usual.attributes, identifiers=("noSuchName",))},
        "stable_id": {"attributes": dataclasses.replace(usual.attributes, stable_id="noSuchId")},
        "people_filter": {"people_filter": "(objectClass=noSuchClass)"},
    }
    connector = finance.connector(**changes[attribute])
    with pytest.raises(Unavailable, match=r"people_filter: nobody under .* fits"):
        connector.find("nobody")
    with pytest.raises(Unavailable, match=r"people_filter: nobody under .* fits"):
        connector.read("00000000-0000-0000-0000-000000000000")
    health = connector.health()
    assert not health.up and "people_filter" in (health.error or "")


@pytest.mark.parametrize("base", ["ou=nowhere,dc=mof,dc=example", "dc=elsewhere,dc=example"])
def test_a_wrong_base_is_named_and_makes_nobody_absent(finance: Directory, base: str) -> None:
    connector = finance.connector(base_dn=base)
    with pytest.raises(Unavailable, match=r"base_dn: .*does not exist or may not be read"):
        connector.find("alice")
    assert "base_dn" in (connector.health().error or "")


def test_garbage_and_oversize_values_are_left_out_and_their_person_still_comes_in(tmp_path: Path) -> None:
    with directory(tmp_path) as finance:
        dn, connector = finance.dn("alice"), finance.connector()
        edit.replace(finance.prepared, dn, "title", ["x" * 100_000])
        entry = connector.find("alice")
        assert entry is not None and entry.title is None
        assert connector.verify_password(entry, RIGHT) == PasswordState()
        edit.replace(finance.prepared, dn, "title", ["Clerk"])
        assert (found := connector.find("alice")) is not None and found.title == "Clerk"


def test_a_bind_that_was_sent_is_never_sent_again(finance: Directory) -> None:
    """The line is cut after the bind has left: asked again it would count as a second guess."""
    import select

    target = int(finance.prepared.ldaps_url.rsplit(":", 1)[1])
    cut, lines = threading.Event(), list[int]()

    def carry(front: socket.socket) -> None:
        with front, socket.create_connection(("127.0.0.1", target)) as back:
            while True:
                ready, _, _ = select.select([front, back], [], [], 5)
                for one in ready:
                    octets = one.recv(65536)
                    if not octets or (cut.is_set() and one is front):
                        return
                    (back if one is front else front).sendall(octets)
                if not ready:
                    return

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                front, _ = listener.accept()
            except OSError:
                return
            lines.append(1)
            threading.Thread(target=carry, args=(front,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        url = f"ldaps://127.0.0.1:{listener.getsockname()[1]}"
        connector = finance.connector(urls=(url,), starttls=False, **QUICK)
        entry = connector.find("alice")
        assert entry is not None
        assert connector.verify_password(entry, RIGHT) == PasswordState()
        before = len(lines)
        cut.set()
        with pytest.raises(Unavailable):
            connector.verify_password(entry, RIGHT)
        assert len(lines) == before
        cut.clear()
        assert connector.verify_password(entry, RIGHT) == PasswordState()
        connector.close()
