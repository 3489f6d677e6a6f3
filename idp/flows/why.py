"""Why: for a decision that was made (by its reference), and for any question that one may ask now.

Both put the question to the same engine that decides sign-ins. Who may read a reference: the person concerned, and
administrators who may read policies and see that person. For everybody else it does not exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from idp.errors import Invalid, NotFound
from idp.flows import built_in
from idp.flows.admin.scope import Admin
from idp.flows.context import Idp
from idp.flows.decide import app_of, permissions_of, question_of, who_of
from idp.model import ACR_ORDER, Client, Configuration, DecisionRecord, Subject, Text
from policies import explain
from policies.counterfactual import Change
from policies.question import Band, Circumstances, Question

Outcome = Literal["allowed", "asked", "refused"]


@dataclass(frozen=True, slots=True)
class Why:
    """A question with its whole answer.

    Args:
        reference: of a decision that was made; None for a question asked now.
        subject: the person in question; None when they are gone.
        evidence: (message id, facts) of what was unusual, strongest first; never a score.
        rules_changed: the rules of today are not those that decided.
    """

    reference: str | None
    at: datetime
    subject: Subject | None
    application: Text
    outcome: Outcome
    question: Question
    explanation: explain.Explanation
    evidence: tuple[tuple[str, Mapping[str, str]], ...] = ()
    rules_changed: bool = False

    @property
    def dropped(self) -> tuple[str, ...]:
        """Permissions asked for and not given."""
        return tuple(part.name for part in self.explanation.parts[1:] if part.outcome != "allowed")


@dataclass(frozen=True, slots=True)
class Asked:
    """A free question. Empty `scopes` ask about the entry alone; `acr` None is what a password proves."""

    client_id: str
    scopes: tuple[str, ...] = ()
    country: str | None = None
    zones: frozenset[str] = frozenset()
    asn: int | None = None
    acr: str | None = None
    band: Band = "low"
    degraded: bool = False


def recorded(idp: Idp, reference: str, reader_id: str | None, admin: Admin | None = None) -> Why:
    """The decision behind a reference. Raises NotFound: there is none, or it is not for this reader."""
    record = idp.ports.truth.history.decision(clean(reference))
    if record is None:
        raise NotFound("no decision has that reference")
    subject = idp.ports.truth.people.get(record.subject_id) if record.subject_id else None
    if not _may_read(record, subject, reader_id, admin):
        raise NotFound("no decision has that reference for this reader")
    question = question_of(record.question)
    explanation = explain.why(idp.policies, question)
    return Why(
        reference=record.reference,
        at=record.at,
        subject=subject,
        application=_application(idp.ports.truth.configuration(), record.client_id),
        outcome=record.outcome,
        question=question,
        explanation=explanation,
        evidence=_evidence(record),
        rules_changed=record.answer.get("policy_version") != explanation.policy_version,
    )


def _may_read(record: DecisionRecord, subject: Subject | None, reader_id: str | None, admin: Admin | None) -> bool:
    if reader_id is not None and record.subject_id == reader_id:
        return True
    if admin is None or not admin.may("admin.policy.read"):
        return False
    return admin.branch is None or (subject is not None and admin.sees(subject.department_id))


def clean(reference: str) -> str:
    """`k7fq 2m4x` → `K7FQ-2M4X`: as it may be read out over the telephone."""
    signs = "".join(sign for sign in reference.upper() if sign.isascii() and sign.isalnum())
    return f"{signs[:4]}-{signs[4:]}"


def ask(idp: Idp, admin: Admin, subject_id: str, asked: Asked, now: datetime) -> Why:
    """What the rules say of this person at that application now. Raises NotFound, Invalid."""
    admin.require("admin.policy.read")
    subject = admin.require_sees(idp.ports.truth.people.get(subject_id))
    standing = idp.ports.truth.people.standing(subject.id, now)
    if standing is None:
        raise Invalid("that person holds no post now, so nothing permits anything")
    configuration = idp.ports.truth.configuration()
    client = _client(configuration, asked.client_id)
    permissions = permissions_of(configuration, client, asked.scopes)
    if unknown := sorted(set(asked.scopes) - {one.name for one in permissions}):
        known = ", ".join(configuration.permissions_of(client)) or "none"
        raise Invalid(f"{client.id} has no permission {', '.join(unknown)}; it has {known}")
    if asked.acr not in (None, *ACR_ORDER):
        raise Invalid(f"{asked.acr!r} is not an assurance level; there are {', '.join(ACR_ORDER)}")
    here = Circumstances(
        at=now,
        zones=asked.zones,
        country=asked.country,
        asn=asked.asn,
        band=asked.band,
        acr=asked.acr or ACR_ORDER[0],
        degraded=asked.degraded,
    )
    question = Question(who_of(standing), app_of(client), permissions, here)
    explanation = explain.why(idp.policies, question)
    outcome: dict[str, Outcome] = {"allowed": "allowed", "needs-proof": "asked", "refused": "refused"}
    return Why(None, now, subject, client.name, outcome[explanation.parts[0].outcome], question, explanation)


def _client(configuration: Configuration, client_id: str) -> Client:
    if client_id == built_in.ACCOUNT.id:
        return built_in.ACCOUNT
    found = configuration.clients.get(client_id)
    if found is None:
        raise NotFound(f"no application {client_id!r}")
    return found


def _application(configuration: Configuration, client_id: str) -> Text:
    try:
        return _client(configuration, client_id).name
    except NotFound:
        return Text(client_id, client_id)


def _evidence(record: DecisionRecord) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """What raised the score, in words; weights and values stay inside."""
    kept = record.risk.get("evidence")
    found = [one for one in kept if isinstance(one, dict)] if isinstance(kept, list) else []
    worse = sorted((one for one in found if float(one.get("weight", 0)) > 0), key=lambda one: -float(one["weight"]))
    return tuple((str(one["message"]), dict(one.get("params", {}))) for one in worse)


def facts_of(configuration: Configuration, params: Mapping[str, str]) -> dict[str, object]:
    """The placeholders of a reason with ids replaced by names in both languages."""
    named: dict[str, object] = dict(params)
    if "application" in params:
        named["application"] = _application(configuration, params["application"])
    for key in ("department", "owner"):
        department = configuration.departments.get(params.get(key, ""))
        if department is not None:
            named[key] = department.name
    permission = params.get("permission")
    for api in configuration.resources.values():
        for one in api.permissions:
            if permission and one.name == permission:
                named["permission"] = one.name_text
    return named


Said = tuple[str, Mapping[str, object]]
"""A message id and its facts; a fact may be `Said` again, or a `Text`."""


def reasons(why: Why, configuration: Configuration) -> tuple[Said, ...]:
    """The outcome in sentences: the entry's reason, then those of permissions that were left out."""
    shown = [part for part in why.explanation.parts if part.outcome != "allowed"] or list(why.explanation.parts[:1])
    found = [(part.because, facts_of(configuration, part.params)) for part in shown]
    return tuple(one for place, one in enumerate(found) if one not in found[:place])


def remedies(why: Why, configuration: Configuration) -> tuple[Said, ...]:
    """What would turn each *no*, the smallest changes first; each was really asked of the same engine."""
    found: list[Said] = []
    for part in why.explanation.parts:
        for flip in part.what_would_change:
            change = _change(configuration, flip.changes[0])
            for more in flip.changes[1:]:
                change = ("why.and", {"one": change, "other": _change(configuration, more)})
            said: Said = ("why.if", {"change": change})
            found += [said] if said not in found else []
    return tuple(found)


def _change(configuration: Configuration, change: Change) -> Said:
    match change.kind:
        case "acr":
            return f"why.change.acr.{change.value}", {}
        case "country":
            return "why.change.country", {"country": change.value}
        case "agreement":
            department = configuration.departments.get(change.value)
            return "why.change.agreement", {"department": department.name if department else change.value}
        case _:
            return f"why.change.{change.kind}", {"value": change.value}
