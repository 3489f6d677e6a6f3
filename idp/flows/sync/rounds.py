"""One round of reading a department's directory, under one leader: everybody, or what is new since the last.

What an earlier leader left in the middle is closed first; it costs only a look: what was taken over says the same.
A directory that cannot be read to its end ends the round as failed, and nobody leaves by it.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from idp.errors import Ambiguous, Conflict, Unavailable
from idp.flows.context import Idp
from idp.flows.sync import answers, reading
from idp.flows.sync.terms import terms_of
from idp.flows.sync.under_way import TERM, Round, lease_of
from idp.model import Department, SyncKind, SyncRun

LOOKED_BACK = 20


def run(
    idp: Idp,
    department: Department,
    holder: str,
    *,
    full: bool = False,
    told: Callable[[SyncRun], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
) -> SyncRun:
    """Read this department now.

    Args:
        holder: who leads it, as the lease has it.
        full: everybody, even where asking for what is new would do.
    Raises: Conflict (another process reads it now), Unavailable (it has no directory, or our store is away).
    """
    connector, now = idp.ports.directories.of(department), idp.ports.now()
    if connector is None:
        raise Conflict(f"{department.id} keeps its people here: there is no directory to read")
    if not idp.ports.truth.lease(lease_of(department), holder, now, TERM):
        raise Conflict(f"the directory of {department.id} is being read already")
    _over(idp, department.id)
    before = standing(idp, department.id)
    kind: SyncKind = "full" if full or before is None or before.state == "released" else "delta"
    new = SyncRun(idp.id("sync"), department.id, kind, now, now)
    this = Round(idp, department, connector, terms_of(idp.settings, department), holder, new, before, told, sleep)
    try:
        done = this.close(reading.read(this))
        answers.note(idp, department.id, now, idp.ports.now() - now)
        return done
    except (Ambiguous, Conflict) as wrong:
        return this.fail(str(wrong))
    except Unavailable as away:
        if away.what == "store":
            raise
        answers.note(idp, department.id, now, idp.ports.now() - now, away.detail)
        return this.fail(away.detail)
    finally:
        idp.ports.truth.lease(lease_of(department), holder, idp.ports.now(), timedelta(0))


def standing(idp: Idp, department_id: str) -> SyncRun | None:
    """The newest round that came to its end: its mark, and its question, are where the next one begins."""
    found = idp.ports.truth.runs.of(department_id, LOOKED_BACK)
    return next((one for one in found if one.state not in ("running", "failed")), None)


def _over(idp: Idp, department_id: str) -> None:
    """Rounds whose process was killed end where they last said something. Only whoever has the lease may say so."""
    left = [one for one in idp.ports.truth.runs.of(department_id, LOOKED_BACK) if one.state == "running"]
    for one in left:
        with idp.ports.truth.begin() as tx:
            tx.runs.keep(replace(one, state="failed", ended_at=one.beat_at, detail="cut off in the middle"))
