"""What stands between mail settings and production."""

from pathlib import Path
from typing import Any

import pytest

from config.load import mail_problems
from config.settings import Settings


def problems(**mail: Any) -> list[str]:
    return mail_problems(Settings.model_validate({"mail": mail}))


def test_no_server_is_no_problem() -> None:
    assert problems() == []


def test_what_is_whole_has_none(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hush")
    secret.chmod(0o600)
    assert problems(server="mail.example", sender="a@id.example", user="g", password_file=str(secret)) == []
    secret.chmod(0o644)
    (told,) = problems(server="mail.example", sender="a@id.example", password_file=str(secret))
    assert told.startswith("mail.password_file")
    secret.unlink()
    assert problems(server="mail.example", sender="a@id.example", password_file=str(secret)) == [told]


@pytest.mark.parametrize(
    ("host", "allowed"), [("mail.example", False), ("10.0.0.5", False), ("localhost", True), ("127.0.0.1", True)]
)
def test_plain_lines_only_on_this_machine(host: str, allowed: bool) -> None:
    assert (problems(server=host, sender="a@id.example", tls="none") == []) is allowed


def test_mails_come_from_somebody() -> None:
    assert problems(server="mail.example")[0].startswith("mail.sender")
