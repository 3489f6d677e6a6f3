"""Mail on a real SMTP server: verified, honest about what came of it; and never more than one letter to one person."""

from collections.abc import Iterator
from email import message_from_bytes, message_from_string, policy
from pathlib import Path
from typing import Any

import pytest

from adapters.mail import OutgoingMail, by_smtp, into_folder, letter_of, nowhere
from adapters.memory import MemoryMail
from config.settings import Mail
from idp.errors import Invalid, Unavailable, Undeliverable
from tests.support.postbox import Postbox, postbox

SENDER = "no-reply@id.example"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postbox]:
    with postbox(tmp_path) as opened:
        yield opened


def settings(server: Postbox, **more: Any) -> Mail:
    given = {"server": "localhost", "port": server.port, "ca_file": server.ca_file, "sender": SENDER}
    return Mail.model_validate(given | more)


def over(server: Postbox, **more: Any) -> OutgoingMail:
    return OutgoingMail(by_smtp(settings(server, **more)), SENDER)


def test_a_letter_arrives_over_a_verified_line(server: Postbox, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hush\n")
    over(server, user="gerege", password_file=secret).send(
        "anna@local.example", "Bitte 批准", "Hello\n.\n你好\n", "<p>Hello</p>"
    )
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


def test_a_certificate_of_somebody_else_hears_nothing(tmp_path: Path) -> None:
    with postbox(tmp_path, name="elsewhere.example") as server:
        with pytest.raises(Unavailable):
            over(server).send("anna@local.example", "Hello", "Hello")
        assert server.letters == []


def test_a_server_without_starttls_hears_nothing(tmp_path: Path) -> None:
    with postbox(tmp_path, starttls=False) as server:
        with pytest.raises(Unavailable):
            over(server).send("anna@local.example", "Hello", "Hello")
        assert server.letters == []


def test_busy_may_be_tried_again_and_never_may_not(server: Postbox) -> None:
    mail = over(server)
    server.answers = ["451 later"]
    with pytest.raises(Unavailable):
        mail.send("anna@local.example", "Hello", "Hello")
    mail.send("anna@local.example", "Hello", "Hello")
    assert len(server.letters) == 1
    server.answers = ["550 nobody here"]
    with pytest.raises(Undeliverable):
        mail.send("nobody@local.example", "Hello", "Hello")
    assert len(server.letters) == 1


def test_a_dead_server_is_away_and_what_is_said_of_it_quotes_nothing(tmp_path: Path) -> None:
    with postbox(tmp_path) as server:
        gone = over(server)
    with pytest.raises(Unavailable) as told:
        gone.send("anna@local.example", "A private matter", "Hello")
    assert (told.value.what, told.value.detail) == ("mail", "ConnectionRefusedError")


def test_without_a_server_nothing_is_ever_sent() -> None:
    with pytest.raises(Undeliverable, match="no server"):
        OutgoingMail(nowhere, SENDER).send("anna@local.example", "Hello", "Hello")


def test_files_of_a_demonstration(tmp_path: Path) -> None:
    mail = OutgoingMail(into_folder(tmp_path / "mail"), SENDER)
    for number in range(3):
        mail.send(f"p{number}@local.example", "Hello", "Hello")
    files = sorted((tmp_path / "mail").glob("*.eml"))
    assert [message_from_bytes(one.read_bytes())["To"] for one in files] == [f"p{n}@local.example" for n in range(3)]


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
    mail = OutgoingMail(lambda letter: pytest.fail("it was sent"), SENDER)
    with pytest.raises(Invalid):
        mail.send(*bad, "Hello")


def test_memory_keeps_what_is_sent() -> None:
    mail = MemoryMail()
    mail.send("anna@local.example", "Hello", "Text")
    assert [(one.to, one.subject, one.text) for one in mail.sent] == [("anna@local.example", "Hello", "Text")]
    mail.answers = [Unavailable("mail")]
    with pytest.raises(Unavailable):
        mail.send("anna@local.example", "Hello", "Text")
    assert len(mail.sent) == 1
