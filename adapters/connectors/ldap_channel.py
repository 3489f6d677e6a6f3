"""The way to one directory: replicas in order, two pools, a breaker, and one retry when a kept connection had died.

Obeys no specification. Keeps a directory that is down, slow or frozen from holding more than its own people up.
Deliberately knows no person and no password; what a question means is the connector's.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from ldap3 import Connection

from adapters.connectors.ldap_breaker import Breaker
from adapters.connectors.ldap_connection import Away, close_connection, open_connection, verifying_context
from adapters.connectors.ldap_pool import Pool, PoolExhausted
from adapters.connectors.ldap_settings import LdapSettings
from idp.errors import ProofRejected, Unavailable

REPLICA_REST_SECONDS = 30.0
Found = TypeVar("Found")
Question = Callable[[Connection], Found]


class _Stale(Exception):
    """A kept connection turned out to be dead."""


class Channel:
    """Safe between threads; opens nothing until it is asked, so that it survives a fork before that."""

    def __init__(self, settings: LdapSettings) -> None:
        self._settings = settings
        self._context = verifying_context(settings)
        self._breaker = Breaker(settings.failures_to_rest, settings.rest)
        self._rested: dict[str, float] = {}
        # A bind changes for whom a connection speaks: those that read verify no passwords, and the other way round.
        self._readers = self._pool(bind=True)
        self._binders = self._pool(bind=False)

    def read(self, question: Question[Found]) -> Found:
        """Put a question as the read-only account.

        Raises:
            Unavailable: no answer, or none that can be used.
            ProofRejected: the question's own.
        """
        return self._guarded(self._readers, question)

    def verify(self, question: Question[Found]) -> Found:
        """Put a question on a connection that speaks for nobody yet, or for whoever came before. Raises as `read`."""
        return self._guarded(self._binders, question)

    def probe(self, question: Question[Found]) -> Found:
        """Put a question on a connection made for it, past pool and breaker; an answer closes the breaker.

        Raises:
            Unavailable: no answer.
        """

        def ask() -> Found:
            connection = self.open(bind=True)
            try:
                return question(connection)
            finally:
                close_connection(connection)

        return self._counted(ask)

    def open(self, *, bind: bool) -> Connection:
        """A connection of one's own, which the caller closes. Replicas are tried in order, those that failed last.

        Raises:
            Away: none could be had; the cause is the first one's.
        """
        now = time.monotonic()
        failure: Away | None = None
        for url in sorted(self._settings.urls, key=lambda one: self._rested.get(one, 0.0) > now):
            try:
                connection = open_connection(self._settings, self._context, url, bind=bind)
            except Away as error:
                self._rested[url] = time.monotonic() + REPLICA_REST_SECONDS
                failure = failure or error
            else:
                self._rested.pop(url, None)
                return connection
        raise failure or Away(self._settings.department, "urls: none is given; write at least one")

    def close(self) -> None:
        """Close every connection; those that are lent close when they come back."""
        self._readers.close()
        self._binders.close()

    def _guarded(self, pool: Pool[Connection], question: Question[Found]) -> Found:
        if cause := self._breaker.admit():
            raise Unavailable(self._settings.department, f"not asked, resting after failures; the last: {cause}")
        return self._counted(lambda: self._twice(pool, question))

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
            raise Unavailable(self._settings.department, told) from None
        except (Unavailable, ProofRejected):
            self._breaker.succeeded()
            raise
        self._breaker.succeeded()
        return found

    def _twice(self, pool: Pool[Connection], question: Question[Found]) -> Found:
        """Once more on a new connection when a kept one had died meanwhile.

        Safe: searches change nothing. A bind that broke off may have been counted by the directory, so budgets of
        failures stay below its threshold by more than one.
        """
        try:
            return self._once(pool, question)
        except _Stale:
            return self._once(pool, question, fresh=True)

    def _once(self, pool: Pool[Connection], question: Question[Found], *, fresh: bool = False) -> Found:
        began = time.monotonic()
        refused: ProofRejected
        with pool.lend(fresh=fresh) as (connection, kept):
            try:
                return question(connection)
            except ProofRejected as error:
                refused = error  # an answer like any other: the connection goes back
            except Away:
                # One that fails at once was closed from the other side; one that timed out would only do so again.
                if kept and time.monotonic() - began < self._settings.receive_timeout.total_seconds() / 2:
                    raise _Stale from None
                raise
        raise refused

    def _pool(self, *, bind: bool) -> Pool[Connection]:
        return Pool(
            lambda: self.open(bind=bind),
            close_connection,
            size=self._settings.pool_size,
            wait=self._settings.pool_wait,
            lifetime=self._settings.connection_lifetime,
        )
