"""Applications, their APIs, the keys we sign with, and all of it as one snapshot."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from idp.model.people import Department, Text
from idp.secret import Secret

AuthMethod = Literal["none", "client_secret_basic", "client_secret_post"]
Profile = Literal["fapi2", "standard", "compat"]


@dataclass(frozen=True, slots=True)
class Permission:
    """A scope of an API. `roles` may hold it; `grade` is the grade of the data behind it, 1 (public) to 4."""

    name: str
    grade: int
    roles: frozenset[str]
    name_text: Text


@dataclass(frozen=True, slots=True)
class Resource:
    """An API: the one audience a token is for. Spec: RFC 8707, RFC 9068."""

    audience: str
    name: Text
    permissions: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class Client:
    """A registration. Spec: RFC 7591 §2. `secret_hashes` are SHA-256 of random secrets of at least 256 bits."""

    id: str
    name: Text
    department_id: str
    redirect_uris: tuple[str, ...]
    auth_method: AuthMethod = "client_secret_basic"
    secret_hashes: tuple[bytes, ...] = ()
    profile: Profile = "standard"
    grant_types: tuple[str, ...] = ("authorization_code", "refresh_token")
    scopes: tuple[str, ...] = ("openid", "profile")
    audiences: tuple[str, ...] = ()
    home_url: str | None = None
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str | None = None
    first_party: bool = False
    grade: int = 1
    networks: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    shared_with: frozenset[str] = frozenset()
    """Departments whose people may use it, itself and its branch apart; `*` is everybody."""
    roles: frozenset[str] = frozenset()
    """Roles of a machine client, for client_credentials."""
    disabled: bool = False
    ended_before: datetime | None = None

    @property
    def is_public(self) -> bool:
        return self.auth_method == "none"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key we sign tokens with. `private` is PKCS#8 DER, sealed at rest; `public_jwk` is published before use."""

    kid: str
    alg: str
    private: Secret[bytes]
    public_jwk: dict[str, str]
    created_at: datetime
    active_from: datetime
    retired_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that administrators set, as one immutable snapshot. Read from SQL when its epoch moves."""

    epoch: int
    departments: dict[str, Department]
    clients: dict[str, Client]
    resources: dict[str, Resource]
    keys: tuple[SigningKey, ...]

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
