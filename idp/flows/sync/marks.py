"""Where the next delta begins: the directory's own mark, who was there, and by which table it was read.

Who was there is one number that any order gives alike, so that *nobody left and nobody came* costs no look at a store.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from idp.flows.context import Idp
from idp.model import Department

_ALL = 2**128


@dataclass(frozen=True, slots=True)
class Marked:
    """by: a digest of the settings and the mapping that it was read by."""

    since: str
    groups: str
    present: str
    by: str

    def text(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def read(text: str | None) -> Marked | None:
    """None: there is none, or none of this form."""
    try:
        return Marked(**json.loads(text or ""))
    except (ValueError, TypeError):
        return None


def by(idp: Idp, department: Department) -> str:
    """Moves with anything that a department's file says."""
    told = json.dumps([department.settings, department.mapping], sort_keys=True)
    return idp.ports.sealer.digest("sync-by", told)[:32]


class Fold:
    """A set of stable ids as one number."""

    def __init__(self, stable_ids: Iterable[str] = ()) -> None:
        self._sum = self.count = 0
        for one in stable_ids:
            self.add(one)

    def add(self, stable_id: str) -> None:
        self.count += 1
        self._sum += int.from_bytes(hashlib.blake2b(stable_id.encode(), digest_size=16).digest(), "big")

    def text(self) -> str:
        return f"{self.count}:{self._sum % _ALL:032x}"
