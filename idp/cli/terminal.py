"""What every verb has at hand: its settings, the open house, and one way to speak to people and to programs.

Whatever an operator can get wrong becomes a plain sentence with its place and its fix, and an exit code; a traceback is
only ever our own mistake. Deliberately decides nothing and knows no verb.
"""

import functools
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, cast
from unicodedata import east_asian_width

import click

from adapters.connectors import WrongFile
from adapters.master_key import SealingError
from config.load import SettingsError, load
from config.settings import Settings
from idp.app import build, messages_of
from idp.errors import IdpError, Invalid, Unavailable
from idp.flows.context import Idp
from idp.messages import LANGUAGES, BrokenCatalogue, Language, Messages
from policies.rulebook import PolicyError

OK, REFUSED, WRONG, UNAVAILABLE = 0, 1, 2, 3
EXIT_CODES = "Exit codes: 0 done; 1 refused, or a check failed; 2 wrong usage, settings or file; 3 something is away."
CONFIG = "GEREGE_CONFIG"


class WrongInput(ValueError):
    """What was typed, or a setting, cannot be used; the text says why and how to mend it."""


WRONGS = (WrongInput, SettingsError, WrongFile, SealingError, PolicyError, BrokenCatalogue)
"""What the operator wrote cannot be: exit 2. Each of these says file, line and fix in its text."""


@dataclass(frozen=True, slots=True)
class Shared:
    """The options that every verb takes, before it or after it."""

    config: Path | None
    as_json: bool
    language: str | None

    @staticmethod
    def options(function: Callable[..., Any]) -> Callable[..., Any]:
        """Adds them to a command; the function gets them as `shared`."""

        @click.option(
            "--config",
            type=click.Path(path_type=Path, dir_okay=False),
            help=f"Settings file (or {CONFIG}); without one, the defaults and the environment.",
        )
        @click.option("--json", "as_json", is_flag=True, help="One JSON value instead of words.")
        @click.option(
            "--language",
            type=click.Choice(LANGUAGES),
            help="Language of reasons and names; without it the shell's (LC_ALL, LANG).",
        )
        @functools.wraps(function)
        def taking(config: Path | None, as_json: bool, language: str | None, **rest: Any) -> Any:
            return function(shared=Shared(config, as_json, language), **rest)

        return taking

    def over(self, outer: "Shared | None") -> "Shared":
        """These, and what stood before the noun where these are silent."""
        if outer is None:
            return self
        return Shared(self.config or outer.config, self.as_json or outer.as_json, self.language or outer.language)


def spoken(environ: Mapping[str, str]) -> Language:
    """The language of the shell: Chinese where it says so, else English. Spec: POSIX.1-2017 §8.2 (precedence)."""
    named = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environ.get(name))), "")
    return "zh-CN" if named.lower().startswith("zh") else "en"


class Terminal:
    """One run of one verb."""

    def __init__(self, shared: Shared) -> None:
        named = os.environ.get(CONFIG)
        self.config = shared.config or (Path(named) if named else None)
        self.as_json = shared.as_json
        self.language = cast(Language, shared.language or spoken(os.environ))

    def settings(self) -> Settings:
        """Raises SettingsError with every problem."""
        return load(self.config, {name: value for name, value in os.environ.items() if name != CONFIG})

    @contextmanager
    def open(self) -> Iterator[Idp]:
        """The house without its web, closed again at the end."""
        idp = house(self.settings())
        try:
            yield idp
        finally:
            idp.ports.close()

    @functools.cached_property
    def messages(self) -> Messages:
        try:
            return messages_of(self.settings())
        except SettingsError:
            return Messages.load()  # what is wrong with the settings is told in the house's words

    def say(self, words: str, facts: object = None) -> None:
        """`words` for a person, `facts` for a program: whichever was asked for."""
        click.echo(json.dumps(plain(facts), ensure_ascii=False, indent=2) if self.as_json else words)

    def fail(self, code: int, words: str, kind: str, **facts: object) -> NoReturn:
        """Say what is wrong and end with this code. Raises SystemExit."""
        if self.as_json:
            click.echo(json.dumps(plain({"error": kind, "message": words, **facts}), ensure_ascii=False, indent=2))
        else:
            click.echo(words, err=True)
        sys.exit(code)


def house(settings: Settings) -> Idp:
    """`build`, with whatever the settings get wrong as WRONGS."""
    try:
        return build(settings)
    except WRONGS:
        raise
    except ValueError as error:
        raise WrongInput(str(error)) from error


def verb(function: Callable[..., Any]) -> Callable[..., Any]:
    """Makes a click command's function take a `Terminal` and turns every foreseeable failure into words and a code."""

    @Shared.options
    @functools.wraps(function)
    def run(shared: Shared, **rest: Any) -> Any:
        outer = click.get_current_context().find_root().obj
        terminal = Terminal(shared.over(outer if isinstance(outer, Shared) else None))
        try:
            return function(terminal, **rest)
        except WRONGS as wrong:
            terminal.fail(WRONG, str(wrong), "settings", problems=str(wrong).splitlines())
        except Unavailable as away:
            terminal.fail(UNAVAILABLE, f"{away.what} is away: {away.detail}", away.code)
        except IdpError as refused:
            words = refused.message if isinstance(refused, Invalid) else refused.detail or str(refused)
            terminal.fail(REFUSED, words, refused.code)

    return run


def plain(value: object) -> object:
    """JSON values: times as ISO 8601, durations in seconds, sets sorted."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(str(item) for item in value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def columns(rows: Sequence[tuple[str, ...]], head: tuple[str, ...]) -> str:
    """A table for a terminal; Chinese characters count as two cells."""
    table = [head, *rows]
    widths = [max(_cells(row[index]) for row in table) for index in range(len(head))]
    lines = (
        "  ".join(cell + " " * (width - _cells(cell)) for cell, width in zip(row, widths, strict=True)) for row in table
    )
    return "\n".join(line.rstrip() for line in lines)


def _cells(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
