"""Reading an operator's TOML file so that every mistake is told at once, with file, line, key and the way to mend it.

Spec: TOML 1.0.0 (tomllib does the syntax; this module finds the line of a key and checks shapes).
Does not know what the keys mean: the readers of each part do (`ldap_settings`, `department_file`).
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

_HEADER = re.compile(r"^\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)\s*=""")
_SYNTAX_LINE = re.compile(r"at line (\d+)")
Kind = TypeVar("Kind")
Choice = TypeVar("Choice", bound=str)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file: where it stands, what it is, and what mends it."""

    file: str
    line: int
    key: str
    told: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.told}; {self.fix}"


class WrongFile(ValueError):
    """A file that cannot be used; `problems` lists everything that is wrong with it, never only the first thing."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class Reader:
    """One file, or one stored table, being read: where it comes from, and the problems found so far."""

    def __init__(self, source: str, lines: tuple[str, ...] = ()) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self._lines = lines

    def refuse(self, key: str, told: str, fix: str) -> None:
        """Note a problem at `key` (dotted from the root) and go on reading."""
        self.problems.append(self.problem(key, told, fix))

    def problem(self, key: str, told: str, fix: str) -> Problem:
        """What is wrong at `key`, at its line."""
        return Problem(self.source, line_of(self._lines, key), key, told, fix)

    def finish(self) -> None:
        """Raise everything noted so far; return when there is nothing.

        Raises:
            WrongFile: at least one problem was noted.
        """
        if self.problems:
            raise WrongFile(tuple(sorted(self.problems, key=lambda problem: problem.line)))


class Table:
    """One TOML table. Each getter takes a key out; what is left at `close()` is unknown, and that is an error."""

    def __init__(self, reader: Reader, path: str, values: Mapping[str, object]) -> None:
        self._reader, self._path, self._left = reader, path, dict(values)
        self._known: dict[str, None] = {}

    def path(self, key: str) -> str:
        """The key as written from the root of the file: `directory.urls`."""
        return f"{self._path}.{key}" if self._path else key

    def refuse(self, key: str, told: str, fix: str) -> None:
        """Note a problem at a key of this table."""
        self._reader.refuse(self.path(key), told, fix)

    def __contains__(self, key: str) -> bool:
        return key in self._left

    def keys(self) -> tuple[str, ...]:
        """Keys that nobody has taken yet."""
        return tuple(self._left)

    def text(self, key: str, default: str | None = None) -> str:
        """A non-empty string; `default=None` means that it must be given."""
        value = self._take(key, str, default, 'a text, such as "…"')
        if value == "" and default != "":
            self.refuse(key, "is empty", "write its value between the quotes")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        return self._take(key, bool, default, "true or false")

    def number(self, key: str, default: int, least: int, most: int) -> int:
        """A whole number between `least` and `most`."""
        value = self._take(key, int, default, "a whole number")
        if not least <= value <= most:
            self.refuse(key, f"is {value}", f"take a number from {least} to {most}")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of strings; `default=None` means that it must be given and hold at least one."""
        given = key in self
        value = self._take(key, list, None if default is None else list(default), 'a list of texts, such as ["…"]')
        if not all(isinstance(one, str) and one for one in value) or (given and default is None and not value):
            self.refuse(key, "must be a list of non-empty texts", 'write it as ["…", "…"]')
            return ()
        return tuple(value)

    def choice(self, key: str, default: Choice, known: Sequence[Choice]) -> Choice:
        """One of the words that there are."""
        found = self.text(key, default)
        if found in known:
            return known[known.index(found)]
        self.refuse(key, f"{found!r} is not known", f"use one of {', '.join(known)}")
        return default

    def anything(self, key: str) -> object:
        """Whatever TOML value stands there; None where nothing does."""
        self._known[key] = None
        return self._left.pop(key, None)

    def table(self, key: str) -> "Table":
        """A table of its own; absent is the same as empty."""
        return Table(self._reader, self.path(key), self._take(key, dict, {}, "a table"))

    def tables(self, key: str) -> tuple["Table", ...]:
        """An array of tables (`[[key]]`); absent is the same as none."""
        rows = self._take(key, list, [], f"tables, each headed [[{key}]]")
        if not all(isinstance(row, dict) for row in rows):
            self.refuse(key, "must be tables", f"head each with [[{self.path(key)}]]")
            return ()
        return tuple(Table(self._reader, f"{self.path(key)}#{index}", row) for index, row in enumerate(rows))

    def close(self) -> None:
        """Refuse every key that nobody took: a misspelt security setting must never be ignored."""
        for key in self._left:
            near = get_close_matches(key, self._known, n=1)
            fix = f"did you mean {near[0]}? Else remove it" if near else "correct its spelling or remove it"
            self.refuse(key, "is not a known key", fix)

    def _take(self, key: str, kind: type[Kind], default: Kind | None, wanted: str) -> Kind:
        empty = kind()
        self._known[key] = None
        if key not in self._left:
            if default is None:
                self.refuse(key, "is missing", f"add {key} = {wanted}")
                return empty
            return default
        value = self._left.pop(key)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.refuse(key, f"has the wrong type ({type(value).__name__})", f"write {wanted}")
            return empty if default is None else default
        return value


def read_toml(path: Path) -> tuple[Reader, Table]:
    """Parse a file and hand out its root.

    Raises:
        WrongFile: it cannot be read, is not UTF-8, or is not TOML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem(str(path), 1, "file", f"cannot be read ({error})", "make it readable, in UTF-8")
        raise WrongFile((problem,)) from error
    lines = tuple(text.splitlines())
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _SYNTAX_LINE.search(str(error))
        line = int(found[1]) if found else len(lines) or 1
        problem = Problem(str(path), line, "syntax", str(error), "see https://toml.io for the format")
        raise WrongFile((problem,)) from error
    reader = Reader(str(path), lines)
    return reader, Table(reader, "", values)


def line_of(lines: tuple[str, ...], key: str) -> int:
    """The line (from 1) on which a dotted key stands; of its nearest written parent when it is missing.

    `examples#2.roles` is the key `roles` of the third `[[examples]]`.
    """
    best, best_length, section, seen = 1, 0, "", dict[str, int]()
    for number, line in enumerate(lines, start=1):
        if header := _HEADER.match(line):
            section = _within(header[1].replace('"', "").replace("'", ""), seen)
            if line.lstrip().startswith("[["):
                seen[section] = seen.get(section, -1) + 1
                section = f"{section}#{seen[section]}"
            here = section
        elif found := _KEY.match(line):
            name = found[1].strip("\"'")
            here = f"{section}.{name}" if section else name
        else:
            continue
        if (key == here or key.startswith((f"{here}.", f"{here}#"))) and len(here) > best_length:
            best, best_length = number, len(here)
        elif best == 1 and not best_length and here.startswith(f"{key}."):  # `[client.b]` is where `client` stands
            best = number
    return best


def _within(section: str, seen: Mapping[str, int]) -> str:
    """`[people.claims]` after the third `[[people]]` is `people#2.claims`. Spec: TOML 1.0.0 (array of tables)."""
    array = max((one for one in seen if section.startswith(f"{one}.")), key=len, default=None)
    return section if array is None else f"{array}#{seen[array]}{section.removeprefix(array)}"
