"""Group commit for events whose answer does not wait: a thread writes what came within 5 ms, or 256, in one commit.

The queue is bounded. While the log cannot be written, or the queue is full, `record_soon` refuses, so that nothing goes
on that would not be told; what had been taken is tried again until it is written. Loss window: 5 ms and one commit, if
the process is killed. The thread starts with the first event, in the process that has it (never before a fork).
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from adapters.sql.audit_reason import ADD
from adapters.sql.database import Database
from idp.errors import IdpError, Unavailable

GATHER_SECONDS = 0.005
BATCH = 256
DEPTH = 4096
AGAIN_SECONDS = 0.1
IDLE_SECONDS = 0.1
log = logging.getLogger(__name__)


class Journal:
    """Writes outbox rows soon. `write` may be replaced in tests."""

    def __init__(self, database: Database, write: Callable[[Sequence[dict[str, Any]]], None] | None = None) -> None:
        self._database, self._write = database, write or self._insert
        self._lock = threading.Lock()
        self._process = 0
        self._waiting: deque[dict[str, Any]] = deque()
        self._come = threading.Event()
        self._broken: str | None = None
        self._stop = threading.Event()
        self._give_up_at = 0.0
        self._thread: threading.Thread | None = None

    def put(self, row: dict[str, Any]) -> None:
        """Raises Unavailable: broken or full. Nothing was taken then."""
        if self._process != os.getpid():
            self._start()
        if self._broken is not None:
            raise Unavailable("audit", self._broken)
        if len(self._waiting) >= DEPTH:  # several at once may overstep it by one each
            raise Unavailable("audit", f"{DEPTH} events wait to be written")
        self._waiting.append(row)
        # Only who comes first wakes the writer: one that is woken for each event fights the requests for the processor.
        if not self._come.is_set():
            self._come.set()

    def close(self, seconds: float = 5.0) -> None:
        """Writes what waits, then stops."""
        self._give_up_at = time.monotonic() + seconds
        self._stop.set()
        if self._thread is not None and self._process == os.getpid():
            self._thread.join(seconds + 1)

    def _start(self) -> None:
        with self._lock:
            if self._process == os.getpid():
                return
            self._waiting, self._broken = deque(), None
            self._come, self._stop = threading.Event(), threading.Event()
            self._thread = threading.Thread(target=self._run, name="audit-journal", daemon=True)
            self._thread.start()
            self._process = os.getpid()

    def _run(self) -> None:
        while self._waiting or not self._stop.is_set():
            batch = self._gather()
            while batch:
                try:
                    self._write(batch)
                except IdpError as error:
                    if self._broken is None:
                        log.error("audit events cannot be written: %s", error.detail)
                    self._broken = error.detail or "the log cannot be written"
                    time.sleep(AGAIN_SECONDS)
                    if self._stop.is_set() and time.monotonic() > self._give_up_at:
                        log.error("%d audit events were not written at shutdown", len(batch) + len(self._waiting))
                        return
                else:
                    self._broken, batch = None, []

    def _gather(self) -> list[dict[str, Any]]:
        if not self._waiting and not self._come.wait(IDLE_SECONDS):
            return []
        if len(self._waiting) < BATCH:
            time.sleep(GATHER_SECONDS)
        self._come.clear()  # before looking: whoever comes after this sets it again
        return [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]

    def _insert(self, batch: Sequence[dict[str, Any]]) -> None:
        with self._database.write() as line:
            line.write(ADD, list(batch))
