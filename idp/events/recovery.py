"""What becomes of people who lost what they sign in with."""

from dataclasses import dataclass
from typing import ClassVar

from idp.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodeUsed(Event):
    """A saved code was spent at a sign-in; `left` of the set are good."""

    name: ClassVar[str] = "factor.recovery-used"
    authenticator_id: str
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPassUsed(Event):
    """A temporary access pass opened enrolment; what it binds is worth at most `acr`."""

    name: ClassVar[str] = "factor.pass-used"
    code_id: str
    acr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorsLost(Event):
    """Somebody who proved a password says that they have none of the rest; `reference` is what they tell the desk."""

    name: ClassVar[str] = "factor.lost"
