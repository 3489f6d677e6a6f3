"""What every flow has at hand, and who is at the door."""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from config.settings import Settings
from idp.authn.factors.passkey import RelyingParty
from idp.flows.history import Pasts
from idp.flows.key_sets import KeySets
from idp.model import Department, Session, Subject
from idp.ports import Place, Ports
from policies.engine import Engine
from risk.zones import Zones


@dataclass(frozen=True, slots=True, eq=False)
class Idp:
    """The identity provider as flows see it: settings, the world, the rules. Made once by `idp.app`."""

    settings: Settings
    ports: Ports
    policies: Engine
    zones: Zones
    party: RelyingParty
    pasts: Pasts = field(default_factory=Pasts)
    key_sets: KeySets = field(default_factory=KeySets)

    @property
    def issuer(self) -> str:
        return self.settings.server.issuer

    def token(self) -> str:
        """256 random bits, URL-safe."""
        return base64url(self.ports.random(32))

    def id(self, prefix: str) -> str:
        """An identifier that names one thing for ever: 128 random bits behind a word."""
        return f"{prefix}_{base64url(self.ports.random(16))}"

    def reference(self) -> str:
        """A code that a person can read out, and that leads whoever may to what is behind it."""
        raw = base64url(self.ports.random(12)).replace("-", "").replace("_", "").upper()
        return f"{raw[:4]}-{raw[4:8]}"

    def department(self, department_id: str) -> Department | None:
        return self.ports.truth.configuration().departments.get(department_id)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of one browser: where it comes from and what it carries. Cookies are raw; stores see hashes.

    network: keyed digest of the /24 or /48. Nothing here is trusted but what the trusted proxy said of the address.
    """

    now: datetime
    address: str
    network: str
    place: Place
    zones: frozenset[str]
    browser: str | None
    system: str | None
    language: str
    binding: str
    session: str | None = None
    device: str | None = None

    @property
    def device_hash(self) -> str | None:
        return hash_of(self.device) if self.device else None


@dataclass(frozen=True, slots=True)
class SignedInAs:
    """A live session and whose it is."""

    session: Session
    subject: Subject


def hash_of(token: str) -> str:
    """SHA-256, hex. For random values of at least 128 bits only: there is nothing to guess behind it."""
    return sha256(token.encode()).hexdigest()


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
