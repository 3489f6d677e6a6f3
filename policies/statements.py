"""Cut a rule file into statements, each with its line, so that every complaint can name its place.

Obeys: Cedar's lexical grammar (`//` comments, double-quoted strings with backslash escapes, `;` ends a policy).
Does not: parse; a statement is only text until Cedar has read it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(r'//[^\n]*|"(?:\\.|[^"\\])*"|;|[^";/]+|.', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Statement:
    """The text of one policy and the line (from 1) where it begins."""

    file: str
    line: int
    text: str


def statements(file: str, text: str) -> Iterator[Statement]:
    """Every statement of a file in order. What follows the last `;` is one too, unless it is empty or comment."""
    taken: list[str] = []
    line, begin = 1, 0
    for piece in _TOKEN.findall(text):
        if not piece.startswith("//"):
            if not begin and piece.strip():
                begin = line + piece[: len(piece) - len(piece.lstrip())].count("\n")
            taken.append(piece)
        line += piece.count("\n")
        if piece == ";":
            yield Statement(file, begin, "".join(taken))
            taken, begin = [], 0
    if begin:
        yield Statement(file, begin, "".join(taken))
