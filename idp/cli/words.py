"""Reasons and sentences of the catalogue in the operator's language, as the pages would say them."""

from collections.abc import Mapping
from datetime import datetime

from idp import messages as said
from idp.cli.terminal import Terminal
from idp.model import Text


def sentence(terminal: Terminal, message: str, facts: Mapping[str, object]) -> str:
    """The message with its facts in the reader's language."""
    return terminal.messages.text(
        terminal.language, message, **{key: _fact(terminal, key, value) for key, value in facts.items()}
    )


def _fact(terminal: Terminal, key: str, value: object) -> str:
    if isinstance(value, Text):
        return value.in_language(terminal.language)
    if isinstance(value, tuple) and len(value) == 2:
        return sentence(terminal, str(value[0]), value[1])
    text = str(value)
    if key == "country" or key.endswith("_country"):
        return said.country(text, terminal.language)
    if key.endswith("_at") and text:
        return said.moment(datetime.fromisoformat(text), terminal.language, "UTC")
    return text
