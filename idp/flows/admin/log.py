"""The audit log as administrators read it: search, and whether it is whole. Spec: RFC 9162 §2.1 through `idp.audit`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from idp.errors import Invalid
from idp.events import EVENTS
from idp.flows.admin.scope import Admin
from idp.flows.context import Idp
from idp.ports import AuditRow

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
