"""Those who are signed in are read again at their directories, so that who was disabled there is out within a minute.

A directory that says *disabled* is obeyed at once. Mere absence is obeyed only while few are missing: a directory whose
people are suddenly gone has been moved, emptied or mapped wrongly, and then nobody loses anything before an
administrator has looked. What cannot be read is skipped, that department alone; unreadable is never absent.
Deliberately reads nobody who holds nothing: a sign-in reads its own person.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from idp.errors import Ambiguous, ProofRejected, Unavailable
from idp.events import AlertRaised
from idp.flows import people
from idp.flows.context import Idp
from idp.model import Alert, Department, Entry, Link, Subject
from idp.ports import Connector

log = logging.getLogger("gerege.watch")
EVERY = {"production": timedelta(seconds=30), "demonstration": timedelta(seconds=5)}
SINGLY = 200
"""With more people than this one sweep of the directory is cheaper than one question for each."""
FEW, SHARE = 5, 0.2
TOUCH = timedelta(minutes=10)
"""An unchanged entry is written down again after this, so that the grace of a directory outage counts from then."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What one round came to."""

    read: int = 0
    changed: int = 0
    disabled: int = 0
    absent: int = 0
    held_back: int = 0
    away: tuple[str, ...] = ()

    def plus(self, other: "Counts") -> "Counts":
        return Counts(
            self.read + other.read,
            self.changed + other.changed,
            self.disabled + other.disabled,
            self.absent + other.absent,
            self.held_back + other.held_back,
            self.away + other.away,
        )


@dataclass(slots=True)
class Watcher:
    """Remembers what each directory said last, so that a round in which nothing changed writes nothing."""

    idp: Idp
    _said: dict[str, tuple[Entry, Mapping[str, object], datetime]] = field(default_factory=dict)

    def round(self) -> Counts:
        """Read everybody who holds a session or a refresh family, department by department."""
        now, counts = self.idp.ports.now(), Counts()
        live: set[str] = set()
        for department in self.idp.ports.truth.configuration().departments.values():
            if department.connector not in (None, "local"):
                counts = counts.plus(self._department(department, now, live))
        self._said = {subject_id: said for subject_id, said in self._said.items() if subject_id in live}
        return counts

    def _department(self, department: Department, now: datetime, live: set[str]) -> Counts:
        truth = self.idp.ports.truth
        held = list(truth.sessions.live_subjects(department.id, now))
        live.update(held)
        links = {link.stable_id: link for link in map(truth.people.link_of, held) if link is not None}
        if not links:
            return Counts()
        try:
            connector = self.idp.ports.directories.of(department)
            entries = _read(connector, links) if connector is not None else {}
        except Unavailable as away:
            log.warning("%s is not read: %s", department.id, away.detail)
            return Counts(away=(department.id,))
        if connector is None:
            return Counts()
        counts = Counts(read=len(links))
        for stable_id, entry in entries.items():
            counts = counts.plus(self._present(department, links[stable_id], entry, now))
        missing = [link for stable_id, link in links.items() if stable_id not in entries]
        return counts.plus(self._absent(department, missing, len(links), now))

    def _present(self, department: Department, link: Link, entry: Entry, now: datetime) -> Counts:
        """Roles, names and clearance as the directory has them now; a disabled person is ended."""
        before = self._said.get(link.subject_id)
        unchanged = before is not None and before[0] == entry and before[1] == department.mapping
        if unchanged and before is not None and now - before[2] < TOUCH and not entry.disabled:
            return Counts()
        try:
            people.take_over(self.idp, department, entry, now)
        except ProofRejected:
            self._said.pop(link.subject_id, None)
            return Counts(disabled=1)
        self._said[link.subject_id] = (entry, department.mapping, now)
        return Counts(changed=0 if unchanged or before is None else 1)

    def _absent(self, department: Department, missing: list[Link], read: int, now: datetime) -> Counts:
        if len(missing) > max(FEW, SHARE * read):
            self._held_back(department, len(missing), read, now)
            return Counts(held_back=len(missing))
        gone = [
            subject for subject in (self.idp.ports.truth.people.get(link.subject_id) for link in missing) if subject
        ]
        for subject in gone:
            self._end(subject, now)
        return Counts(absent=len(gone))

    def _end(self, subject: Subject, now: datetime) -> None:
        with self.idp.ports.truth.begin() as tx:
            people.disable(self.idp, tx, subject, now, by="directory", why="no longer in the directory")

    def _held_back(self, department: Department, missing: int, read: int, now: datetime) -> None:
        """One alert while it lasts; nobody is ended."""
        kind = "mass-change"
        params = {
            "department_en": department.name.en,
            "department_zh": department.name.zh,
            "department": department.id,
            "missing": str(missing),
            "read": str(read),
        }
        open_ones = self.idp.ports.truth.desk.alerts()
        if any(one.kind == kind and one.params.get("department") == department.id for one in open_ones):
            return
        with self.idp.ports.truth.begin() as tx:
            tx.desk.raise_alert(Alert(self.idp.id("alert"), kind, now, f"alert.{kind}", params))
            tx.record(AlertRaised(kind=kind))


def every(idp: Idp) -> timedelta:
    """How often a round is due: two rounds fit into the minute that is promised."""
    return EVERY[idp.settings.mode]


def _read(connector: Connector, links: Mapping[str, Link]) -> dict[str, Entry]:
    """The entries that are there, by stable id. Raises Unavailable when not everybody could be asked about."""
    if len(links) > SINGLY:
        return {entry.stable_id: entry for entry in connector.entries() if entry.stable_id in links}
    found: dict[str, Entry] = {}
    for stable_id in links:
        try:
            entry = connector.read(stable_id)
        except Ambiguous as twice:
            raise Unavailable("directory", f"two entries have the id {stable_id}") from twice
        if entry is not None:
            found[stable_id] = replace(entry, stable_id=stable_id)
    return found
