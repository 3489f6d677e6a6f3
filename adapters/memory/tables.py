"""What the memory stores keep."""

from collections import Counter
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from idp.errors import Conflict
from idp.model import (
    Alert,
    Authenticator,
    AuthenticatorModel,
    Client,
    DecisionRecord,
    Delegation,
    Department,
    Device,
    DirectoryReading,
    EnrolmentCode,
    Grant,
    HardwareToken,
    InitialAccessToken,
    Link,
    LogoutDelivery,
    Notice,
    PendingChange,
    Post,
    RefreshFamily,
    Resource,
    RoleGrant,
    Session,
    SharingAgreement,
    SignIn,
    SigningKey,
    Subject,
    SyncRun,
    TrustedIssuer,
)
from idp.ports import AuditRow


@dataclass(slots=True)
class Tables:
    """One dictionary for each noun, by its id."""

    people: dict[str, Subject] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    role_grants: dict[str, RoleGrant] = field(default_factory=dict)
    administrators: dict[str, tuple[str, str]] = field(default_factory=dict)
    authenticators: dict[str, Authenticator] = field(default_factory=dict)
    codes: dict[str, EnrolmentCode] = field(default_factory=dict)
    void_codes: set[str] = field(default_factory=set)
    sessions: dict[str, Session] = field(default_factory=dict)
    devices: dict[tuple[str, str], Device] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    families: dict[str, RefreshFamily] = field(default_factory=dict)
    consents: set[tuple[str, str, str]] = field(default_factory=set)
    revoked_tokens: dict[str, datetime] = field(default_factory=dict)
    revocations: dict[str, datetime] = field(default_factory=dict)
    sign_ins: dict[str, SignIn] = field(default_factory=dict)
    features: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    decisions: dict[str, DecisionRecord] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    changes: dict[str, PendingChange] = field(default_factory=dict)
    deliveries: dict[str, LogoutDelivery] = field(default_factory=dict)
    departments: dict[str, Department] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    keys: dict[str, SigningKey] = field(default_factory=dict)
    agreements: dict[str, SharingAgreement] = field(default_factory=dict)
    issuers: dict[str, TrustedIssuer] = field(default_factory=dict)
    initial_tokens: dict[str, InitialAccessToken] = field(default_factory=dict)
    recovery_codes: dict[str, tuple[str, datetime | None]] = field(default_factory=dict)
    notices: dict[str, Notice] = field(default_factory=dict)
    delegations: dict[str, Delegation] = field(default_factory=dict)
    models: dict[str, AuthenticatorModel] = field(default_factory=dict)
    runs: dict[str, SyncRun] = field(default_factory=dict)
    readings: dict[tuple[str, datetime], DirectoryReading] = field(default_factory=dict)
    hardware_tokens: dict[str, HardwareToken] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    epoch: int = 0
    waiting: list[AuditRow] = field(default_factory=list)
    reasons: dict[str, bytes] = field(default_factory=dict)

    def copy(self) -> "Tables":
        """Values are immutable, so that copying the containers is enough."""
        copied = {one.name: getattr(self, one.name) for one in fields(self)}
        return replace(self, **{name: _copy(value) for name, value in copied.items()})

    def view(self) -> "Tables":
        """The same for readers: what tries to write through it fails."""
        frozen = {one.name: _frozen(getattr(self, one.name)) for one in fields(self)}
        return replace(self, **frozen)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType(value)
    if isinstance(value, set):
        return frozenset(value)
    return tuple(value) if isinstance(value, list) else value


def _copy(value: Any) -> Any:
    return value if isinstance(value, int) else value.copy()


def add(table: dict[Any, Any], key: Any, value: Any) -> None:
    """Raises Conflict: there is one of that id."""
    if key in table:
        raise Conflict("there is one of that id")
    table[key] = value


def known(table: dict[Any, Any], *keys: Any) -> None:
    """Raises Conflict: what this follows from is not there."""
    if any(key not in table for key in keys):
        raise Conflict("what it follows from is not there")
