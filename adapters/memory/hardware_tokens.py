"""Hardware tokens in memory."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from adapters.memory.tables import Tables, known
from idp.model import HardwareToken
from idp.secret import Secret


class MemoryHardwareTokens:
    """`idp.ports.HardwareTokens`."""

    def __init__(self, tables: Callable[[], Tables]) -> None:
        self._tables = tables

    def get(self, serial: str) -> HardwareToken | None:
        return self._tables().hardware_tokens.get(serial)

    def of(self, subject_id: str) -> list[HardwareToken]:
        kept = self._tables().hardware_tokens.values()
        return sorted((one for one in kept if one.assigned_to == subject_id), key=lambda one: one.serial)

    def unassigned(self) -> int:
        return sum(one.assigned_to is None and one.lost_at is None for one in self._tables().hardware_tokens.values())

    def add(self, token: HardwareToken) -> bool:
        return self._tables().hardware_tokens.setdefault(token.serial, token) is token

    def assign(self, serial: str, subject_id: str) -> bool:
        known(self._tables().people, subject_id)
        one = self.get(serial)
        if one is None or one.assigned_to is not None or one.lost_at is not None:
            return False
        self._tables().hardware_tokens[serial] = replace(one, assigned_to=subject_id)
        return True

    def release(self, serial: str, subject_id: str) -> bool:
        one = self.get(serial)
        if one is None or one.assigned_to != subject_id:
            return False
        self._tables().hardware_tokens[serial] = replace(one, assigned_to=None)
        return True

    def lose(self, serial: str, at: datetime) -> bool:
        one = self.get(serial)
        if one is None or one.lost_at is not None:
            return False
        self._tables().hardware_tokens[serial] = replace(one, lost_at=at, assigned_to=None, secret=Secret(b""))
        return True
