"""The store of hardware tokens. See `idp.ports` for how writing works."""

from datetime import datetime
from typing import Protocol

from idp.model import HardwareToken


class HardwareTokens(Protocol):
    """Imported tokens, in the cupboard or with somebody. Seeds are sealed by the store."""

    def get(self, serial: str) -> HardwareToken | None: ...
    def of(self, subject_id: str) -> list[HardwareToken]:
        """What that person holds, by serial."""
        ...

    def unassigned(self) -> int:
        """How many are in the cupboard: nobody's and not lost."""
        ...

    def add(self, token: HardwareToken) -> bool:
        """(write) False: there is one of that serial already, which stays as it is."""
        ...

    def assign(self, serial: str, subject_id: str) -> bool:
        """(write) True for the one caller that takes a token which is nobody's and not lost."""
        ...

    def release(self, serial: str, subject_id: str) -> bool:
        """(write) Back into the cupboard. False when that person does not hold it."""
        ...

    def lose(self, serial: str, at: datetime) -> bool:
        """(write) Nobody's for ever; its seed is forgotten. False when it was lost before, or is unknown."""
        ...
