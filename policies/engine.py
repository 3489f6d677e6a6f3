"""The engine: one question in, one decision out. Denies by default, and denies whatever it cannot understand.

Obeys: Cedar authorization semantics; RFC 9068 and RFC 9470 for what the answer is used for.
How: every request is put to Cedar with the least that a sign-in proves; where only rules with `@acr` forbid, once
more with the assurance that would lift them. The rule book guarantees that more assurance never permits less, so an
Allow at a lower assurance holds at the proved one. Anything but a clean Allow is a deny.
Does not: cache (callers do, by versions), log, read the clock, or know where questions come from.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import cedarpy

from policies import cedar
from policies.decision import (
    BUILT_IN,
    DENY_BY_DEFAULT,
    FOREIGN_PERMISSION,
    MALFORMED,
    RULE_FAILED,
    SIGN_IN,
    Decision,
    Dropped,
    Granted,
    Reason,
    SessionLimits,
)
from policies.question import ACR_ORDER, App, Permission, Question, acr_of_rank, assurance_rank
from policies.rulebook import PolicyError, Problem, RuleBook, read

LAST = len(ACR_ORDER) + 1
LEAST = 1
"""The rank that every entry takes, whatever the rules say: somebody has signed in."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found for one request: `acr` is the rank that rules require, `open` that nothing else is in the way."""

    open: bool
    acr: int
    policies: tuple[str, ...]
    demands: tuple[str, ...] = ()

    def holds(self, proved: int) -> bool:
        """Whether the request is allowed with what has been proved."""
        return self.open and proved >= self.acr


_Judged = list[tuple[Permission, Verdict]]


class Engine:
    """Decides by one rule book at a time; a reload swaps it whole or not at all."""

    def __init__(self, book: RuleBook, folder: Path | None = None, messages: Collection[str] = ()) -> None:
        self._book, self._folder, self._messages = book, folder, frozenset(messages)

    @classmethod
    def load(cls, folder: Path, *, messages: Collection[str]) -> "Engine":
        """Read `*.cedar` and `schema.cedarschema`. `messages`: known message ids. Raises: PolicyError."""
        return cls(read(_files(folder), messages), folder, messages)

    @classmethod
    def from_texts(cls, files: Mapping[str, str], *, messages: Collection[str]) -> "Engine":
        """An engine of texts by file name, for drafts. Raises: PolicyError."""
        return cls(read(files, messages), None, messages)

    @property
    def book(self) -> RuleBook:
        """The rule book in force."""
        return self._book

    @property
    def version(self) -> str:
        """SHA-256 of the rule book in force, hexadecimal."""
        return self._book.version

    def reload(self, accept: "Callable[[Engine], None]" = lambda draft: None) -> tuple[Problem, ...]:
        """Read the folder again. A bad set is refused: its problems are returned and the last good one stays.

        Args:
            accept: looks at the draft before it is in force; what it raises leaves, and the last good one stays.
        """
        if self._folder is None:
            return ()
        try:
            draft = Engine.load(self._folder, messages=self._messages)
        except PolicyError as error:
            return error.problems
        accept(draft)
        self._book = draft.book
        return ()

    def decide(self, question: Question) -> Decision:
        """Answer a question. Never raises for a bad question: that is a deny with the reason `malformed-question`."""
        book = self._book
        try:
            return _decide(book, question)
        except (cedar.Malformed, ValueError, TypeError, AttributeError, OverflowError) as error:
            return _refused(book, MALFORMED, str(error))


def _files(folder: Path) -> dict[str, str]:
    paths = [*folder.glob("*.cedar"), *folder.glob("*.cedarschema")]
    try:
        return {path.name: path.read_text(encoding="utf-8") for path in paths}
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(
            [Problem(str(folder), 1, f"unreadable: {error}", "Make every file readable UTF-8")]
        ) from error


