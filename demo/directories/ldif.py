"""Reading and writing the LDIF that a demonstration directory is loaded from; a mistake is named with line and fix.

Spec: RFC 2849. Only content records (no `changetype`), no values by URL: a file must not make us read another one.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

_ATTRIBUTE = re.compile(r"^([A-Za-z][A-Za-z0-9-]*(?:;[A-Za-z0-9-]+)*)(::?) *(.*)$")
_SAFE = re.compile(r"^[!-9;=-~][ -~]*$")


class WrongLdif(ValueError):
    """An LDIF that cannot be loaded: `file:line: what; how to mend it`."""

    def __init__(self, file: Path | str, line: int, told: str, fix: str) -> None:
        super().__init__(f"{file}:{line}: {told}; {fix}")
        self.file, self.line = str(file), line


@dataclass(slots=True)
class Record:
    """One entry: its name, its attributes in order, and the line on which it begins."""

    dn: str
    line: int = 0
    attributes: list[tuple[str, str]] = field(default_factory=list)

    def values(self, name: str) -> list[str]:
        """All values of an attribute; names are the same in any case."""
        return [value for held, value in self.attributes if held.lower() == name.lower()]


def read(path: Path) -> list[Record]:
    """Read a whole file and check that it hangs together: names, parents, classes, members, stable ids.

    Raises:
        WrongLdif: the first thing that is wrong.
    """
    records = list(_records(path))
    if not records:
        raise WrongLdif(path, 1, "holds no entry", "begin each entry with dn:, entries apart by an empty line")
    _check(path, records)
    return records


def render(records: Iterable[Record]) -> str:
    """Write records; values that are not plain ASCII become base64."""
    blocks = []
    for record in records:
        lines = [_line("dn", record.dn), *(_line(name, value) for name, value in record.attributes)]
        blocks.append("\n".join(lines) + "\n")
    # No version line, which slapadd takes for an entry; an empty line at the end, or ldaptor sees a torn file.
    return "\n".join(blocks) + "\n"


def _line(name: str, value: str) -> str:
    if _SAFE.match(value) and not value.endswith(" "):
        return f"{name}: {value}"
    return f"{name}:: {base64.b64encode(value.encode()).decode()}"


def _records(path: Path) -> Iterator[Record]:
    current: Record | None = None
    for number, line in _logical_lines(path):
        if not line:
            if current:
                yield current
            current = None
            continue
        name, value = _attribute(path, number, line)
        if current is None and name.lower() == "version":
            continue
        if current is None:
            if name.lower() != "dn":
                raise WrongLdif(path, number, f"an entry begins with {name}:", "begin it with dn:")
            current = Record(value, number)
        elif name.lower() == "dn":
            raise WrongLdif(path, number, "a second dn: in one entry", "put an empty line before it")
        elif name.lower() == "changetype":
            raise WrongLdif(path, number, "a change, not an entry", "write the whole entry without changetype")
        else:
            current.attributes.append((name, value))
    if current:
        yield current


def _logical_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, continuations joined, comments gone."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongLdif(path, 1, f"cannot be read ({error})", "make it readable, in UTF-8") from error
    held: tuple[int, str] | None = None
    for number, line in enumerate([*lines, ""], start=1):
        if line.startswith(" "):
            if held is None or not held[1]:
                raise WrongLdif(path, number, "continues nothing", "remove the space at its start")
            held = (held[0], held[1] + line[1:])
            continue
        if held is not None and not held[1].startswith("#"):
            yield held
        held = (number, line)
    if held is not None:
        yield held


def _attribute(path: Path, number: int, line: str) -> tuple[str, str]:
    found = _ATTRIBUTE.match(line)
    if not found:
        raise WrongLdif(path, number, f"{line[:40]!r} is not an attribute", "write it as name: value")
    name, mark, value = found.groups()
    if mark == ":" and value.startswith("<"):
        raise WrongLdif(path, number, f"{name} is read from elsewhere", "write the value itself")
    if mark == "::":
        try:
            value = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise WrongLdif(
                path, number, f"{name} is not UTF-8 in base64", "encode it anew, or use one colon"
            ) from None
    if not value:
        raise WrongLdif(path, number, f"{name} is empty", "give it a value or remove the line")
    return name, value


def _check(path: Path, records: list[Record]) -> None:
    seen: dict[str, Record] = {}
    stable_ids: dict[str, Record] = {}
    for index, record in enumerate(records):
        key = record.dn.lower()
        if key in seen:
            raise WrongLdif(path, record.line, f"{record.dn} stands on line {seen[key].line} too", "remove one")
        if not re.match(r"^[A-Za-z][A-Za-z0-9-]*=[^,]+(,|$)", record.dn):
            raise WrongLdif(path, record.line, f"{record.dn!r} is not a name", "write it as uid=…,ou=people,dc=…")
        if index and key.partition(",")[2] not in seen:
            raise WrongLdif(path, record.line, f"{record.dn} has no parent above it", "put its parent entry before it")
        if not record.values("objectClass"):
            raise WrongLdif(path, record.line, f"{record.dn} has no objectClass", "add objectClass: …")
        for stable_id in record.values("entryUUID"):
            if stable_id in stable_ids:
                told = f"{record.dn} has the entryUUID of line {stable_ids[stable_id].line}"
                raise WrongLdif(path, record.line, told, "give it its own")
            stable_ids[stable_id] = record
        seen[key] = record
    for record in records:
        for member in record.values("member"):
            if member.lower() not in seen:
                raise WrongLdif(path, record.line, f"{record.dn} has a member {member} that is nowhere", "correct it")
