"""What applications are given, use and lose."""

from dataclasses import dataclass
from typing import ClassVar

from idp.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Consented(Event):
    name: ClassVar[str] = "consent.given"
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRefused(Event):
    name: ClassVar[str] = "consent.refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(Event):
    name: ClassVar[str] = "consent.withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeIssued(Event):
    """`principal_id`: for whom the subject acts, by a delegation."""

    name: ClassVar[str] = "grant.code-issued"
    grant_id: str
    asked: tuple[str, ...]
    principal_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackchannelAsked(Event):
    """An application asks a person who is not at its door. `subject_id` is absent where nobody is meant."""

    name: ClassVar[str] = "away.asked"
    request_id: str
    asked: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedAway(Event):
    """A person allowed what a device or a back channel asks. `how`: device, backchannel. `network` and `country` are
    the person's; `asked_from`, the device's country."""

    name: ClassVar[str] = "away.approved"
    how: str
    grant_id: str
    asked: tuple[str, ...]
    asked_from: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedAway(Event):
    """A person did not allow what a device or a back channel asks."""

    name: ClassVar[str] = "away.refused"
    how: str
    asked_from: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensIssued(Event):
    """asked | granted | dropped, and by which rules. `principal_id`: for whom the subject acts, by a delegation."""

    name: ClassVar[str] = "token.issued"
    grant_type: str
    grant_id: str | None = None
    audience: str | None = None
    asked: tuple[str, ...] = ()
    granted: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    principal_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRefused(Event):
    """`why` is for the operator, in our words."""

    name: ClassVar[str] = "token.refused"
    grant_type: str
    why: str
    grant_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayDetected(Event):
    """A spent code or an old refresh token came again: everything from that grant is ended."""

    name: ClassVar[str] = "token.replayed"
    what: str
    grant_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRevoked(Event):
    name: ClassVar[str] = "grant.revoked"
    grant_id: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(Event):
    """An application gave one access token back before its end."""

    name: ClassVar[str] = "token.revoked"
    jti: str
    grant_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutDelivered(Event):
    """An application was told that a session ended; `ok` is whether it said so."""

    name: ClassVar[str] = "logout.delivered"
    ok: bool
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLost(Event):
    """A mail could not be handed over after all tries, or there was no room for it. `why` is of our own words."""

    name: ClassVar[str] = "mail.lost"
    why: str