def _decide(book: RuleBook, question: Question) -> Decision:
    things = cedar.entities(question, book.shelf, book.schema)
    case = Case(book, question, things, cedar.context(question.circumstances))
    proved = assurance_rank(question.circumstances.acr)
    entry = case.judge([cedar.entry(question.application)])[0]
    own = cedar.own_permissions(question) if entry.open else ()
    judged = list(zip(own, case.judge([cedar.hold(p) for p in own]), strict=True))
    held = [(p, v) for p, v in judged if entry.holds(proved) and v.holds(proved)]
    opened: list[App | Permission] = [question.application, *(p for p, _ in held)]
    highest = max(opened, key=lambda it: it.grade)
    life = case.judge([cedar.issue(highest)])[0] if entry.open else entry
    if not life.open:
        entry, held = life, []
    return _decision(case, entry, judged, held, life)


def _decision(case: "Case", entry: Verdict, judged: _Judged, held: _Judged, life: Verdict) -> Decision:
    book, question = case.book, case.question
    allowed = entry.holds(assurance_rank(question.circumstances.acr))
    lasting, by = _life(book, life) if allowed else (timedelta(0), ())
    known, granted = dict(judged), {p for p, _ in held}
    return Decision(
        allowed=allowed,
        acr=acr_of_rank(entry.acr) if entry.open else None,
        needs_acr=acr_of_rank(entry.acr) if entry.open and not allowed else None,
        permissions=tuple(_granted(case, p, v) for p, v in held),
        dropped=tuple(_dropped(case, p, entry, known.get(p)) for p in question.permissions if p not in granted),
        life=lasting,
        life_policies=by,
        reasons=tuple(reason(book, question, id_) for id_ in _determining(case, entry, allowed)),
        session=_session(book, entry) if allowed else None,
        policy_version=book.version,
    )


