"""Those who are signed in are read again at their directories, so that who was disabled there is out within a minute.

A few are read one by one; of many it is asked who is there and whose entry was written, which costs a second where
reading all costs many. A directory that says *disabled* is obeyed at once. Mere absence, and the loss of a role by
many, obey the guard of whole rounds (`sync.guard`), and what it holds waits for the same decision. What cannot be read
is skipped, that department alone; unreadable is never absent.
Deliberately reads nobody who holds nothing: a sign-in reads its own person.
"""

import logging
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from idp.errors import Ambiguous, Unavailable
from idp.flows import people
from idp.flows.context import Idp
from idp.flows.sync import answers, guard, pieces
from idp.flows.sync.guard import LEFT, ROLE
from idp.flows.sync.rounds import standing
from idp.flows.sync.settling import GONE
from idp.flows.sync.side_by_side import SideBySide
from idp.flows.sync.terms import changes_of, terms_of
from idp.model import Department, Entry, Link, Linked, Losing
from idp.ports import Changes, Connector, Mark

log = logging.getLogger("gerege.watch")
EVERY = {"production": timedelta(seconds=30), "demonstration": timedelta(seconds=5)}
AT_ONCE = 16
"""Directories read at the same time. Idle most of the time: a thread that waits for a slow one costs nobody else."""
SINGLY = 200
"""With more people than this one sweep of the directory is cheaper than one question for each."""
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
    """Remembers where each crowded directory stood; what its people said last stands with their links."""

    idp: Idp
    _marks: dict[str, Mark] = field(default_factory=dict)
    _readings: SideBySide[Counts] = field(default_factory=lambda: SideBySide("watch", AT_ONCE))

    def round(self) -> Counts:
        """Read everybody who holds a session or a refresh family, departments side by side.

        Whose directory takes longer than half the time to the next round is left to go on, and counts as away: the
        next round reads all others, and that one again when it has ended.
        """
        now, kept = self.idp.ports.now(), self.idp.ports.truth.configuration().departments.values()
        asked = [one for one in kept if one.connector not in (None, "local")]
        begun = {one.id: self._readings.begin(one.id, partial(self._department, one, now)) for one in asked}
        wait([one for one in begun.values() if one], every(self.idp).total_seconds() / 2)
        counts = Counts()
        for name, reading in begun.items():
            counts = counts.plus(_came(name, reading))
        return counts

    def _department(self, department: Department, now: datetime) -> Counts:
        truth = self.idp.ports.truth
        held = truth.sessions.live_subjects(department.id, now)
        links = {link.stable_id: link for link in map(truth.people.link_of, held) if link is not None}
        if not links:
            self._marks.pop(department.id, None)
            return Counts()
        try:
            connector = self.idp.ports.directories.of(department)
            if connector is None:
                return Counts()
            found = self._read(department, connector, links)
        except Unavailable as away:
            log.warning("%s is not read: %s", department.id, away.detail)
            answers.note(self.idp, department.id, now, self.idp.ports.now() - now, away.detail)
            return Counts(away=(department.id,))
        answers.note(self.idp, department.id, now, self.idp.ports.now() - now)
        return Counts(read=len(links)).plus(self._take(department, links, found, now))

    def _read(self, department: Department, connector: Connector, links: Mapping[str, Link]) -> "Found":
        """Raises Unavailable when not everybody could be asked about."""
        able = changes_of(connector)
        if len(links) <= SINGLY or able is None:
            self._marks.pop(department.id, None)
            return _everyone(connector, links)
        before, mark = self._marks.pop(department.id, None), able.mark()
        found = None
        if before is not None and before.groups == mark.groups:
            found = _news(connector, able, links, before)
        found = found or _swept(connector, links)
        self._marks[department.id] = mark
        return found

    def _take(self, department: Department, links: Mapping[str, Link], found: "Found", now: datetime) -> Counts:
        """Roles, names and clearance as the directory has them now; who is disabled is ended; few may lose more."""
        known = self.idp.ports.truth.links.known(department.id, list(found.entries))
        changed, old, losing = {}, [], []
        for stable_id, linked in known.items():
            entry = found.entries[stable_id]
            if entry.disabled or linked.disabled or linked.said != people.said(self.idp, department, entry):
                changed[stable_id] = (entry, linked)
                losing += self._roles_lost(department, entry, linked, now)
            elif now - linked.read_at >= TOUCH:
                old.append(linked.subject_id)
        unsaid = [link for stable_id, link in links.items() if stable_id in found.same]
        old += [link.subject_id for link in unsaid if now - link.read_at >= TOUCH]
        missing = [link for link in links.values() if link.stable_id not in found.entries and link not in unsaid]
        losing += [Losing(link.subject_id, LEFT) for link in missing]
        held = self._held(department, losing, len(links), now)
        counts = Counts(held_back=len({one.subject_id for one in held}))
        stays = {one.subject_id for one in held}
        if old:
            with self.idp.ports.truth.begin() as tx:
                tx.links.confirm(old, now)
        for entry, linked in changed.values():
            if linked.subject_id not in stays:
                counts = counts.plus(self._renew(department, entry, linked, now))
        gone = [link.subject_id for link in missing if link.subject_id not in stays]
        for subject_id in gone:
            self._end(subject_id, now)
        return counts.plus(Counts(absent=len(gone)))

    def _roles_lost(self, department: Department, entry: Entry, linked: Linked, now: datetime) -> list[Losing]:
        if entry.disabled:
            return []
        lost = people.roles_lost(self.idp.ports.truth.people, department, entry, linked.subject_id, now)
        return [Losing(linked.subject_id, ROLE + role) for role in lost]

    def _held(self, department: Department, losing: list[Losing], read: int, now: datetime) -> list[Losing]:
        """Whom the guard keeps, of those who are read: one alert while nobody was asked about them yet."""
        terms = terms_of(self.idp.settings, department)
        held = guard.too_many(terms, losing, {one.what: read for one in losing})
        if not held:
            return []
        asked = standing(self.idp, department.id)
        if asked is None or not set(held) <= set(asked.held):
            with self.idp.ports.truth.begin() as tx:
                guard.tell(self.idp, tx, department, len(held), read, now)
        return held

    def _renew(self, department: Department, entry: Entry, linked: Linked, now: datetime) -> Counts:
        with self.idp.ports.truth.begin() as tx:
            came = pieces.renewed(self.idp, tx, department, entry, linked.subject_id, now)
        return Counts(disabled=int(entry.disabled), changed=0 if entry.disabled else came["changed"])

    def _end(self, subject_id: str, now: datetime) -> None:
        subject = self.idp.ports.truth.people.get(subject_id)
        if subject is not None:
            with self.idp.ports.truth.begin() as tx:
                people.disable(self.idp, tx, subject, now, by="directory", why=GONE)


