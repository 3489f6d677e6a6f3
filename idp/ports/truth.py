"""Durable truth as a whole: history, the desk, the registry, the audit log, and transactions over all of them."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol

from idp.events import Event
from idp.model import (
    Alert,
    Client,
    Configuration,
    DecisionRecord,
    Department,
    InitialAccessToken,
    LogoutDelivery,
    PendingChange,
    Resource,
    SharingAgreement,
    SignIn,
    SigningKey,
    TrustedIssuer,
)
from idp.ports.directories import Links, SyncRuns
from idp.ports.people import Authenticators, Grants, People, Sessions
from idp.ports.telling import Delegations, Models, Notices
from idp.ports.tokens import HardwareTokens


class History(Protocol):
    """What people did, and what they were told about it."""

    def sign_ins(self, subject_id: str, since: datetime, limit: int = 500) -> Sequence[SignIn]:
        """Newest first."""
        ...

    def population(self, since: datetime) -> dict[str, dict[str, int]]:
        """Feature level → value → count over everybody's confirmed sign-ins; may be minutes old."""
        ...

    def decision(self, reference: str) -> DecisionRecord | None: ...
    def decisions(self, subject_id: str, since: datetime, limit: int = 500) -> Sequence[DecisionRecord]:
        """Those about that person, newest first."""
        ...

    def answer(self, sign_in_id: str, subject_id: str, answer: Literal["mine", "not-mine"]) -> SignIn | None:
        """(write) What that person said to *Was this you?*; None when it is not theirs."""
        ...

    def add_sign_in(self, row: SignIn) -> None:
        """(write)"""
        ...

    def add_decision(self, record: DecisionRecord) -> None:
        """(write)"""
        ...

    def forget(self, sign_ins_before: datetime, decisions_before: datetime) -> int:
        """(write) What is older than it may be kept. How many rows."""
        ...


class Desk(Protocol):
    """What waits for administrators and for applications."""

    def alerts(self, *, open_only: bool = True, limit: int = 100) -> Sequence[Alert]: ...
    def pending(self) -> Sequence[PendingChange]: ...
    def changes_by(self, subject_id: str) -> Sequence[PendingChange]:
        """Everything that person asked for, decided or not, newest first."""
        ...

    def deliveries_of(self, sid: str) -> Sequence[LogoutDelivery]: ...
    def raise_alert(self, alert: Alert) -> None:
        """(write)"""
        ...

    def close_alert(self, alert_id: str, at: datetime) -> bool:
        """(write)"""
        ...

    def ask_change(self, change: PendingChange) -> None:
        """(write)"""
        ...

    def decide_change(
        self, change_id: str, by: str, at: datetime, outcome: Literal["approved", "refused"]
    ) -> PendingChange | None:
        """(write) None when somebody decided it first."""
        ...

    def queue_logout(self, delivery: LogoutDelivery) -> None:
        """(write)"""
        ...

    def due_logouts(self, now: datetime, limit: int) -> Sequence[LogoutDelivery]:
        """(write) Claims them: next_at moves ahead, so that one process works on each."""
        ...

    def settle_logout(
        self, delivery_id: str, *, done_at: datetime | None, next_at: datetime | None, failure: str | None
    ) -> None:
        """(write)"""
        ...


class Registry(Protocol):
    """What administrators set. Every change moves the configuration epoch."""

    def put_department(self, department: Department) -> None:
        """(write)"""
        ...

    def put_client(self, client: Client) -> None:
        """(write)"""
        ...

    def put_resource(self, resource: Resource) -> None:
        """(write)"""
        ...

    def put_agreement(self, agreement: SharingAgreement) -> None:
        """(write)"""
        ...

    def drop_agreement(self, agreement_id: str) -> None:
        """(write)"""
        ...

    def put_issuer(self, issuer: TrustedIssuer) -> None:
        """(write)"""
        ...

    def drop_issuer(self, issuer: str) -> None:
        """(write)"""
        ...

    def add_initial_token(self, token: InitialAccessToken) -> None:
        """(write) Does not move the epoch: it is not part of the snapshot."""
        ...

    def initial_token(self, token_hash: str, now: datetime) -> InitialAccessToken | None:
        """One that is good now, left as it is; None: unknown, over, or used up."""
        ...

    def use_initial_token(self, token_hash: str, now: datetime) -> InitialAccessToken | None:
        """(write) One use of it, taken by one conditional UPDATE; None: unknown, over, or used up."""
        ...

    def add_key(self, key: SigningKey) -> None:
        """(write)"""
        ...

    def retire_key(self, kid: str, at: datetime) -> None:
        """(write) One that was retired before stays as it is."""
        ...

    def revoke_key(self, kid: str) -> None:
        """(write) Its term becomes empty: it is not published and proves nothing from now on."""
        ...