@dataclass(frozen=True, slots=True)
class Case:
    """A question before one rule book, with its entities and its context in Cedar's words."""

    book: RuleBook
    question: Question
    things: cedarpy.Entities
    said: cedar.Json

    def judge(self, asks: Sequence[cedar.Ask]) -> list[Verdict]:
        """Put requests of one action to Cedar; see the module's text for how."""
        if not asks:
            return []
        answers = self._evaluate([(ask, LEAST) for ask in asks])
        wanted = [_demand(self.book, answer) for answer in answers]
        again = [(ask, rank) for ask, rank in zip(asks, wanted, strict=True) if rank > LEAST]
        seconds = iter(self._evaluate(again) if again else ())
        return [
            _verdict(a, rank, next(seconds) if rank > LEAST else a) for a, rank in zip(answers, wanted, strict=True)
        ]

    def unmet(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Without demands of assurance that was proved: those stand in nobody's way."""
        proved = assurance_rank(self.question.circumstances.acr)
        rules = self.book.rules
        left = tuple(id_ for id_ in ids if not (id_ in rules and (rank := rules[id_].acr) and rank <= proved))
        return left or tuple(ids)

    def _evaluate(self, asks: Sequence[tuple[cedar.Ask, int]]) -> list[cedar.Answer]:
        policies = self.book.slice(self.question.application.id, asks[0][0].action)
        return cedar.evaluate(self.question.who, self.said, asks, policies, self.things, self.book.schema)


def _demand(book: RuleBook, answer: cedar.Answer) -> int:
    """The strictest assurance among the forbids; LEAST when something else forbids too, or nothing does."""
    ranks = [book.rules[id_].acr for id_ in answer.policies]
    return max(ranks) if ranks and not answer.allow and not answer.failed and all(ranks) else LEAST


def _verdict(first: cedar.Answer, rank: int, final: cedar.Answer) -> Verdict:
    demands = first.policies if rank > LEAST else (SIGN_IN,)
    if final.failed:
        return Verdict(False, rank, (RULE_FAILED,))
    if final.allow:
        return Verdict(True, rank, final.policies, demands)
    return Verdict(False, rank, final.policies or (DENY_BY_DEFAULT,))


def _determining(case: "Case", verdict: Verdict, allowed: bool) -> tuple[str, ...]:
    book = case.book
    demands = telling_first(book, verdict.demands)
    if allowed:
        return (*verdict.policies, *(id_ for id_ in demands if id_ != SIGN_IN))
    if verdict.open:
        return telling_first(book, case.unmet(verdict.demands))
    hard = [id_ for id_ in verdict.policies if id_ not in book.rules or not book.rules[id_].acr]
    return telling_first(book, hard or case.unmet(verdict.policies))  # no proof would lift it: do not ask for one


def because(book: RuleBook, policy_id: str) -> str:
    """The message id of a policy, built-in denials included."""
    return BUILT_IN.get(policy_id) or book.rules[policy_id].because


def reason(book: RuleBook, question: Question, policy_id: str, permission: Permission | None = None) -> Reason:
    """A policy as a reason, with the facts that its text may name."""
    return Reason(policy_id, because(book, policy_id), params(question, permission))


def params(question: Question, permission: Permission | None = None) -> dict[str, str]:
    """Placeholders of every reason: ids, which the page replaces by names in its language."""
    who, application, c = question.who, question.application, question.circumstances
    agreements = [a.id for a in application.agreements if a.department in who.departments]
    return {
        "application": application.id,
        "department": who.department,
        "owner": application.department,
        "agreement": ", ".join(agreements),
        "country": c.country or "",
        "networks": ", ".join(sorted(application.networks)),
        "countries": ", ".join(sorted(application.countries)),
        "clearance": str(who.clearance),
        "grade": str(permission.grade if permission else application.grade),
        "permission": permission.name if permission else "",
        "roles": ", ".join(sorted(permission.roles)) if permission else "",
    }


def _granted(case: Case, permission: Permission, verdict: Verdict) -> Granted:
    ids = _determining(case, verdict, allowed=True)
    return Granted(permission.name, tuple(because(case.book, id_) for id_ in ids), ids)


def _dropped(case: Case, permission: Permission, entry: Verdict, own: Verdict | None) -> Dropped:
    if permission.application != case.question.application.id:
        return _told(case, permission, (FOREIGN_PERMISSION,), None)
    if own is None or not entry.open:
        return _told(case, permission, entry.policies, None)
    if not own.open:
        return _told(case, permission, own.policies, None)
    telling = own if own.acr >= entry.acr else entry
    return _told(case, permission, telling.demands, acr_of_rank(telling.acr))


def _told(case: Case, permission: Permission, ids: Sequence[str], needs_acr: str | None) -> Dropped:
    ids = telling_first(case.book, case.unmet(ids))
    about = params(case.question, permission)
    return Dropped(permission.name, because(case.book, ids[0]), ids, needs_acr, about)


def telling_first(book: RuleBook, ids: Sequence[str]) -> tuple[str, ...]:
    """Policies in the order of what they tell: what no proof lifts, then the strictest demand.

    Among equals, a rule of one application before a general one: it was written for this case.
    """

    def rank(policy_id: str) -> tuple[int, bool, str]:
        rule = book.rules.get(policy_id)
        if rule is None:
            return -LAST, False, policy_id
        return -(rule.acr or LAST), not rule.applications, policy_id

    return tuple(sorted(ids, key=rank))


def _life(book: RuleBook, verdict: Verdict) -> tuple[timedelta, tuple[str, ...]]:
    """The strictest life, and the policies that set it."""
    minutes = {id_: book.rules[id_].minutes["life_minutes"] for id_ in verdict.policies}
    least = min(minutes.values())
    return timedelta(minutes=least), tuple(id_ for id_, m in minutes.items() if m == least)


def _session(book: RuleBook, verdict: Verdict) -> SessionLimits | None:
    notes = [book.rules[id_].minutes for id_ in verdict.policies]
    idle = [timedelta(minutes=n["session_idle_minutes"]) for n in notes if "session_idle_minutes" in n]
    absolute = [timedelta(minutes=n["session_minutes"]) for n in notes if "session_minutes" in n]
    return SessionLimits(min(idle, default=None), min(absolute, default=None)) if idle or absolute else None


def _refused(book: RuleBook, why: str, detail: str) -> Decision:
    told = Reason(why, BUILT_IN[why], {"detail": detail})
    return Decision(False, None, None, (), (), timedelta(0), (), (told,), None, book.version)
