"""What we ask of the world: narrow Protocols and one frozen `Ports` bundle.

Every port raises `Unavailable` when it cannot answer, and never answers a guess. Durable truth lives behind
`Truth` (SQL); what is short-lived and single-use lives behind `Brief` (Redis or Valkey). The reference for meaning is
`adapters/memory.py`; the contract suites in `tests/contracts/` hold every implementation to it.

Writing: `with truth.begin() as tx:` gives the same stores inside one transaction; `tx.record(event)` puts an audit
event into that transaction, so that a change and its event are one. Leaving the block commits and returns only when
the commit is durable; an exception rolls back. Methods marked (write) may only be called on `tx`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from idp.ports.brief import Brief, Limit, Reading, Taken
from idp.ports.cards import NoLists, RevocationLists
from idp.ports.diagnosis import Diagnosis, NoDiagnosis
from idp.ports.directories import Joiner, Links, SyncRuns
from idp.ports.people import Authenticators, Grants, People, Sessions
from idp.ports.telling import Delegations, Models, Notices
from idp.ports.tokens import HardwareTokens
from idp.ports.truth import AuditLog, AuditRow, Desk, History, ReasonState, Registry, Truth, Tx
from idp.ports.world import (
    Changes,
    Connector,
    Directories,
    Fetched,
    KeyMaker,
    Mail,
    Mark,
    Outgoing,
    PasswordChanges,
    Passwords,
    Place,
    Places,
    Sealer,
)

__all__ = [
    "AuditLog",
    "AuditRow",
    "Authenticators",
    "Brief",
    "Changes",
    "Connector",
    "Delegations",
    "Desk",
    "Diagnosis",
    "Directories",
    "Fetched",
    "Grants",
    "HardwareTokens",
    "History",
    "Joiner",
    "KeyMaker",
    "Limit",
    "Links",
    "Mail",
    "Mark",
    "Models",
    "Notices",
    "Outgoing",
    "PasswordChanges",
    "Passwords",
    "People",
    "Place",
    "Places",
    "Ports",
    "Reading",
    "ReasonState",
    "Registry",
    "RevocationLists",
    "Sealer",
    "Sessions",
    "SyncRuns",
    "Taken",
    "Truth",
    "Tx",
]


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything we ask of the world, in one place. Handed to flows; made by `adapters.connect`."""

    truth: Truth
    brief: Brief
    directories: Directories
    places: Places
    passwords: Passwords
    sealer: Sealer
    outgoing: Outgoing
    now: Callable[[], datetime]
    random: Callable[[int], bytes]
    keys: KeyMaker
    mail: Mail
    close: Callable[[], None] = lambda: None
    revocation_lists: RevocationLists = field(default_factory=NoLists)
    diagnosis: Diagnosis = field(default_factory=NoDiagnosis)
