"""What would change the answer: other questions, really asked of the same engine.

Obeys: nothing but the engine; a change is reported only when the engine says yes to the changed question.
Does not: say that a change should be made, or propose two administrator roles for one person.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, islice

from policies.decision import Decision
from policies.engine import Engine
from policies.question import ACR_ORDER, BANDS, EVERYONE, Agreement, Permission, Question, assurance_rank
from policies.rulebook import RuleBook, literals_compared_with_roles
from policies.separation import conflicts

MOST_CHANGES = 4
MOST_TRIES = 400


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to change and its new value.

    `kind` is role, acr, network, country, band, clearance, post, directory or agreement.
    """

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Flip:
    """Changes that together turn the answer, and the policies that would then permit."""

    changes: tuple[Change, ...]
    permitted_by: tuple[str, ...]


_Turn = Callable[[Question], Question]
_Candidate = tuple[Change, _Turn]


def what_would_change(
    engine: Engine, question: Question, permission: Permission | None, permitting: Callable[[Decision], tuple[str, ...]]
) -> tuple[Flip, ...]:
    """The smallest sets of changes after which the engine says yes, weakest first.

    Args:
        permission: the one asked about, None for the entry.
        permitting: the policies by which a decision says yes to it; empty when it says no.
    Returns:
        Empty when nothing that was tried would do.
    """
    found: list[Flip] = []
    for chosen in islice(_sets(list(_candidates(engine.book, question, permission))), MOST_TRIES):
        changes = tuple(change for change, _ in chosen)
        if found and len(changes) > len(found[0].changes):
            break
        if not any(_weaker(earlier.changes, changes) for earlier in found):
            permitted_by = permitting(engine.decide(_turned(question, chosen)))
            found += [Flip(changes, permitted_by)] if permitted_by else []
    return tuple(found)


def _sets(candidates: list[_Candidate]) -> Iterator[tuple[_Candidate, ...]]:
    for size in range(1, MOST_CHANGES + 1):
        for chosen in combinations(candidates, size):
            if len({change.kind for change, _ in chosen}) == size:
                yield chosen


def _turned(question: Question, chosen: tuple[_Candidate, ...]) -> Question:
    for _, turn in chosen:
        question = turn(question)
    return question


def _weaker(earlier: tuple[Change, ...], later: tuple[Change, ...]) -> bool:
    """Whether `earlier` asks the same of everything that has no order, and less of what has one."""
    return all(a == b or a.kind == b.kind in ("acr", "band", "network") for a, b in zip(earlier, later, strict=True))


def _candidates(book: RuleBook, question: Question, permission: Permission | None) -> Iterator[_Candidate]:
    yield from _about_the_person(book, question, permission)
    yield from _about_the_circumstances(question)
    application, who = question.application, question.who
    if application.department not in who.departments:
        agreements = (*application.agreements, Agreement("(new)", who.department))
        agreed = replace(application, agreements=agreements)
        yield Change("agreement", who.department), lambda q: replace(q, application=agreed)


def _about_the_person(book: RuleBook, question: Question, permission: Permission | None) -> Iterator[_Candidate]:
    who = question.who
    for role in _roles(book, question, permission):
        if not conflicts(who.roles | {role}):
            yield Change("role", role), _person(roles=who.roles | {role})
    needed = max(question.application.grade, permission.grade if permission else 0)
    if who.clearance < needed:
        yield Change("clearance", str(needed)), _person(clearance=needed)
    if who.post_kind != "regular":
        yield Change("post", "regular"), _person(post_kind="regular")


def _roles(book: RuleBook, question: Question, permission: Permission | None) -> list[str]:
    named = set(permission.roles) if permission else set()
    for action in ("signIn", "hold") if permission else ("signIn",):
        for rule in book.rules_for(question.application.id, action):
            named |= literals_compared_with_roles(rule.tree)
    return sorted(named - question.who.roles - {EVERYONE})


def _about_the_circumstances(question: Question) -> Iterator[_Candidate]:
    c, application = question.circumstances, question.application
    for acr in ACR_ORDER[assurance_rank(c.acr) :]:
        yield Change("acr", acr), _circumstances(acr=acr)
    for band in reversed(BANDS[: BANDS.index(c.band)]):
        yield Change("band", band), _circumstances(band=band)
    if not c.zones & application.networks:
        for zone in sorted(application.networks):
            yield Change("network", zone), _circumstances(zones=c.zones | {zone})
    if application.countries and c.country not in application.countries:
        country = min(application.countries)
        yield Change("country", country), _circumstances(country=country)
    if c.degraded:
        yield Change("directory", "reachable"), _circumstances(degraded=False)


def _person(**new: object) -> _Turn:
    def turn(question: Question) -> Question:
        return replace(question, who=replace(question.who, **new))  # type: ignore[arg-type]

    return turn


def _circumstances(**new: object) -> _Turn:
    def turn(question: Question) -> Question:
        return replace(question, circumstances=replace(question.circumstances, **new))  # type: ignore[arg-type]

    return turn
