"""A dictionary that never grows past its size: the oldest entry makes room. Threads may share it."""

from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Bounded(Generic[K, V]):
    """At most `size` entries, first in, first out."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: dict[K, V] = {}
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        return self._entries.get(key)

    def put(self, key: K, value: V) -> None:
        with self._lock:
            while self._entries and len(self._entries) >= self._size:
                del self._entries[next(iter(self._entries))]
            if self._size > 0:
                self._entries[key] = value

    def __len__(self) -> int:
        return len(self._entries)
