"""The hot paths' way to one server: below redis-py's object layer, on redis-py's own connections.

A command is packed once, written once, and its answer is read by hiredis. What redis-py knows stays in force: the
address, TLS, the password, timeouts, Sentinel's present master. A connection on which anything went wrong is dropped
and the command is told as an error, never repeated: it may have run, and what it spends would be spent twice. One
repetition alone is safe: a script that the server does not know has not run. Clusters go the usual way.
Spec: RESP2; EVALSHA, NOSCRIPT.
"""

import hashlib
import os
from collections import deque
from collections.abc import Sequence
from typing import Any

import redis
from hiredis import pack_command
from redis.exceptions import ConnectionError, NoScriptError

from adapters.redis.client import Client

KEPT = 64
Word = str | bytes | int
HEALTHY = (NoScriptError,)
"""Refusals after which the connection is as good as before."""


class Hot:
    """GET, SET and scripts, as redis-py's client has them."""

    def __init__(self, client: redis.Redis) -> None:
        self._pool = client.connection_pool
        self._idle: deque[Any] = deque(maxlen=KEPT)
        self._process = os.getpid()

    def get(self, key: str) -> Any:
        return self.call("GET", key)

    def set(self, key: str, value: Word, *, px: int, nx: bool = False) -> bool:
        """Whether it was set."""
        return self.call("SET", key, value, "PX", px, *(("NX",) if nx else ())) is not None

    def register_script(self, source: str) -> "HotScript":
        return HotScript(self, source)

    def call(self, *words: Word) -> Any:
        """The answer. Raises redis.RedisError, OSError: it may have run or not."""
        connection = self._borrow()
        try:
            packed = pack_command(words)  # type: ignore[arg-type]  # hiredis's stub wants one word
            connection.send_packed_command((packed,), check_health=False)
            answer = connection.read_response()
        except HEALTHY:
            self._idle.append(connection)
            raise
        except BaseException:
            connection.disconnect()
            raise
        self._idle.append(connection)
        return answer

    def close(self) -> None:
        while self._idle:
            self._idle.pop().disconnect()

    def _borrow(self) -> Any:
        """A connection on which nothing waits to be read: neither the server's good-bye nor another's answer."""
        if self._process != os.getpid():  # after a fork: the parent's connections are the parent's
            self._idle, self._process = deque(maxlen=KEPT), os.getpid()
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return self._new()
            try:
                if not connection.can_read():
                    return connection
            except (ConnectionError, OSError):
                pass
            connection.disconnect()

    def _new(self) -> Any:
        connection: Any = self._pool.make_connection()
        connection.connect()
        return connection


class HotScript:
    """A script by its digest; its text goes over the wire when the server does not know it."""

    def __init__(self, line: Hot, source: str) -> None:
        self._line, self._source = line, source
        self._digest = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, keys: Sequence[Word], args: Sequence[Word]) -> Any:
        try:
            return self._line.call("EVALSHA", self._digest, len(keys), *keys, *args)
        except NoScriptError:
            return self._line.call("EVAL", self._source, len(keys), *keys, *args)


def hot(client: Client) -> Any:
    """The quick way where there is one: `get`, `set`, `register_script`, `close`."""
    return Hot(client) if isinstance(client, redis.Redis) else client
