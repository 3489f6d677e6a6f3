"""Rounds of reading directories, and how each answered, in SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite compiles the same ON CONFLICT

from adapters.sql.columns import Moment
from adapters.sql.line import Line
from adapters.sql.shape import Open
from adapters.sql.tables import directory_reading, sync_run
from idp.model import DirectoryReading, Losing, SyncRun

RUN = Open(SyncRun, sync_run)
READING = Open(DirectoryReading, directory_reading)
MOMENT = bindparam("moment", type_=Moment())
_runs = select(*RUN.columns)
_newest_first = (sync_run.c.started_at.desc(), sync_run.c.id.desc())
GET = _runs.where(sync_run.c.id == bindparam("run"))
OF = _runs.where(sync_run.c.department_id == bindparam("department")).order_by(*_newest_first).limit(bindparam("most"))
_last = select(sync_run.c.department_id, func.max(sync_run.c.started_at).label("at")).group_by(sync_run.c.department_id)
_tops = _last.subquery()
_is_top = (sync_run.c.department_id == _tops.c.department_id) & (sync_run.c.started_at == _tops.c.at)
NEWEST = _runs.join(_tops, _is_top).order_by(sync_run.c.id)
_put = upsert(sync_run)
KEEP = _put.on_conflict_do_update(
    index_elements=[sync_run.c.id],
    set_={name: getattr(_put.excluded, name) for name in RUN.names if name not in ("id", "decided_by", "decided_at")},
    where=sync_run.c.decided_by.is_(None),
)
DECIDE = (
    update(sync_run)
    .where(sync_run.c.id == bindparam("run"), sync_run.c.state == "held")
    .values(state=bindparam("outcome"), decided_by=bindparam("by"), decided_at=MOMENT)
)
READINGS = (
    select(*READING.columns)
    .where(directory_reading.c.department_id == bindparam("department"), directory_reading.c.at >= MOMENT)
    .order_by(directory_reading.c.at)
)


class SqlSyncRuns:
    """`idp.ports.SyncRuns`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def get(self, run_id: str) -> SyncRun | None:
        row = self._line.one(GET, run=run_id)
        return None if row is None else _read(row)

    def of(self, department_id: str, limit: int = 50) -> Sequence[SyncRun]:
        return [_read(row) for row in self._line.all(OF, department=department_id, most=limit)]

    def newest(self) -> Mapping[str, SyncRun]:
        return {run.department_id: run for run in map(_read, self._line.all(NEWEST))}

    def keep(self, run: SyncRun) -> None:
        self._line.write(KEEP, RUN.values(run) | {"held": [asdict(one) for one in run.held]})

    def decide(self, run_id: str, by: str, at: datetime, *, release: bool) -> SyncRun | None:
        outcome = "released" if release else "refused"
        if self._line.write(DECIDE, {"run": run_id, "by": by, "moment": at, "outcome": outcome}) != 1:
            return None
        return self.get(run_id)

    def readings(self, department_id: str, since: datetime) -> Sequence[DirectoryReading]:
        rows = self._line.all(READINGS, department=department_id, moment=since)
        return [READING.build(row) for row in rows]

    def add_reading(self, reading: DirectoryReading) -> None:
        self._line.write(insert(directory_reading), READING.values(reading))

    def forget(self, runs_before: datetime, readings_before: datetime) -> int:
        newest = [run.id for run in self.newest().values()]
        old = sync_run.c.started_at < runs_before, sync_run.c.id.not_in(newest)
        runs = self._line.write(delete(sync_run).where(*old))
        return runs + self._line.write(delete(directory_reading).where(directory_reading.c.at < readings_before))


def _read(row: Sequence[Any]) -> SyncRun:
    values = dict(zip(RUN.names, row, strict=True))
    return SyncRun(**values | {"held": tuple(Losing(**one) for one in values["held"])})
