"""The page behind a reference code: how a decision was made, rule by rule, and what would change it.

For the person concerned and for administrators who may read policies; for everybody else there is no such page.
"""

from flask import Blueprint, Response, request

from idp.flows import authorize, why
from idp.flows.admin.console import administrator
from idp.flows.context import SignedInAs
from idp.model import ACR_ORDER
from idp.web import pages
from idp.web.answers import answer
from idp.web.front import Front
from idp.web.pages import Fact, Reason, TraceStep
from idp.web.pages.factors import WayKind
from idp.web.pages.parts import Place
from policies.explain import Part, Step

PROVED: dict[str | None, tuple[WayKind, ...]] = {
    ACR_ORDER[0]: ("password",),
    ACR_ORDER[1]: ("password", "totp"),
    ACR_ORDER[2]: ("passkey",),
    ACR_ORDER[3]: ("passkey",),
}


def blueprint(front: Front) -> Blueprint:
    views = Blueprint("why", __name__)
    views.add_url_rule("/why/<reference>", "why", lambda reference: _why(front, reference), methods=["GET"])
    return views


def _why(front: Front, reference: str) -> Response:
    me, visit = front.signed_in(), front.visit()
    if me is None:
        return answer(front, authorize.enter(front.idp, visit, request.path))
    found = why.recorded(front.idp, reference, me.subject.id, administrator(front.idp, visit, me))
    return front.page(page_of(front, found, me))


def page_of(front: Front, found: why.Why, me: SignedInAs) -> pages.Why:
    """The view-model of an explanation: the part that decides it, with names instead of ids."""
    part = _deciding(found)
    configuration = front.idp.ports.truth.configuration()
    here = found.question.circumstances
    return pages.Why(
        reference=found.reference or "",
        own=found.subject is not None and found.subject.id == me.subject.id,
        who=found.subject.display_name if found.subject else "?",
        app=found.application,
        at=found.at,
        outcome=found.outcome,
        asked=tuple(one.name for one in found.question.permissions),
        dropped=found.dropped,
        place=Place(here.country),
        proved=PROVED.get(here.acr, ()),
        reasons=tuple(_reason(said) for said in why.reasons(found, configuration)),
        trace=tuple(_step(step, why.facts_of(configuration, part.params)) for step in part.trace if _tells(step)),
        remedies=tuple(_reason(said) for said in why.remedies(found, configuration)),
        evidence=tuple(Reason(name, dict(params)) for name, params in found.evidence),
    )


def _deciding(found: why.Why) -> Part:
    """The entry when it was not open; else the first permission that was not given; else the entry."""
    entry, *rest = found.explanation.parts
    if entry.outcome != "allowed":
        return entry
    return next((part for part in rest if part.outcome != "allowed"), entry)


def _tells(step: Step) -> bool:
    """Rules that had a say; the many that simply did not apply would hide them."""
    return step.decides or step.state != "not-matched" or step.would_also_ask is not None


def _step(step: Step, facts: dict[str, object]) -> TraceStep:
    effect = (
        "permit" if step.effect == "permit" else "require" if step.state == "met" or step.would_also_ask else "forbid"
    )
    return TraceStep(
        rule=step.policy_id,
        because=Reason(step.because, facts),
        effect=effect,  # type: ignore[arg-type]
        matched=step.state != "not-matched",
        decides=step.decides,
        facts=tuple(Fact(Reason(f"fact.{fact.name}"), _value(fact.value)) for fact in step.facts),
    )


def _value(value: object) -> Reason | str:
    match value:
        case None:
            return Reason("fact.unknown")
        case True | False:
            return Reason("fact.yes" if value else "fact.no")
        case list() | tuple():
            return ", ".join(map(str, value)) if value else Reason("fact.none")
        case _:
            return str(value)


def _reason(said: why.Said) -> Reason:
    """Message ids with facts, which may be sentences themselves."""
    name, facts = said
    return Reason(name, {key: _reason(value) if isinstance(value, tuple) else value for key, value in facts.items()})
