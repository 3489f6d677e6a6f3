"""Codes, interactions and counters on Redis or Valkey: `idp.ports.Brief`.

One trip for each call. A code is taken by one script that leaves who spent it; an interaction moves by compare and set;
counters are GCRA buckets taken all or nothing. Every key expires; nothing is evicted (`noeviction`: full means refuse).
Interactions are sealed: they hold what was typed. Spec: RFC 6749 §4.1.2 (single use).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

import redis
from pydantic import TypeAdapter

from adapters.master_key import SealingError
from adapters.redis import scripts
from adapters.redis.client import Client
from adapters.redis.epoch import Epoch, Epochs, Server
from adapters.redis.slips import MILLISECOND, RedisSlips, answers, ms
from adapters.sealing import Keyring
from idp.errors import Conflict, Expired, Throttled, Unavailable
from idp.model import Code, Interaction
from idp.ports import Limit, Reading, Taken

CODE = TypeAdapter(Code)
INTERACTION = TypeAdapter(Interaction)
MARK = "mark:{n}"
NETWORK = "networks:{ix}:"
TOMBSTONE = timedelta(minutes=10)
GUESSES = "bind:"
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RedisBrief(RedisSlips):
    """`most`: interactions under way from one network."""

    def __init__(
        self,
        client: Client,
        keyring: Keyring,
        epochs: Epochs,
        *,
        most: int = 2000,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Raises Unavailable: nobody answers, or the epoch cannot be proved."""
        super().__init__(client, keyring)
        self._epochs, self._most, self._now = epochs, most, now
        self._take_code = self._line.register_script(scripts.TAKE_CODE)
        self._count = self._line.register_script(scripts.COUNT)
        self._give_back = self._line.register_script(scripts.GIVE_BACK)
        self._spend = self._line.register_script(scripts.SPEND)
        self._lock = Lock()
        self._epoch = self._prove(None)

    def forgot_since(self) -> datetime | None:
        """What the store knew before this moment is lost; None: it has never forgotten."""
        return self._epoch.forgot_at

    def put_code(self, code_hash: str, code: Code, life: timedelta) -> None:
        value = f"code {code.grant_id}\n".encode() + CODE.dump_json(code)
        with answers():
            kept = self._line.set(_code(code_hash), value, px=ms(life), nx=True)
        if not kept:
            raise Conflict("that code was issued before")

    def take_code(self, code_hash: str) -> Taken:
        with answers():
            kind, *rest = self._take_code(keys=[_code(code_hash)], args=[ms(TOMBSTONE)])
        if kind == b"code":
            return Taken(CODE.validate_json(rest[0]))
        return Taken(None, rest[0].decode() if rest else None)

    def open_interaction(self, interaction: Interaction, life: timedelta) -> None:
        keys = [_interaction(interaction.id_hash), NETWORK + interaction.network]
        with answers():
            wait = self._open(keys=keys, args=[self._sealed(interaction), ms(life), self._most])
        if wait:
            raise Throttled(int(wait) * MILLISECOND, "too many interactions from one network")

    def interaction(self, id_hash: str) -> Interaction | None:
        with answers():
            value: Any = self._line.get(_interaction(id_hash))
        if value is None:
            return None
        try:
            sealed = value.split(b"\n", 2)[2]
            return INTERACTION.validate_json(self._keyring.open(sealed, row=_row(id_hash)))
        except SealingError as error:
            raise Unavailable("store", str(error)) from error

    def save_interaction(self, interaction: Interaction) -> Interaction:
        moved = replace(interaction, version=interaction.version + 1)
        with answers():
            outcome = self._save(
                keys=[_interaction(interaction.id_hash)], args=[interaction.version, self._sealed(moved)]
            )
        if outcome == b"gone":
            raise Expired("the interaction is over")
        if outcome == b"moved":
            raise Conflict("the interaction moved meanwhile")
        return moved

    def close_interaction(self, id_hash: str) -> None:
        with answers():
            self._close(keys=[_interaction(id_hash)], args=[NETWORK])

    def take(self, limits: Sequence[Limit]) -> tuple[Reading, ...]:
        return self._readings("take", limits)

    def peek(self, limits: Sequence[Limit]) -> tuple[Reading, ...]:
        return self._readings("peek", limits)

    def give_back(self, limits: Sequence[Limit], clear: Sequence[str] = ()) -> None:
        keys = [_bucket(limit.key) for limit in limits] + [_bucket(key) for key in clear]
        if keys:
            tail = [len(limits), *(limit.every // MICROSECOND for limit in limits)]
            self._proved(lambda epoch: self._give_back(keys=[MARK, *keys], args=[epoch.mark, *tail]))

    def spend(self, kind: str, value_hash: str, life: timedelta) -> bool:
        return self.spend_all(((kind, value_hash, life),))[0]

    def spend_all(self, values: Sequence[tuple[str, str, timedelta]]) -> tuple[bool, ...]:
        keys = [f"spent:{{n}}:{kind}:{value_hash}" for kind, value_hash, _ in values]
        lives = [ms(life) for _, _, life in values]
        answer = self._proved(lambda epoch: self._spend(keys=[MARK, *keys], args=[epoch.mark, *lives]))
        return tuple(one == 1 for one in answer)

    def ping(self) -> None:
        with answers():
            self._client.set("ping:{n}", b"1", px=1000)

    def close(self) -> None:
        self._line.close()
        self._client.close()

    def _readings(self, verb: str, limits: Sequence[Limit]) -> tuple[Reading, ...]:
        if not limits:
            return ()
        keys = [MARK, *(_bucket(limit.key) for limit in limits)]

        def ask(epoch: Epoch) -> Any:
            return self._count(keys=keys, args=[epoch.mark, verb, *_rates(limits, epoch)])

        answer = self._proved(ask)
        return tuple(
            Reading(used=used, allowed=wait == 0, retry_after=wait * MICROSECOND)
            for used, wait in zip(answer[::2], answer[1::2], strict=True)
        )

    def _proved(self, ask: Callable[[Epoch], Any]) -> Any:
        """Asks with the mark that we know; if the store shows another, it is proved anew and asked once more."""
        for _ in range(3):
            epoch = self._epoch
            with answers():
                answer = ask(epoch)
            if answer not in (-1, [-1]):
                return answer
            self._epoch = self._prove(epoch)
        raise Unavailable("store", "its mark moves under our eyes")

    def _prove(self, known: Epoch | None) -> Epoch:
        with self._lock:
            if known is not None and self._epoch is not known:
                return self._epoch  # another thread has proved it meanwhile
            with answers():
                return self._epochs.prove("n", self._server(), self._read_mark, self._write_mark, self._now())

    def _server(self) -> Server:
        where: dict[str, Any] = {}
        if isinstance(self._client, redis.RedisCluster):
            where["target_nodes"] = self._client.get_node_from_key(MARK)  # type: ignore[no-untyped-call]
        told: dict[str, Any] = self._client.info("server", **where)
        replication: dict[str, Any] = self._client.info("replication", **where)
        return Server(str(told.get("run_id", "")), str(replication.get("master_replid", "")))

    def _read_mark(self) -> str | None:
        value: Any = self._client.get(MARK)
        return None if value is None else value.decode()

    def _write_mark(self, mark: str) -> None:
        self._client.set(MARK, mark)  # the one key that must not expire

    def _sealed(self, interaction: Interaction) -> bytes:
        body = self._keyring.seal(INTERACTION.dump_json(interaction), row=_row(interaction.id_hash))
        return f"{interaction.version}\n{interaction.network}\n".encode() + body


def _rates(limits: Sequence[Limit], epoch: Epoch) -> Iterator[int]:
    """Burst, every, and since when the bucket counts as full: budgets of guesses are used up when the store forgot."""
    forgot = 0 if epoch.forgot_at is None else (epoch.forgot_at - EPOCH) // MICROSECOND
    for limit in limits:
        yield from (limit.burst, limit.every // MICROSECOND, forgot if limit.key.startswith(GUESSES) else 0)


def _code(code_hash: str) -> str:
    return f"code:{{{code_hash}}}"


def _interaction(id_hash: str) -> str:
    return f"interaction:{{ix}}:{id_hash}"


def _bucket(key: str) -> str:
    return f"bucket:{{n}}:{key}"


def _row(id_hash: str) -> tuple[str, ...]:
    return ("interaction", "body", id_hash)
