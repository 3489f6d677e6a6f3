"""The demonstration's mailbox page: letters as they are, links to the provider alone, nothing runs."""

import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from adapters.mail import OutgoingMail, into_folder
from demo.mailbox import CSP, Mailbox, linked, page

ISSUER = "http://localhost:8000"


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    with Mailbox(0, tmp_path, ISSUER) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


def ask(
    mailbox: Mailbox, method: str = "GET", path: str = "/", host: str = "mail.localhost:8003"
) -> tuple[int, str, str]:
    line = HTTPConnection("127.0.0.1", mailbox.server_address[1], timeout=5)
    line.request(method, path, headers={"Host": host})
    answer = line.getresponse()
    return answer.status, answer.headers.get("Content-Security-Policy", ""), answer.read().decode()


def test_letters_are_shown_in_their_language_newest_first(mailbox: Mailbox) -> None:
    assert "还没有邮件" in ask(mailbox)[2]
    send = OutgoingMail(into_folder(mailbox.folder), "no-reply@localhost").send
    send("alice@mof.example", "A new way to sign in was added", f"Hello\n\n{ISSUER}/not-me/abc\n", "<p>x</p>")
    send("wang.wei@moe.example", "您的密码已更改", "王伟，您好：\n")
    status, csp, shown = ask(mailbox)
    assert (status, csp) == (200, CSP)
    assert shown.index("您的密码已更改") < shown.index("A new way to sign in was added")
    assert f'<a href="{ISSUER}/not-me/abc"' in shown
    assert '<article lang="zh-CN">' in shown
    assert "alice@mof.example" in shown


def test_nothing_else_is_here(mailbox: Mailbox) -> None:
    assert ask(mailbox, path="/../gerege.toml")[0] == 404
    assert ask(mailbox, host="evil.example")[0] == 421
    assert ask(mailbox, "POST")[0] == 501


def test_letters_cannot_run_or_lead_elsewhere(tmp_path: Path) -> None:
    text = f'<script>alert(1)</script> https://evil.example/ {ISSUER}.evil.example/ {ISSUER}/a"onclick="x'
    assert "<script>" not in linked(text, ISSUER)
    assert linked(text, ISSUER).count("<a ") == 1
    (tmp_path / "1.eml").write_bytes(b"not a letter")
    assert "<main>" in page(tmp_path, ISSUER)
