"""What is kept for later eyes: decisions, alerts, changes that wait, logout tokens on their way."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class LogoutDelivery:
    """One logout token on its way to one application, retried with a journal. Spec: OIDC Back-Channel Logout 1.0."""

    id: str
    client_id: str
    sid: str
    subject_id: str
    created_at: datetime
    attempts: int = 0
    next_at: datetime | None = None
    done_at: datetime | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision as the why page shows it: the question, the risk evidence, the answer. Found by its reference."""

    reference: str
    at: datetime
    subject_id: str | None
    client_id: str
    outcome: Literal["allowed", "asked", "refused"]
    question: dict[str, object]
    answer: dict[str, object]
    risk: dict[str, object]


@dataclass(frozen=True, slots=True)
class Alert:
    """Something an administrator should look at."""

    id: str
    kind: str
    at: datetime
    message: str
    """Message id."""
    params: dict[str, str]
    subject_id: str | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PendingChange:
    """What waits for a second person: an administrator's change, or a wish about one's own data.

    correction, erasure: asked by the person whom it is about, decided by whoever keeps people.
    """

    id: str
    kind: Literal["grant-administrator", "correction", "erasure"]
    asked_by: str
    asked_at: datetime
    body: dict[str, str]
    reason: str
    decided_by: str | None = None
    decided_at: datetime | None = None
    outcome: Literal["approved", "refused"] | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person is told of a change of theirs, on its way by mail; retried with a journal.

    kind: which letter. params: what it names, sealed. token_hash: of the link *It wasn't me*; None where there is none.
    """

    id: str
    subject_id: str
    kind: str
    created_at: datetime
    params: dict[str, str]
    token_hash: str | None = None
    answered_at: datetime | None = None
    attempts: int = 0
    next_at: datetime | None = None
    sent_at: datetime | None = None
    failure: str | None = None
