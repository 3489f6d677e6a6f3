"""Work that no request asks for, in one thread of each worker process, begun after the fork.

The audit log is sequenced, applications hear of ended sessions, letters leave, live people are read again, policies are
reloaded when their files change, keys are made and rolled over. For each kind of work one process at a time is in
charge (`truth.lease`). A job that fails is told in the log and tried at its next turn, and never takes another job
down. Decides nothing: each job is a flow.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.errors import Unavailable
from idp.flows import deliver, keys, letters, retention, revocations, watch
from idp.flows.admin import rules
from idp.flows.context import Idp
from idp.flows.sync.lead import Leader
from policies.examples import HERE as RULES

log = logging.getLogger("gerege.background")
BEAT = timedelta(milliseconds=250)
TERM = timedelta(seconds=5)
"""How long a leadership holds; with the time until another asks it bounds what a killed leader delays."""
AGAIN = timedelta(seconds=5)
"""After which whoever does not lead asks again."""
APART = ("watch", "sync", "letters", "revocation-lists")
"""Jobs that wait for directories, mail servers and authorities."""


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of work. `alone`: by one process at a time; else by each."""

    name: str
    every: timedelta
    run: Callable[[], object]
    alone: bool = True
    term: timedelta = TERM
    first: timedelta = timedelta(0)
    """How long after the start its first turn comes."""


class Background:
    """The thread of one worker process."""

    def __init__(self, idp: Idp) -> None:
        self._idp = idp
        self._holder = idp.id("worker")
        self._stopping = threading.Event()
        self._jobs = jobs(idp)
        self._due = {job: time.monotonic() + job.first.total_seconds() for job in self._jobs}
        self._until: dict[str, datetime] = {}
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin. What waits for others' servers may take long, so it has a thread of its own."""
        quick = [job for job in self._jobs if job.name not in APART]
        slow = {job.name: [job] for job in self._jobs if job.name in APART}
        for name, mine in {"quick": quick, **slow}.items():
            thread = threading.Thread(target=self._run, args=(mine,), name=f"background-{name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """End after the work under way."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(TERM.total_seconds())

    def _run(self, mine: list[Job]) -> None:
        while not self._stopping.wait(BEAT.total_seconds()):
            for job in mine:
                if time.monotonic() >= self._due[job]:
                    self._due[job] = time.monotonic() + job.every.total_seconds()
                    self.turn(job)

    def turn(self, job: Job) -> bool:
        """One turn of one job. Whether it was this process's and went well."""
        try:
            if job.alone and not self._leads(job):
                self._due[job] = time.monotonic() + AGAIN.total_seconds()
                return False
            job.run()
        except Unavailable as away:
            log.warning("%s waits: %s is away: %s", job.name, away.what, away.detail)
            return False
        except Exception:
            log.exception("%s failed; it is tried again in %s", job.name, job.every)
            return False
        return True

    def _leads(self, job: Job) -> bool:
        """Whether this process is in charge; asked of the store only when half of the term is over."""
        now = self._idp.ports.now()
        if self._until.get(job.name, now) - now > job.term / 2:
            return True
        if not self._idp.ports.truth.lease(f"job:{job.name}", self._holder, now, job.term):
            return False
        self._until[job.name] = now + job.term
        return True


def jobs(idp: Idp) -> tuple[Job, ...]:
    """All of them, with how often."""
    return (
        Job("sequence", timedelta(seconds=1), idp.ports.truth.audit.sequence),
        Job("deliver", timedelta(seconds=1), lambda: deliver.deliver_due(idp)),
        Job("letters", timedelta(seconds=1), lambda: letters.send_due(idp)),
        Job("watch", watch.every(idp), watch.Watcher(idp).round, term=watch.every(idp) + AGAIN),
        *_synchronisation(idp),
        Job("forget", timedelta(minutes=10), lambda: revocations.forget(idp)),
        Job("retention", timedelta(hours=6), lambda: retention.forget(idp), first=timedelta(minutes=5)),
        Job(
            "revocation-lists",
            timedelta(minutes=idp.settings.certificates.crl_minutes),
            idp.ports.revocation_lists.refresh,
            alone=False,
        ),
        Job("policies", timedelta(seconds=2), Policies(idp).reload, alone=False),
        Job("keys", timedelta(seconds=30), lambda: keys.tend(idp), first=timedelta(seconds=3)),
    )


def _synchronisation(idp: Idp) -> tuple[Job, ...]:
    """Whole directories, where they are read without being asked to."""
    if not idp.settings.sync.automatic:
        return ()
    return (Job("sync", timedelta(seconds=5), Leader(idp).turn, first=timedelta(seconds=10)),)


class Policies:
    """Reloads this process's rules when a file of theirs changed; a bad set is told and the last good one stays."""

    def __init__(self, idp: Idp) -> None:
        self._idp = idp
        self._folder = idp.settings.policies_dir or RULES
        self._seen: tuple[tuple[str, int, int], ...] = ()
        self._seen = self._stamp()

    def reload(self) -> bool:
        """Whether anything had changed."""
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        self._seen = stamp
        problems = rules.reload(self._idp, self._idp.ports.now())
        for problem in problems:
            log.error("policies stay as they were: %s", problem)
        if not problems:
            log.warning("policies reloaded: %s", self._idp.policies.version[:12])
        return True

    def _stamp(self) -> tuple[tuple[str, int, int], ...]:
        try:
            return tuple((path.name, *_changed(path.stat())) for path in sorted(self._folder.glob("*.cedar*")))
        except OSError:  # it is being replaced just now: the next turn sees it whole
            return self._seen


def _changed(found: os.stat_result) -> tuple[int, int]:
    return found.st_mtime_ns, found.st_size
