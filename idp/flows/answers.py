"""What a flow of the sign-in answers: a closed set, turned into HTTP by the web."""

from dataclasses import dataclass
from typing import Literal

from idp.model import Client, DecisionRecord
from idp.oidc.authorization_answer import AuthorizationAnswer

StepName = Literal[
    "identify",
    "department",
    "password",
    "totp",
    "passkey",
    "recovery",
    "recovery-left",
    "certificate",
    "pass",
    "new-password",
    "ways",
    "lost",
    "enrol",
    "enrol-code",
    "enrol-totp",
    "enrol-passkey",
    "enrol-recovery",
    "acting",
    "consent",
]


@dataclass(frozen=True, slots=True)
class GoTo:
    """On to a step's page."""

    step: StepName
    interaction_id: str


@dataclass(frozen=True, slots=True)
class SendBack:
    """Back to the application, with cookies to set when a session began or was renewed."""

    answer: AuthorizationAnswer
    client: Client
    session: str | None = None
    device: str | None = None
    interactive: bool = False
    """A form was the last step: form-action must allow the application's origin."""
    shared: bool = False
    """At a shared computer: the device's cookie ends with the browser."""


@dataclass(frozen=True, slots=True)
class Arrive:
    """On to a page of this house (no code): `path` is one that we made."""

    path: str
    session: str | None = None
    device: str | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """Policy said no; the page explains it by the reference."""

    record: DecisionRecord
    client: Client
    back: AuthorizationAnswer | None = None


Answer = GoTo | SendBack | Arrive | NotAllowed
