"""Links in bulk, rounds of reading directories and how each answered, in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adapters.memory.people import MemoryPeople, in_force
from adapters.memory.tables import Tables, add, known
from idp.model import DirectoryReading, Link, Linked, SyncRun
from idp.ports import Joiner


class MemoryLinks:
    """`idp.ports.Links`."""

    def __init__(self, tables: Callable[[], Tables]) -> None:
        self._tables = tables

    def known(self, department_id: str, stable_ids: Sequence[str]) -> Mapping[str, Linked]:
        tables, wanted = self._tables(), set(stable_ids)
        return {
            one.stable_id: Linked(one.subject_id, one.read_at, one.said, tables.people[one.subject_id].disabled)
            for one in tables.links.values()
            if one.department_id == department_id and one.stable_id in wanted
        }

    def unread(self, department_id: str, before: datetime, limit: int) -> Sequence[str]:
        old = [(one.read_at, one.subject_id) for one in self._live(department_id) if one.read_at < before]
        return [subject_id for _, subject_id in sorted(old)[:limit]]

    def count(self, department_id: str) -> int:
        return len(self._live(department_id))

    def holders(self, department_id: str, role: str, at: datetime) -> int:
        tables, live = self._tables(), {one.subject_id for one in self._live(department_id)}
        return len(
            {
                tables.posts[one.post_id].subject_id
                for one in tables.role_grants.values()
                if one.role == role and one.source == "directory" and in_force(one.starts_at, one.ends_at, at)
            }
            & live
        )

    def read_at(self, subject_ids: Sequence[str]) -> Mapping[str, datetime]:
        links = self._tables().links
        return {one: links[one].read_at for one in subject_ids if one in links}

    def join(self, joiners: Sequence[Joiner]) -> None:
        people = MemoryPeople(self._tables)
        for subject, post, link, grants in joiners:
            people.add(subject, post, link)
            for grant in grants:
                people.grant_role(grant)

    def confirm(self, subject_ids: Sequence[str], at: datetime) -> None:
        links = self._tables().links
        for one in subject_ids:
            if one in links:
                links[one] = replace(links[one], read_at=at)

    def _live(self, department_id: str) -> list[Link]:
        tables = self._tables()
        mine = [one for one in tables.links.values() if one.department_id == department_id]
        return [one for one in mine if not tables.people[one.subject_id].disabled]


class MemorySyncRuns:
    """`idp.ports.SyncRuns`."""

    def __init__(self, tables: Callable[[], Tables]) -> None:
        self._tables = tables

    def get(self, run_id: str) -> SyncRun | None:
        return self._tables().runs.get(run_id)

    def of(self, department_id: str, limit: int = 50) -> Sequence[SyncRun]:
        mine = [one for one in self._tables().runs.values() if one.department_id == department_id]
        return sorted(mine, key=lambda one: (one.started_at, one.id), reverse=True)[:limit]

    def newest(self) -> Mapping[str, SyncRun]:
        departments = {one.department_id for one in self._tables().runs.values()}
        return {one: self.of(one, 1)[0] for one in departments}

    def keep(self, run: SyncRun) -> None:
        known(self._tables().departments, run.department_id)
        kept = self._tables().runs.get(run.id)
        if kept is None or kept.decided_by is None:
            self._tables().runs[run.id] = run

    def decide(self, run_id: str, by: str, at: datetime, *, release: bool) -> SyncRun | None:
        kept = self.get(run_id)
        if kept is None or kept.state != "held":
            return None
        decided = replace(kept, state="released" if release else "refused", decided_by=by, decided_at=at)
        self._tables().runs[run_id] = decided
        return decided

    def readings(self, department_id: str, since: datetime) -> Sequence[DirectoryReading]:
        kept = self._tables().readings.values()
        mine = [one for one in kept if one.department_id == department_id and one.at >= since]
        return sorted(mine, key=lambda one: one.at)

    def add_reading(self, reading: DirectoryReading) -> None:
        add(self._tables().readings, (reading.department_id, reading.at), reading)

    def forget(self, runs_before: datetime, readings_before: datetime) -> int:
        tables, newest = self._tables(), {one.id for one in self.newest().values()}
        runs = [one.id for one in tables.runs.values() if one.started_at < runs_before and one.id not in newest]
        readings = [key for key, one in tables.readings.items() if one.at < readings_before]
        for run_id in runs:
            del tables.runs[run_id]
        for key in readings:
            del tables.readings[key]
        return len(runs) + len(readings)
