"""JSON of somebody else's, read without belief: bounded in size and depth, no name twice, each value of its kind.

Whatever is not as it must be ends the reading with its place; nothing is guessed. Spec: RFC 8259 §4 (names are unique),
§9 (limits). Deliberately knows no key of Keycloak's.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

LONGEST = 512 * 1024 * 1024
"""Octets of one export, all its files together."""
MOST = 2_000_000
"""Members of one list."""
LONGEST_TEXT = 16_384


class WrongExport(ValueError):
    """It cannot be used; the words say where and why, and never a secret."""


@dataclass(frozen=True, slots=True)
class Node:
    """One object and where it stands: `users[3].credentials[0]`."""

    place: str
    values: dict[str, object]

    def text(self, key: str, default: str | None = None) -> str:
        """Raises WrongExport: it is no text; it is missing and there is no `default`."""
        found = self.values.get(key)
        if found is None and default is not None:
            return default
        if not isinstance(found, str) or len(found) > LONGEST_TEXT or "\0" in found:
            self.wrong(key, "is missing" if found is None else "is no text, or far too long")
        return found

    def flag(self, key: str, default: bool = False) -> bool:
        found = self.values.get(key, default)
        if not isinstance(found, bool):
            self.wrong(key, "is neither true nor false")
        return found

    def number(self, key: str, default: int | None = None) -> int:
        found = self.values.get(key)
        if found is None and default is not None:
            return default
        if isinstance(found, bool) or not isinstance(found, int):
            self.wrong(key, "is no whole number")
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        found = self._list(key)
        if not all(isinstance(one, str) and len(one) <= LONGEST_TEXT and "\0" not in one for one in found):
            self.wrong(key, "is no list of texts")
        return tuple(str(one) for one in found)

    def nodes(self, key: str) -> Iterator["Node"]:
        for number, one in enumerate(self._list(key)):
            yield self.inner(one, f"{key}[{number}]")

    def node(self, key: str) -> "Node":
        """Empty where there is none."""
        found = self.values.get(key)
        return Node(f"{self.place}.{key}", {}) if found is None else self.inner(found, key)

    def inner(self, found: object, key: str) -> "Node":
        if not isinstance(found, dict):
            self.wrong(key, "is no object")
        return Node(f"{self.place}.{key}" if self.place else key, found)

    def wrong(self, key: str, why: str) -> NoReturn:
        """Raises WrongExport."""
        raise WrongExport(f"{self.place}.{key}: {why}" if self.place else f"{key}: {why}")

    def _list(self, key: str) -> list[object]:
        found = self.values.get(key)
        if found is None:
            return []
        if not isinstance(found, list) or len(found) > MOST:
            self.wrong(key, f"is no list of at most {MOST}")
        return found


def read(path: Path, left: int = LONGEST) -> Node:
    """One file, at most `left` octets. Raises WrongExport, OSError."""
    if path.stat().st_size > left:
        raise WrongExport(f"{path.name}: the export is larger than {LONGEST // 1024 // 1024} MiB; export fewer people")
    return Node("", parse(path.read_bytes(), path.name))


def parse(octets: bytes | str, place: str) -> dict[str, object]:
    """One JSON object. Raises WrongExport."""
    try:
        found = json.loads(octets, object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError:
        raise WrongExport(f"{place}: it is nested too deeply") from None
    except UnicodeDecodeError:
        raise WrongExport(f"{place}: it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise WrongExport(f"{place}: line {error.lineno}: it is no JSON ({error.msg})") from None
    except ValueError as error:
        raise WrongExport(f"{place}: {error}") from None
    if not isinstance(found, dict):
        raise WrongExport(f"{place}: its outermost value is no object")
    return found


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has one name twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name[:9]} is no JSON number")
