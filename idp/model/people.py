"""Departments, the people in them, the posts they hold and the roles that hang on posts."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

ADMINISTRATOR_ROLES = ("system-administrator", "security-administrator", "audit-administrator")
"""Exclusive for one person; the store enforces it."""

Level = Literal["country", "province", "city", "county", "bureau"]
CREST = "crest"
"""Key of `Department.settings`: its crest, an SVG of plain shapes that was checked when it was read."""
OUTAGE = "outage"
"""Key of `Department.settings`: what holds while its directory is away (`passkey_hours`)."""
SYNC = "sync"
"""Key of `Department.settings`: how often its directory is read whole, and how many may leave it unasked."""
PostKind = Literal["regular", "concurrent", "seconded", "acting"]


@dataclass(frozen=True, slots=True)
class Text:
    """A name in both languages. `in_language("zh-CN")` picks."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class Department:
    """One node of the tree. `connector` names where its people are kept; `settings` is that connector's own table."""

    id: str
    parent_id: str | None
    level: Level
    name: Text
    connector: Literal["local", "ldap", "keycloak", "oidc", "saml"] | None = None
    settings: dict[str, object] = field(default_factory=dict)
    mapping: dict[str, object] = field(default_factory=dict)
    domains: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    forgotten_url: str | None = None

    @property
    def crest(self) -> str | None:
        """Its crest as SVG; None: it shows none."""
        found = self.settings.get(CREST)
        return found if isinstance(found, str) else None


@dataclass(frozen=True, slots=True)
class Subject:
    """A person. `id` is what `sub` names: random, never reused, never a name.

    disabled_by: what the directory ended it may begin again; what an administrator ended only an administrator.
    ended_before: sessions, grants and tokens begun before this are dead (disable, sign out everywhere).
    access_version: moves when roles or posts change: decide again.
    claims: what else is known, by the names of OIDC Core §5.1 (`birthdate`, `address`, …); personal, and sealed.
    """

    id: str
    department_id: str
    display_name: Text
    mail: str | None
    identifiers: tuple[str, ...]
    disabled: bool = False
    disabled_by: Literal["directory", "administrator"] | None = None
    clearance: int = 1
    language: str | None = None
    ended_before: datetime | None = None
    access_version: int = 0
    created_at: datetime | None = None
    claims: dict[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Link:
    """Ties a person to a directory entry by the directory's stable id, never by mail or name.

    said: keyed digest of what the entry said when it was last taken over; empty: not known.
    """

    subject_id: str
    department_id: str
    stable_id: str
    read_at: datetime
    said: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """What a person is, where, and for how long. Roles hang on posts; a grant carries the post it was given in."""

    id: str
    subject_id: str
    department_id: str
    kind: PostKind
    title: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """A role on a post. `source` is `directory` (a group gave it) or `administrator`; `reason` says why in words."""

    id: str
    post_id: str
    role: str
    source: Literal["directory", "administrator"]
    reason: str
    granted_by: str | None
    starts_at: datetime
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delegation:
    """An assistant may act for somebody, in named applications, for a time, under their own name: every token shows
    it as `act`. Spec: RFC 8693 §4.1."""

    id: str
    principal_id: str
    delegate_id: str
    client_ids: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    reason: str
    made_by: str
    created_at: datetime
    ended_at: datetime | None = None

    def in_force(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at and self.ended_at is None


@dataclass(frozen=True, slots=True)
class Standing:
    """One post of one person now, with everything a policy asks about it."""

    subject: Subject
    post: Post
    departments: tuple[str, ...]
    """The post's department and all that stand above it, nearest first."""
    grants: tuple[RoleGrant, ...]

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(grant.role for grant in self.grants)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a directory says of one person, read now."""

    stable_id: str
    dn: str
    identifiers: tuple[str, ...]
    display_name: str
    display_name_zh: str | None
    mail: str | None
    groups: tuple[str, ...]
    disabled: bool
    title: str | None = None


@dataclass(frozen=True, slots=True)
class PasswordState:
    """Told only after a right password."""

    must_change: bool = False
    expired: bool = False
    grace_left: int | None = None


@dataclass(frozen=True, slots=True)
class Health:
    up: bool
    latency: timedelta
    error: str | None = None
    certificate_expires: datetime | None = None
