"""People out of plain files: CSV with named columns, LDIF as any directory writes it.

Every mistake is told at once, with file, line and the way to mend it; a file with one comes not at all. LDIF keeps
password hashes of the schemes that are known (`{ARGON2}`, `{PBKDF2-SHA256}`, `{PBKDF2-SHA512}`); CSV has no secrets.
Spec: RFC 4180 (CSV), RFC 2849 (LDIF), RFC 2307 §5.3 (schemes). Deliberately not here: changes (`changetype`), addresses
that would be fetched (`:<`), and what a group gives: the department's mapping says that.
"""

import base64
import binascii
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from adapters.connectors.toml_table import Problem, WrongFile
from adapters.foreign_hashes import ForeignHash, WrongHash
from idp.flows.migration.moved import Left, Moved, MovedPassword, MovedPerson
from idp.secret import Secret

LONGEST = 256 * 1024 * 1024
"""Octets of a file."""
MOST_PROBLEMS = 100
LONGEST_VALUE = 255
COLUMNS = ("username", "name", "id", "name_zh", "mail", "title", "groups", "disabled")
"""`groups`: names between semicolons. `disabled`: yes or no. `id`: what never changes; without one, the username."""
NEEDED = COLUMNS[:2]
WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}
PEOPLE = frozenset({"person", "inetorgperson", "organizationalperson", "posixaccount", "account", "user"})
GROUPS = frozenset({"groupofnames", "groupofuniquenames", "posixgroup", "group"})
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(slots=True)
class _Notes:
    """What is wrong so far, and which names stand where."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)

    def refuse(self, line: int, key: str, told: str, fix: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(self.file, line, key, told, fix))

    def once(self, kind: str, value: str, line: int) -> None:
        first = self.names.setdefault(f"{kind}:{value.casefold()}", line)
        if value and first != line:
            self.refuse(line, kind, f"{value[:100]!r} stands at line {first} already", "keep one of the two")

    def finish(self) -> None:
        """Raises WrongFile."""
        if self.problems:
            raise WrongFile(tuple(sorted(self.problems, key=lambda one: one.line)))

    def person(self, line: int, person: MovedPerson) -> MovedPerson:
        """The same checks for both kinds of file."""
        for key, value in (("username", person.identifiers[0]), ("name", person.name), ("id", person.stable_id)):
            if not value.strip() or not value.isprintable() or len(value) > LONGEST_VALUE:
                self.refuse(line, key, "is empty or no printable name", f"write at most {LONGEST_VALUE} characters")
        if person.mail is not None and not (_MAIL.fullmatch(person.mail) and person.mail.isprintable()):
            self.refuse(
                line, "mail", f"{person.mail[:100]!r} is not a mail address", "write it as name@host, or leave it"
            )
        self.once("id", person.stable_id, line)
        for name in dict.fromkeys(one.casefold() for one in person.identifiers):
            self.once("username", name, line)
        return person


def read_csv(path: Path) -> Moved:
    """People of a CSV file in UTF-8, its first line the names of its columns. Raises WrongFile."""
    notes, people = _Notes(str(path)), list[MovedPerson]()
    rows = csv.reader(io.StringIO(_text(path)), strict=True)
    try:
        head = [one.strip() for one in next(rows, [])]
        _require_columns(head, notes)
        for row in rows:
            if not any(one.strip() for one in row):
                continue
            if len(row) != len(head):
                notes.refuse(
                    rows.line_num, "row", f"has {len(row)} values, not {len(head)}", "quote values with commas"
                )
                continue
            found = {name: value.strip() for name, value in zip(head, row, strict=True)}
            people.append(_of_row(found, rows.line_num, notes))
    except csv.Error as error:
        notes.refuse(rows.line_num, "row", f"is not CSV: {error}", 'write a quote in a value as ""')
    notes.finish()
    return Moved(f"file {path.name}", tuple(people))


def _require_columns(head: list[str], notes: _Notes) -> None:
    """Raises WrongFile."""
    for name in NEEDED:
        if name not in head:
            notes.refuse(1, name, "this column is missing", f"the first line names the columns: {','.join(COLUMNS)}")
    for name in head:
        if name not in COLUMNS or head.count(name) > 1:
            notes.refuse(1, name[:60] or "column", "is not known, or stands twice", f"there are {', '.join(COLUMNS)}")
    notes.finish()


def _of_row(found: dict[str, str], line: int, notes: _Notes) -> MovedPerson:
    word = found.get("disabled", "").casefold()
    if word not in WORDS:
        notes.refuse(line, "disabled", f"{word[:20]!r} is neither yes nor no", "write yes or no")
    name = found["name"]
    mail = found.get("mail") or None
    groups = tuple(dict.fromkeys(one.strip() for one in found.get("groups", "").split(";") if one.strip()))
    person = MovedPerson(
        stable_id=found.get("id") or found["username"],
        identifiers=tuple(dict.fromkeys(one for one in (found["username"], mail) if one is not None)),
        name=name,
        name_zh=found.get("name_zh") or None,
        mail=mail,
        title=found.get("title") or None,
        disabled=WORDS.get(word, True),
        groups=groups,
    )
    return notes.person(line, person)


@dataclass(slots=True)
class _Record:
    """One entry. attributes: names in small letters, without options."""

    line: int
    dn: str
    attributes: dict[str, list[str]] = field(default_factory=dict)

    def first(self, *names: str) -> str:
        return next((self.attributes[name][0] for name in names if name in self.attributes), "")

    def classes(self) -> frozenset[str]:
        return frozenset(one.casefold() for one in self.attributes.get("objectclass", ()))


def read_ldif(path: Path) -> Moved:
    """People of an LDIF file; groups that stand in it count by their DN and by their `cn`. Raises WrongFile."""
    notes = _Notes(str(path))
    records = list(_records(_text(path), notes))
    notes.finish()
    members, people, left = _members(records), list[MovedPerson](), list[Left]()
    for one in records:
        if one.classes() & PEOPLE and one.first("uid", "samaccountname", "mail"):
            person, stays = _of_record(one, members, notes)
            people.append(person)
            left += stays
        elif not one.classes() & GROUPS:
            left.append(
                Left(f"line {one.line}: {one.dn[:200]}", "it is neither a person with a uid nor a group", "nothing")
            )
    notes.finish()
    return Moved(f"file {path.name}", tuple(people), left=tuple(left))


def _of_record(one: _Record, members: dict[str, list[str]], notes: _Notes) -> tuple[MovedPerson, list[Left]]:
    username = one.first("uid", "samaccountname", "mail")
    mail = one.first("mail") or None
    given = [*one.attributes.get("memberof", ()), *members.get(_folded(one.dn), ()), *members.get(username, ())]
    password, left = _password(one, username)
    person = MovedPerson(
        stable_id=one.first("entryuuid", "nsuniqueid") or one.dn,
        identifiers=tuple(dict.fromkeys(name for name in (username, mail) if name)),
        name=one.first("displayname", "cn") or username,
        name_zh=one.first("cn;lang-zh") or None,
        mail=mail,
        title=one.first("title") or None,
        disabled=one.first("nsaccountlock", "pwdaccountlockedtime").casefold() not in ("", "false"),
        groups=tuple(dict.fromkeys(given)),
        password=password,
    )
    return notes.person(one.line, person), left


def _password(one: _Record, username: str) -> tuple[MovedPassword | None, list[Left]]:
    stored = one.first("userpassword")
    if not stored:
        return None, []
    place, fix = f"person {username}", "give the person a first password (`gerege person set-password`)"
    scheme, _, rest = stored.partition("}")
    try:
        found = _hash(scheme.lstrip("{").upper(), rest)
    except (WrongHash, ValueError, binascii.Error):
        return None, [Left(place, "their password's hash cannot be read", fix)]
    if found is None:
        told = scheme[1:20].upper() if stored.startswith("{") else "no scheme"
        return None, [Left(place, f"their password is kept as {told}, which is not taken", fix)]
    return MovedPassword(Secret(found.text())), []


def _hash(scheme: str, rest: str) -> ForeignHash | None:
    """None: a scheme that is not taken. Raises WrongHash, ValueError."""
    if scheme == "ARGON2":
        _, kind, version, cost, salt, digest = rest.split("$")
        pairs = [one.split("=") for one in (version, *cost.split(","))]
        return ForeignHash(kind, {name: int(value) for name, value in pairs}, _b64(salt), _b64(digest))
    if scheme in ("PBKDF2-SHA256", "PBKDF2-SHA512"):
        rounds, salt, digest = rest.split("$")
        return ForeignHash(scheme.lower(), {"i": int(rounds)}, _b64(salt), _b64(digest))
    return None


def _b64(text: str) -> bytes:
    """Of PHC, and of passlib, which writes `.` for `+`."""
    return base64.b64decode(text.replace(".", "+") + "=" * (-len(text) % 4), validate=True)


def _members(records: list[_Record]) -> dict[str, list[str]]:
    """Who, by DN or by uid → their groups, by DN and by name."""
    found: dict[str, list[str]] = {}
    for group in (one for one in records if one.classes() & GROUPS):
        names = [group.dn, *group.attributes.get("cn", ())[:1]]
        for key in ("member", "uniquemember", "memberuid"):
            for who in group.attributes.get(key, ()):
                found.setdefault(who if key == "memberuid" else _folded(who), []).extend(names)
    return found


def _folded(dn: str) -> str:
    return ",".join(part.strip() for part in dn.casefold().split(","))


def _records(text: str, notes: _Notes) -> Iterator[_Record]:
    current: _Record | None = None
    for line, logical in _lines(text):
        if not logical:
            if current is not None:
                yield current
            current = None
            continue
        name, value = _value(logical, line, notes)
        key = name.casefold()
        if key == "version" and current is None:
            continue
        if key == "changetype":
            notes.refuse(line, "changetype", "is a change, not an entry", "export entries (slapcat, ldapsearch -LLL)")
        elif key == "dn":
            if current is not None:
                notes.refuse(line, "dn", "a second dn in one entry", "part entries by an empty line")
            current = _Record(line, value)
        elif current is None:
            notes.refuse(line, name[:60], "stands before any dn", "begin each entry with its dn")
        else:
            bare = key if key == "cn;lang-zh" else key.partition(";")[0]
            current.attributes.setdefault(bare, []).append(value)
    if current is not None:
        yield current


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Unfolded, comments apart, each with the number of its first line. Spec: RFC 2849 §2 note 2."""
    held, begun = list[str](), 0
    for number, line in enumerate([*text.splitlines(), ""], 1):
        if line.startswith(" ") and held:
            held.append(line[1:])
            continue
        if held and not held[0].startswith("#"):
            yield begun, "".join(held)
        held, begun = ([line], number) if line else ([], number)
        if not line:
            yield number, ""


def _value(logical: str, line: int, notes: _Notes) -> tuple[str, str]:
    name, colon, rest = logical.partition(":")
    if not colon:
        notes.refuse(line, name[:60], "has no colon", "write `attribute: value`")
        return name, ""
    if rest.startswith("<"):
        notes.refuse(line, name[:60], "points to a file", "write the value itself")
        return name, ""
    if not rest.startswith(":"):
        return name, rest.removeprefix(" ")
    try:
        return name, base64.b64decode(rest[1:].strip(), validate=True).decode()
    except UnicodeDecodeError:
        return name, ""  # a picture, a certificate: nothing that is kept here
    except binascii.Error:
        notes.refuse(line, name[:60], "is not base64", "export the file again")
        return name, ""


def _text(path: Path) -> str:
    """Raises WrongFile."""
    if path.stat().st_size > LONGEST:
        raise WrongFile((Problem(str(path), 1, "file", f"is larger than {LONGEST >> 20} MiB", "split it"),))
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise WrongFile((Problem(str(path), line, "file", "is not UTF-8", "save it as UTF-8"),)) from error
