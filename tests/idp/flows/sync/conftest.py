"""A house and a directory in memory that can tell what is new in it, be cut off in the middle, and lose its marks."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from idp.errors import Unavailable
from idp.flows.sync import rounds
from idp.model import Department, Entry, Subject, SyncRun
from idp.ports import Mark
from tests.support.directory import Directory
from tests.support.house import House, house_in


@dataclass
class Crowd(Directory):
    """`cut_after`: so many entries are told, then it goes away. `written`: whoever a delta tells."""

    cut_after: int | None = None
    written: list[str] = field(default_factory=list)
    groups_at: int = 0
    asked: list[str] = field(default_factory=list)

    def many(self, count: int, *groups: str) -> None:
        for number in range(count):
            self.join(f"p{number}", *groups)

    def join(self, uid: str, *groups: str) -> None:
        self.people[uid] = (replace(self.add(uid, ""), groups=groups), "")
        self.written.append(uid)

    def says(self, uid: str, **what: object) -> None:
        self.people[uid] = (replace(self.people[uid][0], **what), "")  # type: ignore[arg-type]
        self.written.append(uid)

    def entries(self) -> Iterator[Entry]:
        self._answer()
        self.asked.append("entries")
        for number, (entry, _) in enumerate(list(self.people.values())):
            if number == self.cut_after:
                raise Unavailable(self.name, "cut off")
            yield entry

    def mark(self) -> Mark:
        self._answer()
        return Mark(str(len(self.written)), str(self.groups_at))

    def changed(self, since: str) -> Iterator[Entry] | None:
        self.asked.append("changed")
        written = self.written[int(since) :]
        return iter([self.people[uid][0] for uid in dict.fromkeys(written) if uid in self.people])

    def present(self) -> Iterator[str]:
        self.asked.append("present")
        return iter([entry.stable_id for entry, _ in self.people.values() if not entry.disabled])


@dataclass
class Bureau:
    """One department of the house and its directory."""

    house: House
    crowd: Crowd

    def department(self) -> Department:
        return self.house.idp.ports.truth.configuration().departments["mof"]

    def put(self, groups: dict[str, list[str]] | None = None, **sync: int) -> Department:
        found = replace(self.department(), mapping={"groups": groups or {}}, settings={"sync": sync})
        with self.house.idp.ports.truth.begin() as tx:
            tx.registry.put_department(found)
        return found

    def sync(self, holder: str = "one", *, full: bool = False) -> SyncRun:
        self.house.clock.move(minutes=5)
        return rounds.run(self.house.idp, self.department(), holder, full=full)

    def history(self) -> list[SyncRun]:
        return list(self.house.idp.ports.truth.runs.of("mof"))

    def live(self) -> int:
        return self.house.idp.ports.truth.links.count("mof")

    def person(self, uid: str) -> Subject:
        found = self.house.idp.ports.truth.people.by_link("mof", f"mof-{uid}")
        assert found is not None
        return found


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[Bureau]:
    crowd = Crowd("mof")
    with house_in(tmp_path, {"mof": crowd}) as house:
        yield Bureau(house, crowd)
