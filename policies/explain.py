"""Why: how a decision came about, rule by rule, with the facts compared, and what would change it.

Obeys: the engine's own evaluator. A default deny gives no reason in Cedar, so each rule of the slice is
evaluated alone, in the order permits, prohibitions, demands of assurance.
Does not: hold texts (`because` are message ids) or remember anything; to explain an old decision ask with its rule set.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from policies import cedar
from policies.counterfactual import Flip, what_would_change
from policies.decision import DENY_BY_DEFAULT, MALFORMED, Decision
from policies.engine import Engine, because, params
from policies.question import Permission, Question, acr_of_rank, assurance_rank
from policies.rulebook import Rule, attributes


@dataclass(frozen=True, slots=True)
class Fact:
    """An attribute that a rule compares, and its value in this question (None: not known)."""

    name: str
    value: object


@dataclass(frozen=True, slots=True)
class Step:
    """One rule of the trace.

    state: `matched` (a permit permits, a forbid forbids), `not-matched`, `met` (asks for assurance, which was proved).
    decides: this rule determined the answer. would_also_ask: assurance that it demands besides what decides.
    """

    policy_id: str
    because: str
    effect: str
    state: str
    decides: bool
    would_also_ask: str | None
    facts: tuple[Fact, ...]
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Part:
    """The answer to one half of the question: the entry (`name` is the application) or one permission.

    `because` is the reason's message; `decided_by` the rule: for a default deny, the permit that came nearest.
    outcome: `allowed`, `needs-proof` (only assurance is missing, `needs_acr` says which) or `refused`.
    """

    action: str
    name: str
    outcome: str
    needs_acr: str | None
    decided_by: str
    because: str
    params: Mapping[str, str]
    trace: tuple[Step, ...]
    what_would_change: tuple[Flip, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole answer with its reasons; `parts` holds the entry first, then each permission asked for."""

    allowed: bool
    policy_version: str
    parts: tuple[Part, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values: dicts, lists, strings, numbers, None."""
        return _plain(asdict(self))  # type: ignore[no-any-return]


def why(engine: Engine, question: Question) -> Explanation:
    """Explain the decision on a question. Never raises for a bad question; its one part says `malformed-question`."""
    decision = engine.decide(question)
    if any(reason.policy_id == MALFORMED for reason in decision.reasons):
        return Explanation(False, decision.policy_version, (_malformed(decision, question),))
    asked = [_part(engine, question, decision, permission) for permission in (None, *question.permissions)]
    return Explanation(decision.allowed, decision.policy_version, tuple(asked))


def _part(engine: Engine, question: Question, decision: Decision, permission: Permission | None) -> Part:
    outcome, needs, reason_id = _outcome(engine, decision, permission)
    flips = () if outcome == "allowed" else what_would_change(engine, question, permission, _permitting(permission))
    decided_by = _nearest_permit(engine, flips) if reason_id == DENY_BY_DEFAULT else reason_id
    return Part(
        action="hold" if permission else "signIn",
        name=permission.name if permission else question.application.id,
        outcome=outcome,
        needs_acr=needs,
        decided_by=decided_by,
        because=because(engine.book, reason_id),
        params=params(question, permission),
        trace=_trace(engine, question, permission, decided_by),
        what_would_change=flips,
    )


def _outcome(engine: Engine, decision: Decision, permission: Permission | None) -> tuple[str, str | None, str]:
    """The outcome, the assurance it needs, and the policy that is the reason."""
    if permission is None:
        outcome = "allowed" if decision.allowed else "needs-proof" if decision.needs_acr else "refused"
        return outcome, decision.needs_acr, decision.reasons[0].policy_id
    for held in decision.permissions:
        if held.name == permission.name:
            return "allowed", None, held.policies[0]
    dropped = next(d for d in decision.dropped if d.name == permission.name)
    return "needs-proof" if dropped.needs_acr else "refused", dropped.needs_acr, dropped.policies[0]


def _permitting(permission: Permission | None) -> Callable[[Decision], tuple[str, ...]]:
    def permitting(decision: Decision) -> tuple[str, ...]:
        if permission is None:
            return tuple(reason.policy_id for reason in decision.reasons) if decision.allowed else ()
        return next((held.policies for held in decision.permissions if held.name == permission.name), ())

    return permitting


def _nearest_permit(engine: Engine, flips: tuple[Flip, ...]) -> str:
    """Of the permits that did not match, the one that would after the smallest change."""
    rules = engine.book.rules
    ids = [id_ for flip in flips for id_ in flip.permitted_by]
    return next((id_ for id_ in ids if id_ in rules and rules[id_].effect == "permit"), DENY_BY_DEFAULT)


def _trace(engine: Engine, question: Question, permission: Permission | None, decided_by: str) -> tuple[Step, ...]:
    book = engine.book
    if permission and permission.application != question.application.id:
        return ()
    ask = cedar.hold(permission) if permission else cedar.entry(question.application)
    rules = sorted(book.rules_for(question.application.id, ask.action), key=lambda r: (r.effect == "forbid", r.acr > 0))
    things = cedar.entities(question, book.shelf, book.schema)
    said, values = cedar.context(question.circumstances), _values(question, ask)
    proved = assurance_rank(question.circumstances.acr)
    steps = []
    for rule in rules:
        matched, demands = (
            rule.id in cedar.evaluate(question.who, said, [(ask, rank)], rule.alone, things, book.schema)[0].policies
            for rank in (proved, 0)
        )
        state = "matched" if matched else "met" if demands else "not-matched"
        steps.append(_step(rule, state, decided_by, values))
    return tuple(steps)


def _step(rule: Rule, state: str, decided_by: str, values: Mapping[str, Mapping[str, object]]) -> Step:
    facts = tuple(Fact(".".join(path), _value(values, path)) for path in attributes(rule.tree))
    decides = rule.id == decided_by
    also = acr_of_rank(rule.acr) if state == "matched" and not decides else None
    return Step(rule.id, rule.because, rule.effect, state, decides, also, facts, rule.file, rule.line)


def _values(question: Question, ask: cedar.Ask) -> dict[str, Mapping[str, object]]:
    table = cedar.facts(question)
    resource = table[ask.resource_type, ask.resource_id]
    resource = {**resource, "application": table["Application", question.application.id]}
    said = cedar.context(question.circumstances)
    said["assurance"] = question.circumstances.acr
    return {"principal": table["Person", question.who.person_id], "resource": resource, "context": said}


def _value(values: Mapping[str, Any], path: tuple[str, ...]) -> object:
    found: Any = values
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _malformed(decision: Decision, question: Question) -> Part:
    reason = decision.reasons[0]
    name = str(question.application.id)
    return Part("signIn", name, "refused", None, MALFORMED, reason.because, reason.params, (), ())


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
