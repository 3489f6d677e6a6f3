"""The way to one directory: replicas in order, two pools, a breaker, a deadline, one retry where asking twice is safe.

Obeys no specification. Keeps a directory that is down, slow or frozen from holding more than its own people up.
Deliberately knows no person and no password; what a question means is the connector's. How many threads may wait here
is `bulkhead`'s.
"""

import math
import select
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ldap3 import Connection

from adapters.connectors.ldap_breaker import Breaker
from adapters.connectors.ldap_connection import Away, close_connection, open_connection
from adapters.connectors.ldap_deadline import bound
from adapters.connectors.ldap_pool import Pool, PoolExhausted
from adapters.connectors.ldap_replicas import Replicas
from adapters.connectors.ldap_settings import LdapSettings
from adapters.connectors.ldap_tls import verifying_context
from idp.errors import ProofRejected, Unavailable

SWEEP_SECONDS = 600.0
"""Everybody is read within this, on a connection of one's own."""
Found = TypeVar("Found")
Question = Callable[[Connection], Found]


class _Stale(Exception):
    """A kept connection turned out to be dead."""


@dataclass(frozen=True, slots=True)
class _Line:
    """An open connection and the replica it leads to."""

    connection: Connection
    url: str


class Channel:
    """Safe between threads; opens nothing until it is asked, so that it survives a fork before that."""

    def __init__(self, settings: LdapSettings) -> None:
        self._settings = settings
        self._context = verifying_context(settings)
        self._patience = (settings.connect_timeout + settings.receive_timeout).total_seconds()
        longest = settings.connect_timeout + settings.receive_timeout + settings.pool_wait
        self._breaker = Breaker(settings.failures_to_rest, settings.rest, longest=longest)
        self._replicas = Replicas(settings.urls)
        # A bind changes for whom a connection speaks: those that read verify no passwords, and the other way round.
        self._readers = self._pool(bind=True)
        self._binders = self._pool(bind=False)

    def read(self, question: Question[Found]) -> Found:
        """Put a question as the read-only account; once more on a new connection when a kept one had died.

        Safe: searches change nothing.

        Raises:
            Unavailable: no answer within the deadline, or none that can be used.
            ProofRejected: the question's own.
        """
        return self._guarded(lambda until: self._twice(self._readers, question, until))

    def verify(self, question: Question[Found]) -> Found:
        """Put a question on a connection that speaks for nobody yet, or for whoever came before. Raises as `read`.

        Never asked twice: a bind that broke off may have been counted by the directory as a guess. A kept connection
        that the other side has closed meanwhile is not used at all, which is known before anything is sent.
        """
        return self._guarded(lambda until: self._once(self._binders, question, until))

    def probe(self, question: Question[Found]) -> Found:
        """Put a question on a connection made for it, past pool and breaker; an answer closes the breaker.

        Raises:
            Unavailable: no answer.
        """

        def ask() -> Found:
            until = time.monotonic() + self._patience
            connection = self._open(until, bind=True).connection
            try:
                bound(connection.socket, until)
                return question(connection)
            finally:
                close_connection(connection)

        return self._counted(ask)

    def open(self, *, bind: bool) -> Connection:
        """A connection of one's own, which the caller closes, for as long as reading everybody may take.

        Raises:
            Away: none could be had; the cause is the first replica's.
        """
        connection = self._open(time.monotonic() + self._patience, bind=bind).connection
        bound(connection.socket, time.monotonic() + SWEEP_SECONDS, math.inf)
        return connection

    def close(self) -> None:
        """Close every connection; those that are lent close when they come back."""
        self._readers.close()
        self._binders.close()

    def _open(self, until: float, *, bind: bool) -> _Line:
        """To the first replica in order that answers and is refuses what it must."""
        failure: Away | None = None
        for url in self._replicas.in_order():
            try:
                connection = open_connection(self._settings, self._context, url, bind=bind, until=until)
            except Away as error:
                self._replicas.rest(url)
                failure = failure or error
                if time.monotonic() >= until:
                    break
            else:
                self._replicas.answered(url)
                return _Line(connection, url)
        raise failure or Away(self._settings.department, "urls: none is given; write at least one")

    def _guarded(self, ask: Callable[[float], Found]) -> Found:
        if cause := self._breaker.admit():
            raise Unavailable(self._settings.department, f"not asked, resting after failures; the last: {cause}")
        return self._counted(lambda: ask(time.monotonic() + self._patience))

    def _counted(self, ask: Callable[[], Found]) -> Found:
        """Only silence counts as a failure: an answer, even a useless one, says that the directory is there.

        Safe: nobody can rest a department for everybody by typing what its directory dislikes.
        """
        try:
            found = ask()
        except Away as error:
            self._breaker.failed(error.detail)
            raise
        except PoolExhausted:
            told = "pool_size: every connection was busy; raise it, or see why the directory is slow"
            if self._breaker.is_open:  # it was the probe
                self._breaker.failed(told)
            raise Unavailable(self._settings.department, told) from None
        except (Unavailable, ProofRejected):
            self._breaker.succeeded()
            raise
        self._breaker.succeeded()
        return found

    def _twice(self, pool: Pool[_Line], question: Question[Found], until: float) -> Found:
        try:
            return self._once(pool, question, until, may_be_asked_again=True)
        except _Stale:
            return self._once(pool, question, until, fresh=True)

    def _once(
        self,
        pool: Pool[_Line],
        question: Question[Found],
        until: float,
        *,
        fresh: bool = False,
        may_be_asked_again: bool = False,
    ) -> Found:
        began = time.monotonic()
        refused: ProofRejected
        with pool.lend(fresh=fresh, wait=until - began) as (line, kept):
            asked = time.monotonic()
            bound(line.connection.socket, min(until, asked + self._settings.receive_timeout.total_seconds()))
            try:
                return question(line.connection)
            except ProofRejected as error:
                refused = error  # an answer like any other: the connection goes back
            except Away:
                # One that fails at once was closed from the other side; one that timed out would only do so again.
                silent = time.monotonic() - asked >= self._settings.receive_timeout.total_seconds() / 2
                if silent:
                    self._replicas.rest(line.url)
                if kept and may_be_asked_again and not silent:
                    raise _Stale from None
                raise
        raise refused

    def _pool(self, *, bind: bool) -> Pool[_Line]:
        return Pool(
            lambda: self._open(time.monotonic() + self._patience, bind=bind),
            lambda line: close_connection(line.connection),
            size=self._settings.pool_size,
            wait=self._settings.pool_wait,
            lifetime=self._settings.connection_lifetime,
            alive=lambda line: _is_quiet(line.connection),
        )


def _is_quiet(connection: Connection) -> bool:
    """Whether nothing came since its last answer: an idle server speaks only to say goodbye (RFC 4511 §4.4.1)."""
    held = connection.socket
    if connection.closed or held is None or held.fileno() < 0:
        return False
    watch = select.poll()  # not select(), which knows no descriptor above 1023
    watch.register(held, select.POLLIN | select.POLLHUP | select.POLLERR)
    return not watch.poll(0)
