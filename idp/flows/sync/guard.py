"""The mass-change guard: a directory whose people suddenly lose much has been moved, emptied or mapped wrongly.

Nobody loses anything of it before a person has looked. An explicit word of the directory (disabled) passes: it is said
of each one by name. Spec: house rule of leavers; peers' lesson: one bad reading must not end a ministry.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from idp.events import AlertRaised
from idp.flows.context import Idp
from idp.flows.sync.terms import Terms
from idp.model import Alert, Department, Losing
from idp.ports import Tx

LEFT, ROLE = "left", "role:"
KIND = "mass-change"


def sift(
    idp: Idp, department: Department, terms: Terms, losing: Sequence[Losing], now: datetime
) -> tuple[list[Losing], tuple[Losing, ...]]:
    """(who loses it now, who is held), of everybody whom the directory has."""
    links = idp.ports.truth.links
    there = {
        what: links.count(department.id) if what == LEFT else links.holders(department.id, what.removeprefix(ROLE), now)
        for what in {one.what for one in losing}
    }
    held = frozenset(too_many(terms, losing, there))
    return (
        [one for one in losing if one not in held],
        tuple(sorted(held, key=lambda one: (one.what, one.subject_id))),
    )


def too_many(terms: Terms, losing: Sequence[Losing], there: Mapping[str, int]) -> list[Losing]:
    """Those of them who may not lose it unasked. What is lost is counted apart: everybody's place, and each role."""
    counts = Counter(one.what for one in losing)
    return [one for one in losing if not terms.passes(counts[one.what], there[one.what])]


def tell(idp: Idp, tx: Tx, department: Department, missing: int, read: int, now: datetime) -> None:
    """One alert of a department while it lasts."""
    open_ones = idp.ports.truth.desk.alerts(limit=1000)
    if any(one.kind == KIND and one.params.get("department") == department.id for one in open_ones):
        return
    params = {
        "department_en": department.name.en,
        "department_zh": department.name.zh,
        "department": department.id,
        "missing": str(missing),
        "read": str(read),
    }
    tx.desk.raise_alert(Alert(idp.id("alert"), KIND, now, f"alert.{KIND}", params))
    tx.record(AlertRaised(kind=KIND))


def is_same(one: Collection[Losing], other: Collection[Losing]) -> bool:
    """Whether two lists ask the same question."""
    return frozenset(one) == frozenset(other)