@dataclass(frozen=True, slots=True)
class Found:
    """entries: those that were read, by stable id. same: who is there and was not written since."""

    entries: Mapping[str, Entry]
    same: frozenset[str] = frozenset()


def _came(name: str, reading: Future[Counts] | None) -> Counts:
    if reading is None or not reading.done():
        return Counts(away=(name,))
    if broken := reading.exception():
        log.error("the reading of %s broke off", name, exc_info=broken)
        return Counts(away=(name,))
    return reading.result()


def every(idp: Idp) -> timedelta:
    """How often a round is due: two rounds fit into the minute that is promised."""
    return EVERY[idp.settings.mode]


def _news(connector: Connector, able: Changes, links: Mapping[str, Link], since: Mark) -> Found | None:
    """Only what was written, and whoever is not there (any more, or is disabled now). None: not to be told so."""
    written = able.changed(since.since)
    if written is None:
        return None
    entries = {entry.stable_id: entry for entry in written if entry.stable_id in links}
    there = frozenset(stable_id for stable_id in able.present() if stable_id in links)
    lacking = links.keys() - there - entries.keys()
    if len(lacking) > SINGLY:
        return None
    return Found(entries | _one_by_one(connector, lacking), there - entries.keys())


def _swept(connector: Connector, links: Mapping[str, Link]) -> Found:
    return Found({entry.stable_id: entry for entry in connector.entries() if entry.stable_id in links})


def _everyone(connector: Connector, links: Mapping[str, Link]) -> Found:
    return _swept(connector, links) if len(links) > SINGLY else Found(_one_by_one(connector, links.keys()))


def _one_by_one(connector: Connector, stable_ids: Iterable[str]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for stable_id in stable_ids:
        try:
            entry = connector.read(stable_id)
        except Ambiguous as twice:
            raise Unavailable("directory", f"two entries have the id {stable_id}") from twice
        if entry is not None:
            found[stable_id] = replace(entry, stable_id=stable_id)
    return found
