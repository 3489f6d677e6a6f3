"""The people of the demonstration: read from `people/*.toml`, written as LDIF in the shape of their own directory.

Spec: RFC 2849 (LDIF), RFC 2307 (posixAccount, posixGroup), RFC 4519, RFC 2798 (inetOrgPerson), RFC 4530 (entryUUID).
Everything is derived from the file, salts and ids too, so that a directory loaded twice is the same. That is right for
people who do not exist; a real directory draws its salts at random.
"""

import base64
import hashlib
import tomllib
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from demo.directories.ldif import Record, render

PEOPLE = Path(__file__).parent / "people"
DEPARTMENTS = ("mof", "moe")
LOCK_AFTER = 10
LOCK_WINDOW_SECONDS = 900
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "gerege.example")


@dataclass(frozen=True, slots=True)
class Actor:
    """One made-up person. `password` is public: it stands in the documentation."""

    uid: str
    name: str
    name_zh: str
    mail: str
    number: str
    title: str
    groups: tuple[str, ...]
    password: str
    disabled: bool


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of one department and the shape of its directory."""

    department: str
    name: str
    suffix: str
    shape: Literal["uid", "posix"]
    people: tuple[Actor, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(sorted({group for actor in self.people for group in actor.groups}))

    def dn(self, actor: Actor) -> str:
        first = f"uid={actor.uid}" if self.shape == "uid" else f"employeeNumber={actor.number}"
        return f"{first},ou=people,{self.suffix}"

    @property
    def account_dn(self) -> str:
        """The read-only account that the identity provider binds."""
        return f"cn=gerege,ou=services,{self.suffix}"


def load(department: str) -> Cast:
    """The cast of `mof` or `moe`."""
    table = tomllib.loads((PEOPLE / f"{department}.toml").read_text(encoding="utf-8"))
    people = tuple(
        Actor(
            uid=row["uid"],
            name=row["en"],
            name_zh=row["zh"],
            mail=f"{row['uid']}@{department}.example",
            number=row.get("number", str(10001 + index)),
            title=row["title"],
            groups=tuple(row["groups"]),
            password=f"Demo-{row.get('word', row['uid'])}-1",
            disabled=row.get("disabled", False),
        )
        for index, row in enumerate(table["people"])
    )
    return Cast(department, table["name"], table["suffix"], table["shape"], people)


def stable_id(cast: Cast, actor: Actor) -> str:
    """The entryUUID of a person's entry, which stays whatever is changed in it."""
    return _entry_uuid(cast.dn(actor))


def to_ldif(cast: Cast, account_password: str) -> str:
    """The whole directory as LDIF, the read-only account with this password included."""
    return render(_with_ids([*_trunk(cast, account_password), *_people(cast), *_groups(cast)]))


def ssha(password: str, salt_from: str) -> str:
    """{SSHA} of a password, salted from a text: deterministic, see the module's head."""
    salt = hashlib.sha256(salt_from.encode()).digest()[:8]
    digest = hashlib.sha1(password.encode() + salt, usedforsecurity=False).digest()
    return "{SSHA}" + base64.b64encode(digest + salt).decode()


def _trunk(cast: Cast, account_password: str) -> list[Record]:
    suffix = cast.suffix
    first = suffix.partition(",")[0].partition("=")[2]
    root = [("objectClass", "dcObject"), ("objectClass", "organization"), ("dc", first), ("o", cast.name)]
    records = [Record(suffix, attributes=root)]
    for unit in ("people", "groups", "services", "policies"):
        records.append(Record(f"ou={unit},{suffix}", attributes=[("objectClass", "organizationalUnit"), ("ou", unit)]))
    account = [
        ("objectClass", "applicationProcess"),
        ("objectClass", "simpleSecurityObject"),
        ("cn", "gerege"),
        ("userPassword", ssha(account_password, cast.account_dn)),
    ]
    policy = [
        ("objectClass", "device"),
        ("objectClass", "pwdPolicy"),
        ("cn", "default"),
        ("pwdAttribute", "userPassword"),
        ("pwdLockout", "TRUE"),
        ("pwdMaxFailure", str(LOCK_AFTER)),
        ("pwdFailureCountInterval", str(LOCK_WINDOW_SECONDS)),
        ("pwdLockoutDuration", str(LOCK_WINDOW_SECONDS)),
        ("pwdMustChange", "TRUE"),
    ]
    records.append(Record(cast.account_dn, attributes=account))
    records.append(Record(f"cn=default,ou=policies,{suffix}", attributes=policy))
    return records


def _people(cast: Cast) -> list[Record]:
    records = []
    for index, actor in enumerate(cast.people):
        english, chinese = ("cn", "displayName") if cast.shape == "uid" else ("displayName", "cn")
        attributes = [
            ("objectClass", "inetOrgPerson"),
            *([("objectClass", "posixAccount")] if cast.shape == "posix" else []),
            ("uid", actor.uid),
            (english, actor.name),
            (chinese, actor.name_zh),
            ("sn", actor.name.split()[-1] if cast.shape == "uid" else actor.name_zh[0]),
            ("mail", actor.mail),
            ("employeeNumber", actor.number),
            ("title", actor.title),
            ("userPassword", ssha(actor.password, cast.dn(actor))),
        ]
        if cast.shape == "uid" and actor.disabled:
            attributes.append(("employeeType", "left"))
        if cast.shape == "posix":
            attributes += [
                ("uidNumber", actor.number),
                ("gidNumber", "20000"),
                ("homeDirectory", f"/home/{actor.uid}"),
                ("loginShell", "/usr/sbin/nologin" if actor.disabled else "/bin/bash"),
            ]
        records.append(Record(cast.dn(actor), index, attributes))
    return records


def _groups(cast: Cast) -> list[Record]:
    records = []
    for index, group in enumerate(cast.groups):
        members = [actor for actor in cast.people if group in actor.groups]
        attributes = [("cn", group)]
        if cast.shape == "uid":
            attributes += [("objectClass", "groupOfNames"), *(("member", cast.dn(one)) for one in members)]
        else:
            attributes += [("objectClass", "posixGroup"), ("gidNumber", str(21001 + index))]
            attributes += [("memberUid", one.uid) for one in members]
        records.append(Record(f"cn={group},ou=groups,{cast.suffix}", attributes=attributes))
    return records


def _with_ids(records: list[Record]) -> list[Record]:
    for record in records:
        record.attributes.append(("entryUUID", _entry_uuid(record.dn)))
    return records


def _entry_uuid(dn: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, dn))
