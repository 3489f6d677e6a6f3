"""The audit log as administrators read it: search, and whether it is whole. Spec: RFC 9162 §2.1 through `idp.audit`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from idp.audit.findings import Kind, Report
from idp.audit.leaf import Row
from idp.audit.log import StoredCheckpoint
from idp.audit.verify import verify as audit
from idp.errors import Invalid, Unavailable
from idp.events import EVENTS
from idp.flows.admin.scope import Admin
from idp.flows.context import Idp
from idp.ports import AuditRow, ReasonState

MOST = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; empty is everything. `before_seq` pages backwards."""

    name: str | None = None
    subject_id: str | None = None
    client_id: str | None = None
    reference: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before_seq: int | None = None


def search(idp: Idp, admin: Admin, wanted: Wanted, limit: int = 50) -> Sequence[AuditRow]:
    """Newest first. Raises Invalid: no such event."""
    admin.require("admin.audit.read")
    admin.require_whole()
    if wanted.name is not None and wanted.name not in EVENTS:
        raise Invalid(f"there is no event {wanted.name!r}; known are {', '.join(sorted(EVENTS))}")
    return idp.ports.truth.audit.search(
        name=wanted.name,
        subject_id=wanted.subject_id,
        client_id=wanted.client_id,
        reference=wanted.reference,
        since=wanted.since,
        until=wanted.until,
        before_seq=wanted.before_seq,
        limit=min(limit, MOST),
    )


@runtime_checkable
class Sealed(Protocol):
    """A log that can be proved whole: its rows and checkpoints byte for byte, and its public key."""

    def vkey(self) -> str: ...
    def stored_rows(self) -> Iterator[Row]: ...
    def stored_checkpoints(self) -> Iterator[StoredCheckpoint]: ...
    def reasons(self) -> Iterator[tuple[int, ReasonState]]: ...


MOVING = frozenset({Kind.UNSEALED, Kind.TRUNCATED})
"""What a log that grows while it is read may look like; looked at again before it is told."""
LOOKS = 3


def verify(idp: Idp, admin: Admin) -> Report:
    """Recompute the whole tree and compare it with every signed checkpoint inside the database.

    The checkpoint kept outside is compared by `gerege audit verify`. Raises Unavailable: this store keeps no proofs.
    """
    admin.require("admin.audit.read")
    admin.require_whole()
    log = idp.ports.truth.audit
    if not isinstance(log, Sealed):
        raise Unavailable("audit", "this store keeps no proofs")
    return looked_at(log, ())


def looked_at(log: Sealed, outside: Sequence[str]) -> Report:
    """The report, of a log that may grow meanwhile."""
    for _ in range(LOOKS - 1):
        report = _look(log, outside)
        if report.ok or not {one.kind for one in report.findings} <= MOVING:
            return report
    return _look(log, outside)


def _look(log: Sealed, outside: Sequence[str]) -> Report:
    return audit(log.stored_rows(), log.stored_checkpoints(), log.vkey(), outside, reasons=log.reasons())
