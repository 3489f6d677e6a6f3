"""Everything that is kept about one person, each part with what it is for and how long it stays.

One table of parts makes the file and the page, so that neither can tell less than the other. No secret, no digest that
only we can read, and nobody else's facts are in it: other people stand there by their ids.
Spec: PIPL articles 44-45 (access, copy, transfer), 17 (purpose and period). Deliberately not here: changing or erasing
it (`idp.flows.wishes`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from config.settings import Retention
from idp.events import PersonExported
from idp.flows import notices
from idp.flows.context import Idp, SignedInAs, Visit
from idp.flows.kept_parts import PARTS, Item, Part
from idp.model import Subject

SCHEMA = Path(__file__).with_suffix(".schema.json")
"""JSON Schema 2020-12 of the file."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One part of one person. `days`: how long a row stays; None: until the account ends, or for ever for `law`."""

    name: str
    purpose: str
    days: int | None
    items: tuple[Item, ...]


def everything(idp: Idp, subject: Subject) -> tuple[Kept, ...]:
    """All parts in their order, also the empty ones."""
    retention = idp.settings.retention
    return tuple(
        Kept(part.name, part.purpose, _days(part, retention), tuple(part.read(idp, subject))) for part in PARTS
    )


def rules(idp: Idp) -> tuple[Kept, ...]:
    """The same without anybody's facts: what kinds of things are kept, why and how long."""
    return tuple(Kept(part.name, part.purpose, _days(part, idp.settings.retention), ()) for part in PARTS)


def export(idp: Idp, visit: Visit, me: SignedInAs, form: Literal["json", "page"]) -> tuple[Kept, ...]:
    """Give it to the person; the log and a letter say that it was given."""
    found = everything(idp, me.subject)
    with idp.ports.truth.begin() as tx:
        tx.record(PersonExported(subject_id=me.subject.id, sid=me.session.sid, network=visit.network, form=form))
        notices.tell(idp, tx, me.subject.id, "data-exported")
    return found


def as_json(idp: Idp, subject: Subject, parts: Sequence[Kept], now: datetime) -> dict[str, object]:
    """The file. Its schema is published at `/me/data/schema.json`."""
    return {
        "$schema": f"{idp.issuer}/me/data/schema.json",
        "issuer": idp.issuer,
        "subject": subject.id,
        "made_at": now.isoformat(),
        "parts": [
            {"name": one.name, "purpose": one.purpose, "kept_days": one.days, "items": list(one.items)} for one in parts
        ],
    }


def _days(part: Part, retention: Retention) -> int | None:
    days: int | None = getattr(retention, part.days) if part.days else None
    return days
