"""What was read of another system, in our nouns, and all that stayed behind, each with its reason and what to do.

A source's own names for things end here. Spec: none.
Deliberately knows no format: readers (`adapters.keycloak`, `adapters.people_files`) make these.
"""

from dataclasses import dataclass, field
from datetime import datetime

from idp.model import Client, CodeAlgorithm
from idp.secret import Secret


@dataclass(frozen=True, slots=True)
class Left:
    """Something that does not come. place: where it stands at the source. fix: what a person can do about it."""

    place: str
    why: str
    fix: str


@dataclass(frozen=True, slots=True)
class MovedPassword:
    """A hash as `ForeignHash.text` writes it. must_change: the source wanted another one at the next sign-in."""

    stored: Secret[bytes]
    made_at: datetime | None = None
    must_change: bool = False


@dataclass(frozen=True, slots=True)
class MovedCodes:
    """An authenticator app. period: seconds."""

    seed: Secret[bytes]
    label: str
    algorithm: CodeAlgorithm
    digits: int
    period: int


@dataclass(frozen=True, slots=True)
class MovedPasskey:
    """A credential that was made at the relying party id that is ours too. Ids and keys are base64url."""

    credential_id: str
    public_key: str
    counter: int
    label: str
    aaguid: str | None
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MovedPerson:
    """stable_id: what the source never changes. keeps_id: the same id is what applications know as `sub`.

    groups: everything that gives something at the source; the department's mapping says what it gives here.
    """

    stable_id: str
    identifiers: tuple[str, ...]
    name: str
    mail: str | None
    disabled: bool = False
    keeps_id: bool = False
    title: str | None = None
    name_zh: str | None = None
    groups: tuple[str, ...] = ()
    claims: dict[str, object] = field(default_factory=dict, hash=False)
    password: MovedPassword | None = None
    codes: tuple[MovedCodes, ...] = ()
    passkeys: tuple[MovedPasskey, ...] = ()


@dataclass(frozen=True, slots=True)
class MovedClient:
    """A registration without its department. secret None: it has none, or a new one must be made here."""

    client: Client
    secret: Secret[str] | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """All of it. source: what it is called, for the log. given: every group and role that people have there."""

    source: str
    people: tuple[MovedPerson, ...] = ()
    clients: tuple[MovedClient, ...] = ()
    left: tuple[Left, ...] = ()
