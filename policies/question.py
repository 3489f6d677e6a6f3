"""The nouns of a policy question: who asks, for which application, for which permissions, in which circumstances.

Obeys: RFC 9068 §2.2.3 (roles and entitlements), RFC 9470 §2 (`acr`), GB/T 43697-2024 (data grades, here 1 to 4).
Does not: check values. The Cedar schema does that at the moment of deciding, and what does not fit it is a deny.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Band = Literal["low", "elevated", "high"]
Phase = Literal["sign-in", "refresh", "introspection", "admin"]

ACR_ORDER: tuple[str, ...] = ("urn:gerege:aal1", "urn:gerege:aal2", "urn:gerege:aal2-phr", "urn:gerege:aal3")
"""Assurance levels, weakest first. Rank 0 is "nothing proved yet", rank 1 the first of these."""

BANDS: tuple[Band, ...] = ("low", "elevated", "high")
PHASES: tuple[Phase, ...] = ("sign-in", "refresh", "introspection", "admin")
EVERYONE = "everyone"
"""A permission whose roles name this may be held by anyone who may use the application."""


def assurance_rank(acr: str | None) -> int:
    """Rank of an assurance level: 0 for nothing proved, then 1 to 4 in the order of ACR_ORDER.

    Raises:
        ValueError: the level is not one of ours. Never guess: an unknown level is no proof.
    Spec: RFC 9470 §2.
    """
    return 0 if acr is None else ACR_ORDER.index(acr) + 1


def acr_of_rank(rank: int) -> str | None:
    """The assurance level of a rank, None for rank 0. Spec: RFC 9470 §2."""
    return ACR_ORDER[rank - 1] if rank > 0 else None


@dataclass(frozen=True, slots=True)
class Who:
    """A person in one post.

    `departments` holds the post's own department and all its ancestors in the tree; `post_kind` is regular, concurrent,
    seconded or acting while the post is active, anything else otherwise; `clearance` is a data grade, 1 to 4.
    """

    person_id: str
    post_id: str | None
    department: str
    departments: frozenset[str]
    roles: frozenset[str]
    clearance: int
    post_kind: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """A department's right to use another department's application, until a day (None: no end is set)."""

    id: str
    department: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class App:
    """An application as policies see it.

    `labels` are words that rules know (`all-employees`, `degraded-ok`); `networks` are zone names and `countries`
    ISO 3166-1 alpha-2 codes from which alone it may be used (empty: from anywhere).
    """

    id: str
    department: str
    grade: int
    labels: frozenset[str] = frozenset()
    agreements: tuple[Agreement, ...] = ()
    networks: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Permission:
    """One permission of one application, and the roles that may hold it (the grant table, as data).

    `needs` are labels of what holding it takes besides a role: `second-factor`, `passkey`.
    No roles means that nobody may hold it; EVERYONE among them, that everyone may.
    """

    name: str
    application: str
    grade: int
    roles: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When, from where, how risky, and what has been proved so far (`acr`, None before the first proof).

    `zones` are the configured network zones that hold the address; `country` and `asn` are None when unknown;
    `degraded` means that the person's directory is away and the sign-in lives on what was known.
    """

    at: datetime
    zones: frozenset[str] = frozenset()
    country: str | None = None
    asn: int | None = None
    band: Band = "low"
    acr: str | None = None
    degraded: bool = False
    phase: Phase = "sign-in"


@dataclass(frozen=True, slots=True)
class Question:
    """May this person enter this application now, and which of these permissions may the token carry?"""

    who: Who
    application: App
    permissions: tuple[Permission, ...]
    circumstances: Circumstances
