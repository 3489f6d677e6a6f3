"""What a grant type fills in. The phases themselves are in `idp.flows.token`; none of them can be skipped from here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.errors import InvalidGrant
from idp.flows.context import Idp
from idp.flows.origin import Origin
from idp.flows.presented import Presented
from idp.model import Client, Configuration, RefreshFamily
from idp.oidc.authorization_request import Asked
from idp.ports import Tx
from policies.question import Phase


class Rejected(InvalidGrant):
    """What was presented is not good. `grant_id`: the grant that it belongs to, when that is known."""

    def __init__(self, description: str, detail: str, grant_id: str | None = None) -> None:
        super().__init__(description, detail)
        self.grant_id = grant_id


class Replayed(Rejected):
    """It was spent before: whoever has it now may have stolen it, or been robbed. `what`: code or refresh token."""

    def __init__(self, what: str, grant_id: str) -> None:
        super().__init__("the grant is not valid", f"{what} came a second time", grant_id)
        self.what = what


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the token endpoint by an authenticated client. `jkt`: the key that its DPoP proof showed."""

    client: Client
    asked: Asked
    configuration: Configuration
    now: datetime
    presented: Presented
    jkt: str | None = None


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The application acts for the person, by an agreement. `act`: it, and within it who acted before.

    Spec: RFC 8693 §4.1.
    """

    act: dict[str, object]
    agreement: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What the call is entitled to ask policy for. `origin` is None for a machine."""

    origin: Origin | None
    scopes: tuple[str, ...]
    audience: str
    phase: Phase
    nonce: str | None = None
    family: RefreshFamily | None = None
    ends: datetime | None = None
    """What was presented ends then, and so does what follows from it."""
    exchanged: Exchanged | None = None


@dataclass(frozen=True, slots=True)
class Renewal:
    """The refresh token of the answer, and what must be written for it in the transaction of the answer's event."""

    refresh_token: str | None = None
    write: Callable[[Tx], None] | None = None


@dataclass(frozen=True, slots=True)
class GrantType:
    """redeem: what was presented, proved and spent. renew: the refresh token that follows, minted but not written.

    renew may be given what redeem spent; its `write` raises Replayed when another call was quicker.
    """

    redeem: Callable[[Idp, Call], Claim]
    renew: Callable[[Idp, Call, Claim], Renewal]
