"""Group commit for events whose answer does not wait: a thread writes what came within 5 ms, or 256, in one commit.

The queue is bounded. While the log cannot be written, or the queue is full, `record_soon` refuses, so that nothing goes
on that would not be told; what had been taken is tried again until it is written. Loss window: 5 ms and one commit, if
the process is killed. The thread starts with the first event, in the process that has it (never before a fork).
"""

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from adapters.sql.audit_reason import ADD
from adapters.sql.database import Database
from idp.errors import IdpError, Unavailable

GATHER_SECONDS = 0.005
BATCH = 256
DEPTH = 4096
AGAIN_SECONDS = 0.1
log = logging.getLogger(__name__)


class Journal:
    """Writes outbox rows soon. `write` may be replaced in tests."""

    def __init__(self, database: Database, write: Callable[[Sequence[dict[str, Any]]], None] | None = None) -> None:
        self._database, self._write = database, write or self._insert
        self._lock = threading.Lock()
        self._process = 0
        self._queue: queue.Queue[dict[str, Any]] = queue.Queue(DEPTH)
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
        try:
            self._queue.put_nowait(row)
        except queue.Full as error:
            raise Unavailable("audit", f"{DEPTH} events wait to be written") from error

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
            self._queue, self._broken, self._stop = queue.Queue(DEPTH), None, threading.Event()
            self._thread = threading.Thread(target=self._run, name="audit-journal", daemon=True)
            self._thread.start()
            self._process = os.getpid()

    def _run(self) -> None:
        while not (self._stop.is_set() and self._queue.empty()):
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
                        log.error("%d audit events were not written at shutdown", len(batch) + self._queue.qsize())
                        return
                else:
                    self._broken, batch = None, []

    def _gather(self) -> list[dict[str, Any]]:
        try:
            batch = [self._queue.get(timeout=0.1)]
        except queue.Empty:
            return []
        until = time.monotonic() + GATHER_SECONDS
        while len(batch) < BATCH:
            try:
                batch.append(self._queue.get(timeout=max(0.0, until - time.monotonic())))
            except queue.Empty:
                break
        return batch

    def _insert(self, batch: Sequence[dict[str, Any]]) -> None:
        with self._database.write() as line:
            line.write(ADD, list(batch))
