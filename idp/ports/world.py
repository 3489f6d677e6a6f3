"""Where people are kept, where they are, and how we reach out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from idp.model import Department, Entry, Health, PasswordState, SigningKey
from idp.secret import Secret


class Connector(Protocol):
    """One department's directory. Unreadable is Unavailable: never absent and never a yes."""

    def find(self, identifier: str) -> Entry | None:
        """None: the directory answered that nobody has it. Raises Ambiguous on more than one hit, Unavailable."""
        ...

    def verify_password(self, entry: Entry, password: Secret[str]) -> PasswordState:
        """Raises ProofRejected (detail for the log) or Unavailable."""
        ...

    def read(self, stable_id: str) -> Entry | None:
        """None: really absent."""
        ...

    def entries(self) -> Iterator[Entry]: ...
    def health(self) -> Health: ...
    def lockout_threshold(self) -> int | None:
        """Wrong binds after which the directory itself locks; None when it cannot be read."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a directory stands now. since: where the next delta begins, in its connector's words.
    groups: a digest that moves when any of its groups does."""

    since: str
    groups: str


class Changes(Protocol):
    """An ability that not every connector has: what is new in a directory, without reading everybody.

    Deletions and edits of groups show in no person's entry: the first by `present`, the second by `Mark.groups`.
    """

    def mark(self) -> Mark:
        """Taken before a round. Raises Unavailable."""
        ...

    def changed(self, since: str) -> Iterator[Entry] | None:
        """Whoever was written since that mark, and perhaps some more. None: it is not this server's: read everybody.

        Raises Unavailable, at any point.
        """
        ...

    def present(self) -> Iterator[str]:
        """The stable ids of everybody who is there and not disabled, and nothing else of them. Raises Unavailable."""
        ...


class PasswordChanges(Protocol):
    """An ability that not every connector has: people set a new password in their directory, by the old one."""

    def changes_passwords(self) -> bool:
        """Whether the department lets us."""
        ...

    def change_password(self, entry: Entry, old: Secret[str], new: Secret[str]) -> None:
        """Raises ProofRejected (the old one), Invalid (the directory refuses the new one), Unavailable."""
        ...


class Directories(Protocol):
    def of(self, department: Department) -> Connector | None:
        """None: the department keeps its people here."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """`operator`: who runs the network, by number and name, such as `AS15169 GOOGLE`."""

    country: str | None
    asn: int | None
    city: str | None
    operator: str | None = None


class Places(Protocol):
    def place(self, address: str) -> Place:
        """Never raises: what is not known is None."""
        ...


class Passwords(Protocol):
    """Argon2id with a bounded pool. Raises Unavailable (with 503 + Retry-After) when the queue is full."""

    def hash(self, password: Secret[str]) -> Secret[bytes]: ...
    def verify(self, stored: Secret[bytes] | None, password: Secret[str]) -> bool:
        """None hashes a dummy, so that an unknown person costs the same."""
        ...

    def is_old(self, stored: Secret[bytes]) -> bool: ...
    def known_as(self, password: Secret[str]) -> Literal["breached", "blocked"] | None:
        """Whether others know it: it is in the breaches, or in the operator's own list."""
        ...

    def begin(self) -> float:
        """When a try begins, as `even` wants it back. Not a time of day."""
        ...

    def even(self, whose: str, begun: float, *, measured: bool) -> None:
        """Wait until a failure of that department is due, so that its time tells nothing; a second at most.

        Args:
            measured: everything was done that a wrong password costs, so that this one teaches the pace.
        """
        ...


class Sealer(Protocol):
    """Keyed digests and sealing for what flows keep outside their stores."""

    def digest(self, purpose: str, value: str) -> str:
        """Keyed HMAC, hex: equal values of one purpose are equal, nothing else can be learnt."""
        ...

    def seal(self, purpose: str, plaintext: bytes) -> str: ...
    def open(self, purpose: str, sealed: str) -> bytes:
        """Raises Invalid when it was changed or is not ours."""
        ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer to GET.

    content_type: the media type alone, in lower case; "" when none was said.
    max_age: how long it may be kept by `Cache-Control`; zero for no-store and no-cache, None when nothing is said.
    """

    status: int
    body: bytes
    content_type: str
    max_age: timedelta | None


class Outgoing(Protocol):
    """Every call we make goes through one filter. Redirects are answers like others: none is followed."""

    def post_form(self, url: str, form: dict[str, str]) -> int:
        """HTTP status. Raises Unavailable: refused by the filter, no answer, too slow."""
        ...

    def get(self, url: str, *, accept: str, most: int) -> Fetched:
        """The whole answer, whatever its status. `most`: octets of its body.

        Raises Unavailable: refused by the filter, no answer, too slow, longer than `most`, compressed, or cut short.
        """
        ...


class Mail(Protocol):
    """Letters to people. Slow: nobody's answer waits for it, the outbox sends."""

    def send(self, to: str, subject: str, text: str, html: str | None = None) -> None:
        """Hand one letter over; `to` is one bare address.

        Raises: Invalid (no such letter can be: a line break in a header, two addresses), Undeliverable (never will be:
        the server refused it for good, or there is none), Unavailable (try again).
        """
        ...


class KeyMaker(Protocol):
    """Where the private halves of our signing keys are made, and kept if they never leave it."""

    @property
    def algs(self) -> tuple[str, ...]:
        """The algorithms that it makes keys for."""
        ...

    def make(self, alg: str, now: datetime, active_from: datetime) -> SigningKey:
        """A new key of one algorithm. Raises Unavailable: its token cannot be reached, or does not do it."""
        ...

    def sign(self, key: SigningKey, signed: bytes) -> bytes:
        """The raw signature of a key that is kept outside (`pkcs11:`). Raises Unavailable."""
        ...
