"""Mail on a real SMTP server: verified, tried again, told when lost; and never more than one letter to one person."""

import logging
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes, message_from_string, policy
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from adapters.mail import BackgroundMail, by_smtp, into_folder, letter_of
from adapters.memory import MemoryMail
from config.settings import Mail
from idp.errors import Invalid
from tests.support.postbox import Postbox, postbox

SENDER = "no-reply@id.example"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postbox]:
    with postbox(tmp_path) as opened:
        yield opened


def settings(server: Postbox, **more: Any) -> Mail:
    given = {"server": "localhost", "port": server.port, "ca_file": server.ca_file, "sender": SENDER}
    return Mail.model_validate(given | more)


class Row:
    """A row with quick tries that keeps what it lost."""

    def __init__(self, deliver: Callable[[Any], None], **how: Any) -> None:
        self.lost: list[str] = []
        self.mail = BackgroundMail(deliver, SENDER, self.lost.append, **{"waits": (0.02, 0.02), **how})

    def soon(self, done: Callable[[], bool]) -> bool:
        until = monotonic() + 5
        while not done() and monotonic() < until:
            sleep(0.01)
        return done()


def test_a_letter_arrives_over_a_verified_line(server: Postbox, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hush\n")
    row = Row(by_smtp(settings(server, user="gerege", password_file=secret)))
    row.mail.send("anna@local.example", "Bitte 批准", "Hello\n.\n你好\n", "<p>Hello</p>")
    assert row.soon(lambda: bool(server.letters))
    sender, to, text = server.letters[0]
    assert (sender.partition(" size")[0], to) == (f"mail FROM:<{SENDER}>", ["rcpt TO:<anna@local.example>"])
    letter = message_from_string(text, policy=policy.default)
    assert (letter["Subject"], letter["To"], letter["Auto-Submitted"]) == (
        "Bitte 批准", "anna@local.example", "auto-generated"
    )  # fmt: skip
    plain = letter.get_body(("plain",))
    assert plain is not None
    assert "你好" in plain.get_content()
    assert server.secured == [True]
    assert server.logins
    row.mail.close()


def test_a_certificate_of_somebody_else_hears_nothing(tmp_path: Path) -> None:
    with postbox(tmp_path, name="elsewhere.example") as server:
        row = Row(by_smtp(settings(server)))
        row.mail.send("anna@local.example", "Hello", "Hello")
        assert row.soon(lambda: row.lost == ["no answer"])
        assert server.letters == []


def test_a_server_without_starttls_hears_nothing(tmp_path: Path) -> None:
    with postbox(tmp_path, starttls=False) as server:
        row = Row(by_smtp(settings(server)))
        row.mail.send("anna@local.example", "Hello", "Hello")
        assert row.soon(lambda: row.lost == ["no answer"])
        assert server.letters == []


def test_busy_is_tried_again_and_never_is_not(server: Postbox) -> None:
    row = Row(by_smtp(settings(server)))
    server.answers = ["451 later", "451 later"]
    row.mail.send("anna@local.example", "Hello", "Hello")
    assert row.soon(lambda: len(server.letters) == 1)
    server.answers = ["550 nobody here"]
    row.mail.send("nobody@local.example", "Hello", "Hello")
    assert row.soon(lambda: row.lost == ["refused"])
    assert len(server.letters) == 1


def test_a_dead_server_is_given_up_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with postbox(tmp_path) as server:
        gone = settings(server)
    row = Row(by_smtp(gone))
    with caplog.at_level(logging.INFO):
        row.mail.send("anna@local.example", "A private matter", "Hello")
        assert row.soon(lambda: row.lost == ["no answer"])
    assert "anna" not in caplog.text
    assert "private" not in caplog.text


def test_the_row_has_an_end_and_sending_never_waits() -> None:
    gate = threading.Event()

    def held_up(letter: object) -> None:
        gate.wait(5)

    row = Row(held_up, room=3)
    began = monotonic()
    for number in range(6):
        row.mail.send(f"p{number}@local.example", "Hello", "Hello")
    assert monotonic() - began < 1
    assert 2 <= len(row.lost) <= 3
    assert set(row.lost) == {"no room"}
    gate.set()
    row.mail.close()


def test_what_is_due_goes_out_before_the_end(tmp_path: Path) -> None:
    row = Row(into_folder(tmp_path / "mail"))
    for number in range(3):
        row.mail.send(f"p{number}@local.example", "Hello", "Hello")
    row.mail.close()
    files = sorted((tmp_path / "mail").glob("*.eml"))
    assert {message_from_bytes(one.read_bytes())["To"] for one in files} == {f"p{n}@local.example" for n in range(3)}


BAD = {
    "header": ("anna@local.example\r\nBcc: all@local.example", "Hello"),
    "header-in-subject": ("anna@local.example", "Hello\r\nBcc: all@local.example"),
    "lone-line-feed": ("anna@local.example", "Hello\nX: y"),
    "two": ("anna@local.example,bert@local.example", "Hello"),
    "named": ("Anna <anna@local.example>", "Hello"),
    "group": ("all:anna@local.example;", "Hello"),
    "no-address": ("anna", "Hello"),
    "two-ats": ("anna@x@local.example", "Hello"),
    "empty": ("", "Hello"),
    "no-subject": ("anna@local.example", " "),
    "long-subject": ("anna@local.example", "x" * 201),
}


@pytest.mark.parametrize("bad", list(BAD.values()), ids=list(BAD))
def test_letters_that_cannot_be(bad: tuple[str, str]) -> None:
    with pytest.raises(Invalid):
        letter_of(SENDER, *bad, "Hello")
    row = Row(lambda letter: pytest.fail("it was sent"))
    with pytest.raises(Invalid):
        row.mail.send(*bad, "Hello")


def test_memory_keeps_what_is_sent() -> None:
    mail = MemoryMail()
    mail.send("anna@local.example", "Hello", "Text")
    assert [(one.to, one.subject, one.text) for one in mail.sent] == [("anna@local.example", "Hello", "Text")]
