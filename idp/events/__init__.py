"""Every audit event as a frozen dataclass. Subject ids only: no name, mail, address or other personal value.

`why` and `what` are closed words of ours and stand in the leaf. `reason` is what a person typed and may hold names: it
is in no leaf, only its commitment is, and the reason is sealed beside the row (`idp.audit.reason`).

`name` is what the log is searched by. `durable` events are committed before their answer leaves; the others are
written by group commit within 5 ms. Fields are JSON values; `body()` is what becomes a leaf of the tree.
"""

from idp.events.access import (
    ApprovedAway,
    BackchannelAsked,
    CodeIssued,
    Consented,
    ConsentRefused,
    ConsentWithdrawn,
    GrantRevoked,
    LogoutDelivered,
    MailLost,
    RefusedAway,
    ReplayDetected,
    TokenRefused,
    TokenRevoked,
    TokensIssued,
)
from idp.events.administration import (
    AlertClosed,
    AlertRaised,
    ChangeAsked,
    ChangeDecided,
    ClientChanged,
    ClientTested,
    DepartmentChanged,
    HardwareTokenChanged,
    HardwareTokensImported,
    InitialTokenMade,
    KeyChanged,
    PersonAdded,
    PersonChanged,
    PersonDisabled,
    RegistryChanged,
    RoleChanged,
)
from idp.events.event import Event
from idp.events.sign_in import (
    DirectoryUnavailable,
    EnrolmentCodeMade,
    FactorBound,
    FactorRemoved,
    SessionEnded,
    SessionStolen,
    SignedIn,
    SignInFailed,
    SignInRefused,
    StepUpAsked,
    StrangersFailed,
)

__all__ = [
    "EVENTS",
    "AlertClosed",
    "AlertRaised",
    "ApprovedAway",
    "BackchannelAsked",
    "ChangeAsked",
    "ChangeDecided",
    "ClientChanged",
    "ClientTested",
    "CodeIssued",
    "ConsentRefused",
    "ConsentWithdrawn",
    "Consented",
    "DepartmentChanged",
    "DirectoryUnavailable",
    "EnrolmentCodeMade",
    "Event",
    "FactorBound",
    "FactorRemoved",
    "GrantRevoked",
    "HardwareTokenChanged",
    "HardwareTokensImported",
    "InitialTokenMade",
    "KeyChanged",
    "LogoutDelivered",
    "MailLost",
    "PersonAdded",
    "PersonChanged",
    "PersonDisabled",
    "RefusedAway",
    "RegistryChanged",
    "ReplayDetected",
    "RoleChanged",
    "SessionEnded",
    "SessionStolen",
    "SignInFailed",
    "SignInRefused",
    "SignedIn",
    "StepUpAsked",
    "StrangersFailed",
    "TokenRefused",
    "TokenRevoked",
    "TokensIssued",
]

EVENTS: dict[str, type[Event]] = {kind.name: kind for kind in Event.__subclasses__()}
"""Every event by name; documentation and the plain sentences of the console are checked against it."""
