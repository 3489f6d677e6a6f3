"""What happens when people sign in, and to what they sign in with."""

from dataclasses import dataclass
from typing import ClassVar

from idp.events.event import Event


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
class AuthorizationUnanswered(Event):
    """A request was wrong in a way that nobody may be sent back for; `reference` stood on our page. `why`:
    unknown_application, bad_return_address or bad_request."""

    name: ClassVar[str] = "authorization.unanswered"
    why: str


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
class SignInAnswered(Event):
    """What the person said to *Was this you?* of one row of their history. `said`: mine, not-mine."""

    name: ClassVar[str] = "sign-in.answered"
    said: str
    sign_in_id: str


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
class DirectoryUnavailable(Event):
    """A person met a directory that did not answer; `reference` stood on their page."""

    name: ClassVar[str] = "directory.unavailable"
    department_id: str
