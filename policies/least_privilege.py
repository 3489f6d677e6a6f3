"""What a token may carry: asked ∩ granted ∩ allowed now, and for everything left out, by which rule.

Obeys: RFC 6749 §3.3 (issued scope may be less than asked); RFC 9700 §2.3 (privilege restriction).
Does not: decide what is allowed; that is the engine's Decision.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from policies.decision import Decision

NOT_GRANTED = "not-granted"
NOT_JUDGED = "not-judged"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the difference: `dropped_by` is empty when the permission is in the token."""

    asked: str
    granted: bool
    dropped_by: tuple[str, ...] = ()
    because: str = ""
    needs_acr: str | None = None


@dataclass(frozen=True, slots=True)
class Grantable:
    """The permissions of the token, in the order they were asked for, and the whole difference."""

    permissions: tuple[str, ...]
    difference: tuple[Row, ...] = field(default=())


def grantable(asked: Sequence[str], granted: Collection[str], allowed: Decision) -> Grantable:
    """Asked ∩ granted ∩ allowed now.

    Args:
        asked: permission names from the request; repetitions count once.
        granted: what the grant (consent, refresh family) covers.
        allowed: the decision on this very request, now.
    Spec: RFC 6749 §3.3, RFC 9700 §2.3.
    """
    rows = tuple(_row(name, granted, allowed) for name in dict.fromkeys(asked))
    return Grantable(tuple(row.asked for row in rows if row.granted), rows)


def _row(name: str, granted: Collection[str], allowed: Decision) -> Row:
    if name not in granted:
        return Row(name, False, (NOT_GRANTED,), "policy.not-granted")
    for dropped in allowed.dropped:
        if dropped.name == name:  # A drop wins over a grant of the same name, should there ever be both.
            return Row(name, False, dropped.policies, dropped.because, dropped.needs_acr)
    if allowed.allowed and any(name == held.name for held in allowed.permissions):
        return Row(name, True)
    return Row(name, False, (NOT_JUDGED,), "policy.not-judged")
