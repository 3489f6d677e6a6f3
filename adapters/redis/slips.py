"""Requests that wait outside a browser (pushed, of a device, of a back channel) on Redis or Valkey.

They lie as interactions do: `version`, owner, and the sealed rest, moved by the same scripts. What is dropped is spent.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import redis
from pydantic import TypeAdapter

from adapters.master_key import SealingError
from adapters.redis import scripts
from adapters.redis.client import Client
from adapters.redis.hot import hot
from adapters.sealing import Keyring
from idp.errors import Conflict, Expired, Throttled, Unavailable
from idp.model import BackchannelRequest, DeviceRequest, PushedRequest, Slip, UserCode
from idp.ports.brief import MOST_OF_OWNER, S

MILLISECOND = timedelta(milliseconds=1)
SLIPS: dict[type[Slip], TypeAdapter[Any]] = {
    kind: TypeAdapter(kind) for kind in (PushedRequest, DeviceRequest, UserCode, BackchannelRequest)
}


class RedisSlips:
    """The part of `idp.ports.Brief` that keeps slips."""

    def __init__(self, client: Client, keyring: Keyring) -> None:
        self._client, self._keyring, self._line = client, keyring, hot(client)
        self._open = self._line.register_script(scripts.OPEN_INTERACTION)
        self._save = self._line.register_script(scripts.SAVE_INTERACTION)
        self._close = self._line.register_script(scripts.CLOSE_INTERACTION)

    def keep(self, id_hash: str, slip: Slip, life: timedelta, *, owner: str | None = None) -> None:
        value = self._slip(id_hash, slip, owner or "")
        key = _slip(type(slip), id_hash)
        with answers():
            if owner is None:
                kept = self._line.set(key, value, px=ms(life), nx=True)
            else:
                index = _owner(type(slip), owner)
                kept = self._open(keys=[key, index], args=[value, ms(life), MOST_OF_OWNER]) == 0
        if not kept and owner is not None:
            raise Throttled(life, "too many requests wait for one person")
        if not kept:
            raise Conflict("there is one of that id")

    def kept(self, kind: type[S], id_hash: str) -> S | None:
        with answers():
            value: Any = self._line.get(_slip(kind, id_hash))
        return None if value is None else self._unsealed(kind, id_hash, value)

    def kept_of(self, kind: type[S], owner: str) -> Sequence[tuple[str, S]]:
        with answers():
            keys: Any = self._client.zrange(_owner(kind, owner), 0, -1)
            values: Any = self._client.mget(keys) if keys else []
        ids = [key.decode().rpartition(":")[2] for key in keys]
        found = zip(ids, values, strict=True)
        return [(id_hash, self._unsealed(kind, id_hash, value)) for id_hash, value in found if value is not None]

    def change(self, id_hash: str, slip: S) -> S:
        moved = replace(slip, version=slip.version + 1)
        key = _slip(type(slip), id_hash)
        with answers():
            value: Any = self._line.get(key)
            owner = value.split(b"\n", 2)[1].decode() if value is not None else ""
            outcome = self._save(keys=[key], args=[slip.version, self._slip(id_hash, moved, owner)])
        if outcome == b"gone":
            raise Expired("the request is over")
        if outcome == b"moved":
            raise Conflict("the request moved meanwhile")
        return moved

    def drop(self, kind: type[Slip], id_hash: str) -> bool:
        key = _slip(kind, id_hash)
        with answers():
            if kind is not BackchannelRequest:  # nobody's: its slot holds no list
                return bool(self._client.delete(key) == 1)
            return bool(self._close(keys=[key], args=[_owner(kind, "")]) == 1)

    def _slip(self, id_hash: str, slip: Slip, owner: str) -> bytes:
        kind = type(slip)
        body = self._keyring.seal(SLIPS[kind].dump_json(slip), row=("slip", kind.__name__, id_hash))
        return f"{slip.version}\n{owner}\n".encode() + body

    def _unsealed(self, kind: type[S], id_hash: str, value: bytes) -> S:
        try:
            opened = self._keyring.open(value.split(b"\n", 2)[2], row=("slip", kind.__name__, id_hash))
        except SealingError as error:
            raise Unavailable("store", str(error)) from error
        found: S = SLIPS[kind].validate_json(opened)
        return found


@contextmanager
def answers() -> Iterator[None]:
    """No answer, or a refusal (full, loading, not the master), is Unavailable."""
    try:
        yield
    except (redis.RedisError, OSError) as error:
        raise Unavailable("store", f"{type(error).__name__}: {error}") from error


def ms(life: timedelta) -> int:
    """Whole milliseconds, one at least."""
    return max(1, math.ceil(life / MILLISECOND))


def _slip(kind: type[Slip], id_hash: str) -> str:
    """Owned kinds lie in one slot with their owners' lists; the others each in a slot of its own."""
    slot = "{ow}" if kind is BackchannelRequest else f"{{{id_hash}}}"
    return f"slip:{slot}:{kind.__name__}:{id_hash}"


def _owner(kind: type[Slip], owner: str) -> str:
    return f"slips:{{ow}}:{kind.__name__}:{owner}"
