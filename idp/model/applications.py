"""APIs, agreements about them, the keys we sign with, and with the applications all of it as one snapshot."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from idp.model.client import Client
from idp.model.people import Department, Text
from idp.model.signposts import Signposts
from idp.secret import Secret


@dataclass(frozen=True, slots=True)
class Permission:
    """A scope of an API. `roles` may hold it; `grade` is the grade of the data behind it, 1 (public) to 4."""

    name: str
    grade: int
    roles: frozenset[str]
    name_text: Text


@dataclass(frozen=True, slots=True)
class DetailField:
    """One member of an authorization detail. `choices` empty is any value of that kind."""

    name: str
    kind: Literal["text", "number", "boolean", "texts", "object"]
    name_text: Text
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DetailType:
    """A kind of authorization detail that an API understands. Spec: RFC 9396 §2.

    permission: what the bearer must be allowed for any detail of this type to be granted.
    """

    type: str
    permission: str
    name_text: Text
    fields: tuple[DetailField, ...]


@dataclass(frozen=True, slots=True)
class Resource:
    """An API: the one audience a token is for. Spec: RFC 8707, RFC 9068, RFC 9728 (`url`: where it answers)."""

    audience: str
    name: Text
    permissions: tuple[Permission, ...]
    detail_types: tuple[DetailType, ...] = ()
    url: str | None = None


@dataclass(frozen=True, slots=True)
class SharingAgreement:
    """One department lets an application of another act on its people's behalf at an API. Spec: RFC 8693 §1.1, §4.1.

    from_audience: whose tokens may be exchanged. to_audience: for which API. client_id: by which application.
    """

    id: str
    client_id: str
    from_audience: str
    to_audience: str
    scopes: frozenset[str]
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """Another issuer whose assertions buy tokens here. Spec: RFC 7523 §2.1, §3.

    subjects: assertion `sub` → the identifier of one of this department's people; one that is not listed gets nothing.
    clients, scopes: which applications may present them, and for what at most.
    """

    issuer: str
    department_id: str
    jwks: tuple[dict[str, object], ...] = ()
    jwks_uri: str | None = None
    algs: frozenset[str] = frozenset({"ES256", "PS256"})
    clients: frozenset[str] = frozenset()
    subjects: dict[str, str] = field(default_factory=dict)
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class InitialAccessToken:
    """What lets a developer register applications by themselves, in one department. Spec: RFC 7591 §1.2, §3."""

    token_hash: str
    department_id: str
    by: str
    created_at: datetime
    expires_at: datetime
    uses_left: int


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key we sign tokens with. `public_jwk` is published before use.

    private: sealed at rest; PKCS#8 DER, or the `pkcs11:` reference of a key that never leaves its token.
    """

    kid: str
    alg: str
    private: Secret[bytes]
    public_jwk: dict[str, str]
    created_at: datetime
    active_from: datetime
    retired_at: datetime | None = None

    @property
    def revoked(self) -> bool:
        """Its term is empty: whatever it signed is not believed, and it is not published."""
        return self.retired_at is not None and self.retired_at <= self.active_from


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that administrators set, as one immutable snapshot. Read from SQL when its epoch moves."""

    epoch: int
    departments: dict[str, Department]
    clients: dict[str, Client]
    resources: dict[str, Resource]
    keys: tuple[SigningKey, ...]
    agreements: dict[str, SharingAgreement] = field(default_factory=dict)
    issuers: dict[str, TrustedIssuer] = field(default_factory=dict)
    signposts: Signposts = field(init=False, repr=False, compare=False)
    """Of the departments that keep people."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "signposts", Signposts(one for one in self.departments.values() if one.connector))

    def lineage(self, department_id: str) -> tuple[str, ...]:
        """The department and all above it, nearest first. A broken or circular tree ends the walk."""
        found: list[str] = []
        current: str | None = department_id
        while current is not None and current in self.departments and current not in found:
            found.append(current)
            current = self.departments[current].parent_id
        return tuple(found)

    def permissions_of(self, client: Client) -> dict[str, tuple[Resource, Permission]]:
        """Permission name → its API, among the APIs that this client may ask for."""
        return {
            permission.name: (self.resources[audience], permission)
            for audience in client.audiences
            if audience in self.resources
            for permission in self.resources[audience].permissions
            if permission.name in client.scopes
        }
