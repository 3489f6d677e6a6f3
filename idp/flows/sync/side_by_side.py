"""Directories are read side by side: so many at once, each by one thread at a time, none waiting for a slow one.

Threads end with their process: a round that is cut off so is one that was cut off otherwise. Deliberately no executor
of the standard library: its threads would be waited for at the end, however long a directory hangs.
"""

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

Done = TypeVar("Done")


class SideBySide(Generic[Done]):
    """Begun by one thread; its own threads begin with the first work, so after any fork."""

    def __init__(self, name: str, at_once: int) -> None:
        self._name, self._at_once, self._threads = name, at_once, 0
        self._waiting: SimpleQueue[tuple[str, Callable[[], Done], Future[Done]]] = SimpleQueue()
        self._under_way: set[str] = set()

    def is_under_way(self, key: str) -> bool:
        return key in self._under_way

    def __len__(self) -> int:
        """How many are under way or wait."""
        return len(self._under_way)

    def begin(self, key: str, work: Callable[[], Done]) -> Future[Done] | None:
        """None: that key's work is under way still."""
        if key in self._under_way:
            return None
        self._under_way.add(key)
        future: Future[Done] = Future()
        self._waiting.put((key, work, future))
        if self._threads < self._at_once:
            self._threads += 1
            Thread(target=self._work, name=f"{self._name}-{self._threads}", daemon=True).start()
        return future

    def _work(self) -> None:
        while True:
            key, work, future = self._waiting.get()
            try:
                found = work()
            except BaseException as error:
                self._under_way.discard(key)
                future.set_exception(error)
            else:
                self._under_way.discard(key)
                future.set_result(found)
