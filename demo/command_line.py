"""The product's command line, called within this process: to import it costs seconds, a call after that very little.

What `bin/gerege … --json` prints comes back as a value. Deliberately knows no verb.
"""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import click


class Refused(Exception):
    """The command line said no. `code` is its exit status, `answer` what it printed."""

    def __init__(self, words: tuple[str, ...], code: int, answer: Any) -> None:
        said = answer.get("message", answer) if isinstance(answer, dict) else answer
        super().__init__(f"gerege {' '.join(words)}: exit {code}: {said}")
        self.code, self.answer = code, answer


def gerege(state_dir: Path, *words: str) -> Any:
    """One verb, as `gerege … --json`. Returns what it printed.

    Raises:
        Refused: it ended with another status than 0.
    """
    code, text = _run(words, ("--config", str(state_dir / "gerege.toml"), "--json"))
    try:
        answer = json.loads(text)
    except ValueError:
        answer = text.strip()
    if code:
        raise Refused(words, code, answer)
    return answer


def in_words(state_dir: Path, *words: str) -> str:
    """One verb, as an administrator reads it. Raises Refused."""
    code, text = _run(words, ("--config", str(state_dir / "gerege.toml")))
    if code:
        raise Refused(words, code, text)
    return text


def _run(words: tuple[str, ...], options: tuple[str, ...]) -> tuple[int, str]:
    from idp.cli.__main__ import gerege as command  # here, since it knows the whole product

    printed, code = io.StringIO(), 0
    with contextlib.redirect_stdout(printed):
        try:
            command.main([*words, *options], "gerege", standalone_mode=False)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        except click.ClickException as wrong:
            code = wrong.exit_code
            printed.write(wrong.format_message())
    return code, printed.getvalue()
