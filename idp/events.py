"""Every audit event as a frozen dataclass. Subject ids only: no name, mail, address or other personal value.

`why` and `what` are closed words of ours and stand in the leaf. `reason` is what a person typed and may hold names: it
is in no leaf, only its commitment is, and the reason is sealed beside the row (`idp.audit.reason`).

`name` is what the log is searched by. `durable` events are committed before their answer leaves; the others are
written by group commit within 5 ms. Fields are JSON values; `body()` is what becomes a leaf of the tree.
"""

from dataclasses import dataclass, fields
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event says: about whom, through which application, in which session, from which decision."""

    name: ClassVar[str] = ""
    subject_id: str | None = None
    client_id: str | None = None
    sid: str | None = None
    reference: str | None = None
    network: str | None = None
    country: str | None = None
    reason: str | None = None

    def body(self) -> dict[str, object]:
        """The fields that are set, without the reason that was typed."""
        told = ((name, getattr(self, name)) for name in (field.name for field in fields(self)) if name != "reason")
        return {name: value for name, value in told if value is not None and value != ()}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(Event):
    """A session began or was raised (step-up) to `acr`."""

    name: ClassVar[str] = "sign-in.succeeded"
    acr: str
    amr: tuple[str, ...]
    band: str
    stepped_up: bool = False
    degraded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFailed(Event):
    """A proof of a known person was rejected. `why` is of `WORDS` in `idp.flows.sign_in.password`, or `rejected`."""

    name: ClassVar[str] = "sign-in.failed"
    factor: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangersFailed(Event):
    """Failures for names nobody has, added up, so that strangers cannot fill the log."""

    name: ClassVar[str] = "sign-in.strangers-failed"
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRefused(Event):
    """Policy said no."""

    name: ClassVar[str] = "sign-in.refused"
    policies: tuple[str, ...]
    band: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUpAsked(Event):
    name: ClassVar[str] = "sign-in.step-up"
    acr: str
    policies: tuple[str, ...]
    band: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Event):
    """`why`: sign-out, administrator, disabled, replaced, stolen."""

    name: ClassVar[str] = "session.ended"
    why: str
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStolen(Event):
    """A session cookie was shown by another device than the one it was given to."""

    name: ClassVar[str] = "session.stolen"


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
    name: ClassVar[str] = "grant.code-issued"
    grant_id: str
    asked: tuple[str, ...]


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
class MailLost(Event):
    """A mail could not be handed over after all tries, or there was no room for it. `why` is of our own words."""

    name: ClassVar[str] = "mail.lost"
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensIssued(Event):
    """asked | granted | dropped, and by which rules."""

    name: ClassVar[str] = "token.issued"
    grant_type: str
    grant_id: str | None = None
    audience: str | None = None
    asked: tuple[str, ...] = ()
    granted: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()


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
class FactorBound(Event):
    """An authenticator was enrolled, by these proofs and so worth at most `acr`."""

    name: ClassVar[str] = "factor.bound"
    factor: str
    authenticator_id: str
    acr: str
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRemoved(Event):
    name: ClassVar[str] = "factor.removed"
    factor: str
    authenticator_id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentCodeMade(Event):
    name: ClassVar[str] = "factor.enrolment-code"
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAdded(Event):
    name: ClassVar[str] = "person.added"
    department_id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChanged(Event):
    """What is kept of a person without a directory was changed. `fields` names what, never what it was or is."""

    name: ClassVar[str] = "person.changed"
    by: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDisabled(Event):
    """`by`: directory (which says `why`), or the administrator's subject id. `disabled` False is enabling again."""

    name: ClassVar[str] = "person.disabled"
    by: str
    disabled: bool
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanged(Event):
    """A role was given or taken: by the directory, which says `why`, or by an administrator with a reason."""

    name: ClassVar[str] = "role.changed"
    role: str
    given: bool
    by: str
    why: str | None = None
    until: str | None = None
    approved_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAsked(Event):
    name: ClassVar[str] = "change.asked"
    change_id: str
    kind: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDecided(Event):
    name: ClassVar[str] = "change.decided"
    change_id: str
    by: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientChanged(Event):
    name: ClassVar[str] = "client.changed"
    by: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InitialTokenMade(Event):
    """Programs may register themselves in a department, so often and until then."""

    name: ClassVar[str] = "client.initial-token"
    department_id: str
    by: str
    uses: int
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryChanged(Event):
    """An API, an agreement or a trusted issuer. `what`: added, changed, removed."""

    name: ClassVar[str] = "registry.changed"
    kind: str
    about: str
    by: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentChanged(Event):
    name: ClassVar[str] = "department.changed"
    department_id: str
    by: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChanged(Event):
    """A signing key was made, retires when the next one signs, or was revoked. `what`: made, retires, revoked."""

    name: ClassVar[str] = "key.changed"
    kid: str
    alg: str
    what: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryUnavailable(Event):
    """A person met a directory that did not answer; `reference` stood on their page."""

    name: ClassVar[str] = "directory.unavailable"
    department_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutDelivered(Event):
    """An application was told that a session ended; `ok` is whether it said so."""

    name: ClassVar[str] = "logout.delivered"
    ok: bool
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised(Event):
    name: ClassVar[str] = "alert.raised"
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertClosed(Event):
    """Somebody looked after it."""

    name: ClassVar[str] = "alert.closed"
    alert_id: str
    kind: str
    by: str


EVENTS: dict[str, type[Event]] = {kind.name: kind for kind in Event.__subclasses__()}
"""Every event by name; documentation and the plain sentences of the console are checked against it."""
