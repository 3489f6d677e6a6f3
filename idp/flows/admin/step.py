"""One change of a plan: what it is, field by field, and how it is written; shown and carried out from one value."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from idp.flows.admin.difference import FieldChange
from idp.ports import Tx

Kind = Literal["department", "resource", "client", "agreement", "issuer", "person"]
What = Literal["added", "changed", "removed"]
Write = Callable[[Tx, str, str], None]
"""(transaction, by whom, why)."""
HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class Step:
    """secret: one that was made for this step, to be shown once when it was carried out."""

    kind: Kind
    about: str
    what: What
    fields: tuple[FieldChange, ...]
    write: Write
    secret: str | None = None


def what(held: object | None) -> What:
    return "added" if held is None else "changed"
