"""`make populate`: a whole government in the demonstration's store, to see it at its real size.

A tree of ministries, their offices in provinces and cities, and their people, who are kept here. They come through the
product's own flows and stores, each with an event in the log; nobody of them has a password, so nobody can sign in
before the help desk has helped. What is there already is left alone: it goes on where it stopped, and grows when asked
for more. The same number is the same people
every time.
"""

import time
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from zlib import crc32

from adapters.connectors.department_file import load_department
from config.load import load
from demo.names import GIVEN, MINISTRIES, PROVINCES, SURNAMES, TITLES
from idp.app import build
from idp.events import PersonAdded
from idp.flows.admin import departments
from idp.flows.admin.scope import OPERATOR
from idp.flows.context import Idp
from idp.model import Department, Level, Post, Subject, Text
from idp.ports import Joiner

PIECE = 500
PEOPLE, DEPARTMENTS = 100_000, 500
REASON = "populated for a trial of its size"


def main(state_dir: Path, people: int = PEOPLE, many: int = DEPARTMENTS) -> int:
    """Grow to so many people over so many departments. Returns the exit status."""
    began = time.monotonic()
    settings = state_dir / "gerege.toml"
    if not settings.exists():
        print("There is nothing to populate yet: start it once with `make run`.")
        return 1
    idp = build(load(settings))
    try:
        for path in sorted((state_dir / "departments").glob("*.toml")):
            departments.put(idp, OPERATOR, [load_department(path).department], REASON)
        tree = tuple(islice(offices(), many))
        departments.put(idp, OPERATOR, tree, REASON)
        added = _fill(idp, tree, people, began)
    finally:
        idp.ports.close()
    spent = time.monotonic() - began
    print(f"{added:,} people joined; {people:,} stand in {len(tree)} departments. {spent:.0f} s.")
    return 0


def offices() -> Iterator[Department]:
    """Without end: each ministry, then its offices in each province, then in ever more cities."""
    yield from (_office(None, "country", (name, *words)) for name, *words in MINISTRIES)
    for city in range(1_000_000):
        for name, *words in MINISTRIES:
            for place, *where in PROVINCES:
                level: Level = "city" if city else "province"
                parent = f"{name}-{place}" if city else name
                own = f"{name}-{place}-{city}" if city else f"{name}-{place}"
                en = f"{words[0]}, {where[0]}" + (f", Office {city}" if city else "")
                zh = f"{where[1]}{words[1]}" + (f"第{city}办事处" if city else "")
                yield _office(parent, level, (own, en, zh))


def _office(parent: str | None, level: Level, named: tuple[str, ...]) -> Department:
    own, en, zh = named
    return Department(own, parent, level, Text(en, zh), "local", domains=(f"{own}.populated.example",))


def _fill(idp: Idp, tree: tuple[Department, ...], people: int, began: float) -> int:
    """Each office gets its share; who is there stays."""
    added = 0
    for place, office in enumerate(tree):
        share = people // len(tree) + (place < people % len(tree))
        _, there = idp.ports.truth.people.search("", branch=[office.id], offset=0, limit=1)
        for first in range(there, share, PIECE):
            _join(idp, office, range(first, min(share, first + PIECE)))
        added += max(0, share - there)
        if added and place % 25 == 0:
            print(f"  {office.name.en}: {added:,} joined, {added / (time.monotonic() - began):,.0f} a second")
    return added


def _join(idp: Idp, office: Department, numbers: range) -> None:
    now, joiners = idp.ports.now(), list[Joiner]()
    for number in numbers:
        who, title = _person(idp, office, number, now), TITLES[number % len(TITLES)]
        post = Post(idp.id("post"), who.id, office.id, "regular", title, now, is_default=True)
        joiners.append((who, post, None, ()))
    with idp.ports.truth.begin() as tx:
        tx.links.join(joiners)
        for who, *_ in joiners:
            tx.record(PersonAdded(subject_id=who.id, department_id=office.id, by=OPERATOR.subject_id))


def _person(idp: Idp, office: Department, number: int, now: datetime) -> Subject:
    chance = crc32(f"{office.id}/{number}".encode())
    (family, family_zh), chance = SURNAMES[chance % len(SURNAMES)], chance // len(SURNAMES)
    (given, given_zh), chance = GIVEN[chance % len(GIVEN)], chance // len(GIVEN)
    login = f"{given}.{family}{number}".lower()
    mail = f"{login}@{office.domains[0]}"
    return Subject(
        id=idp.id("sub"),
        department_id=office.id,
        display_name=Text(f"{given} {family}", f"{family_zh}{given_zh}"),
        mail=mail,
        identifiers=(mail, login),
        clearance=(1, 1, 1, 2, 2, 3)[chance % 6],
        created_at=now,
    )