class ReasonState(StrEnum):
    """What became of the reason that a person typed for a row of the log."""

    NONE = "none"  # none was written
    KEPT = "kept"  # it is what was written
    DELETED = "deleted"  # whom it is about was deleted with their key: nobody can read it
    REMOVED = "removed"  # it is gone, though nobody was deleted
    CHANGED = "changed"  # what is kept there is not what was written


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One stored event. `leaf_hash` is None until it is sequenced into the tree."""

    seq: int | None
    at: datetime
    name: str
    body: str
    """Canonical JSON; subject ids only."""
    leaf_hash: bytes | None
    reason: str | None = None
    """Typed by a person, kept beside the row; only `search` reads it. None: none, or not to be read or believed."""
    reason_state: ReasonState = ReasonState.NONE


class AuditLog(Protocol):
    """The tamper-evident log: search and proofs. Writing is `tx.record` and `truth.record_soon`."""

    def search(
        self,
        *,
        name: str | None = None,
        subject_id: str | None = None,
        client_id: str | None = None,
        reference: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before_seq: int | None = None,
        limit: int = 50,
    ) -> Sequence[AuditRow]:
        """Newest first."""
        ...

    def rows(self) -> Iterator[AuditRow]:
        """All sequenced rows in order, streamed."""
        ...

    def checkpoints(self) -> Sequence[str]:
        """Signed notes, oldest first."""
        ...

    def sequence(self) -> int:
        """Move waiting events into the tree and sign a checkpoint; at most one process at a time does. How many."""
        ...


class Tx(Protocol):
    """The stores inside one transaction."""

    @property
    def people(self) -> People: ...
    @property
    def authenticators(self) -> Authenticators: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def grants(self) -> Grants: ...
    @property
    def history(self) -> History: ...
    @property
    def desk(self) -> Desk: ...
    @property
    def links(self) -> Links: ...
    @property
    def runs(self) -> SyncRuns: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def delegations(self) -> Delegations: ...
    @property
    def models(self) -> Models: ...
    @property
    def tokens(self) -> HardwareTokens: ...
    @property
    def registry(self) -> Registry: ...
    def record(self, event: Event) -> None: ...


class Truth(Protocol):
    """SQL: what must never be lost. The read side of each store works outside a transaction."""

    @property
    def people(self) -> People: ...
    @property
    def authenticators(self) -> Authenticators: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def grants(self) -> Grants: ...
    @property
    def history(self) -> History: ...
    @property
    def desk(self) -> Desk: ...
    @property
    def links(self) -> Links: ...
    @property
    def runs(self) -> SyncRuns: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def delegations(self) -> Delegations: ...
    @property
    def models(self) -> Models: ...
    @property
    def tokens(self) -> HardwareTokens: ...
    @property
    def audit(self) -> AuditLog: ...
    def begin(self) -> AbstractContextManager[Tx]: ...
    def configuration(self, knowing: str | None = None) -> Configuration:
        """The snapshot in force: this node's own changes at once, other nodes' within a second.

        knowing: a client's id; one that was registered a moment ago at another node is no stranger here.
        """
        ...

    def record_soon(self, event: Event) -> None:
        """For machine grants: written within 5 ms, the answer does not wait. Raises Unavailable: it cannot be."""
        ...

    def lease(self, name: str, holder: str, now: datetime, for_: timedelta) -> bool:
        """Leadership: True for one holder at a time until it runs out."""
        ...

    def ping(self) -> None:
        """Raises Unavailable unless a write would work."""
        ...
