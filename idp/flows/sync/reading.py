"""The two ways of reading a directory: everybody, and what is new. Both say who would lose something.

What is new is believed only where the mark is this server's, the table is the one it was read by, and no group has
moved; else everybody is read. Whoever is not there any more shows in the ids alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from idp.errors import Unavailable
from idp.flows.sync import marks
from idp.flows.sync.guard import LEFT
from idp.flows.sync.marks import Fold, Marked
from idp.flows.sync.pieces import SIZE
from idp.flows.sync.terms import changes_of
from idp.flows.sync.under_way import Round, batches
from idp.model import Entry, Losing
from idp.ports import Changes, Links

EVERYBODY = 10_000_000
NOBODY = "people_filter: the directory shows nobody at all; see what it may read"
SINGLY = 200
"""More who are missing, or new without having been written, are not looked up one by one: everybody is read."""


def read(this: Round) -> Marked | None:
    """Take over what is there; `losing` says who would lose what. The mark for the next round, where there can be one.

    Raises Unavailable: not all could be read.
    """
    able = changes_of(this.connector)
    by, mark = marks.by(this.idp, this.department), able.mark() if able else None
    old = marks.read(this.before.mark) if this.before else None
    if able and mark and old and this.run.kind == "delta" and (old.by, old.groups) == (by, mark.groups):
        present = _delta(this, able, old)
        if present is not None:
            return Marked(mark.since, mark.groups, present, by)
    this.begin_again()
    present = _full(this)
    return Marked(mark.since, mark.groups, present, by) if mark else None


def everybody(links: Links, department_id: str, now: datetime) -> Sequence[str]:
    """All subjects of a directory who are not disabled, whenever they were read."""
    return links.unread(department_id, now + timedelta(days=1), EVERYBODY)


def _full(this: Round) -> str:
    """Everybody. The fold of who is there."""
    links, began, fold = this.idp.ports.truth.links, this.run.started_at, Fold()

    def seen(entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in entries:
            if not entry.disabled:
                fold.add(entry.stable_id)
            yield entry

    this.take(seen(this.connector.entries()))
    if not this.counts["read"] and links.count(this.department.id):
        raise Unavailable(this.department.id, NOBODY)
    this.losing += [Losing(one, LEFT) for one in links.unread(this.department.id, began, EVERYBODY)]
    return fold.text()


def _delta(this: Round, able: Changes, old: Marked) -> str | None:
    """What is new. The fold of who is there; None: everybody has to be read."""
    changed = able.changed(old.since)
    if changed is None:
        return None
    touched: set[str] = set()
    this.take(_noting(this, changed, touched))
    fold = _there(this, able)
    missing = frozenset(one.subject_id for one in this.asked if one.what == LEFT)
    if fold.text() != old.present:
        looked = _looked(this, able, missing)
        if looked is None:
            return None
        missing = looked
    this.losing += [
        one for one in this.asked if (one.subject_id in missing if one.what == LEFT else one.subject_id not in touched)
    ]
    return fold.text()


def _there(this: Round, able: Changes) -> Fold:
    fold = Fold()
    for piece in batches(able.present(), SIZE):
        for one in piece:
            fold.add(one)
        this.beat()
    return fold


def _noting(this: Round, changed: Iterable[Entry], touched: set[str]) -> Iterator[Entry]:
    """The same entries; whose they are is noted where a question about them is open."""
    for piece in batches(changed, SIZE):
        if this.asked:
            known = this.idp.ports.truth.links.known(this.department.id, [entry.stable_id for entry in piece])
            touched.update(one.subject_id for one in known.values())
        yield from piece


def _looked(this: Round, able: Changes, asked: frozenset[str]) -> frozenset[str] | None:
    """Who of those that were asked about is still missing; all others who are missing, or there unexpectedly, are read.

    None: they are too many for that.
    """
    links, people, connector = this.idp.ports.truth.links, this.idp.ports.truth.people, this.connector
    expected = set(everybody(links, this.department.id, this.idp.ports.now()))
    unexpected: list[str] = []
    for piece in batches(able.present(), SIZE):
        known = links.known(this.department.id, piece)
        expected.difference_update(one.subject_id for one in known.values())
        unexpected += [one for one in piece if one not in known or known[one].disabled]
        if len(unexpected) > SINGLY:
            return None
        this.beat()
    if len(expected - asked) > SINGLY:
        return None
    there = [entry for one in unexpected if (entry := connector.read(one)) is not None]
    for subject_id in expected - asked:
        link = people.link_of(subject_id)
        entry = connector.read(link.stable_id) if link else None
        if entry is not None:
            there.append(entry)
        elif link is not None:
            this.losing.append(Losing(subject_id, LEFT))
    this.take({entry.stable_id: entry for entry in there}.values())
    return frozenset(expected & asked)
