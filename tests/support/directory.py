"""A department's directory in memory that counts: it locks an account after so many wrong binds, as real ones do.

Satisfies `idp.ports.Connector`. The contract of real directories is tested on slapd; here stands what they would count.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from idp.errors import Ambiguous, ProofRejected, Unavailable
from idp.model import Entry, Health, PasswordState
from idp.secret import Secret


@dataclass
class Directory:
    """`locks_after`: wrong binds in a row that lock an entry for good. `down`: nobody answers."""

    name: str
    locks_after: int | None = 10
    people: dict[str, tuple[Entry, str]] = field(default_factory=dict)
    binds: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    doubles: set[str] = field(default_factory=set)
    down: bool = False

    def add(self, uid: str, password: str, *aliases: str) -> Entry:
        entry = Entry(
            stable_id=f"{self.name}-{uid}",
            dn=f"uid={uid}",
            identifiers=(uid, f"{uid}@{self.name}.example", *aliases),
            display_name=uid.title(),
            display_name_zh=None,
            mail=f"{uid}@{self.name}.example",
            groups=(),
            disabled=False,
        )
        self.people[uid] = (entry, password)
        return entry

    def find(self, identifier: str) -> Entry | None:
        self._answer()
        if identifier in self.doubles:
            raise Ambiguous("two of them")
        matching = identifier.replace("\u034f", "").casefold()  # directories fold what is written alike
        return next((one for one, _ in self.people.values() if matching in one.identifiers), None)

    def verify_password(self, entry: Entry, password: Secret[str]) -> PasswordState:
        self._answer()
        self.binds[entry.stable_id] += 1
        right = any(one == entry and kept == password.reveal() for one, kept in self.people.values())
        if not right:
            self.wrong[entry.stable_id] += 1
        if not right or self.locked(entry):
            raise ProofRejected("wrong")
        self.wrong[entry.stable_id] = 0
        return PasswordState()

    def locked(self, entry: Entry) -> bool:
        return self.locks_after is not None and self.wrong[entry.stable_id] >= self.locks_after

    def read(self, stable_id: str) -> Entry | None:
        self._answer()
        return next((one for one, _ in self.people.values() if one.stable_id == stable_id), None)

    def entries(self) -> Iterator[Entry]:
        return (one for one, _ in self.people.values())

    def health(self) -> Health:
        return Health(not self.down, timedelta())

    def lockout_threshold(self) -> int | None:
        return self.locks_after

    def close(self) -> None:
        """Nothing is open."""

    def _answer(self) -> None:
        if self.down:
            raise Unavailable(self.name, "down")
