"""Say a Question in Cedar's words: entities, requests, and what came back.

Obeys: Cedar JSON entity and request formats. Everything is JSON-encoded, never pasted into policy text, so that no
name can become syntax. Does not: decide; it only translates, and what cannot be translated is `Malformed`.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from typing import Any

import cedarpy

from policies.question import ACR_ORDER, BANDS, PHASES, App, Circumstances, Permission, Question, Who, assurance_rank

Json = dict[str, Any]


class Malformed(ValueError):
    """The question has values that no rule was written for. The answer is a deny."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One Cedar request: an action on a resource. `label` is what the caller finds the answer by."""

    action: str
    resource_type: str
    resource_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What Cedar said. `failed` is true for anything but a clean Allow or Deny."""

    allow: bool
    policies: tuple[str, ...]
    failed: bool


def entry(application: App) -> Ask:
    """May this application be entered?"""
    return Ask("signIn", "Application", application.id)


def hold(permission: Permission) -> Ask:
    """May this permission be held?"""
    return Ask("hold", "Permission", permission.name)


def issue(opened: App | Permission) -> Ask:
    """May a token be issued whose highest grade is that of this application or permission, and for how long?"""
    if isinstance(opened, App):
        return Ask("issue", "Application", opened.id)
    return Ask("issue", "Permission", opened.name)


def facts(question: Question) -> dict[tuple[str, str], Json]:
    """Attributes of every entity in the question, by (type, id). Raises: Malformed."""
    return {("Person", question.who.person_id): _person(question.who)} | _shelf_facts(*_shelf_key(question))


Shelf = Callable[[App, frozenset[str], tuple[Permission, ...]], cedarpy.Entities]


def shelf(schema: cedarpy.Schema) -> Shelf:
    """Parsed entities of an application and its permissions, kept: the same few are asked about again and again."""

    @lru_cache(maxsize=512)
    def parsed(application: App, partners: frozenset[str], permissions: tuple[Permission, ...]) -> cedarpy.Entities:
        document = _document(_shelf_facts(application, partners, permissions))
        return cedarpy.Entities.from_json_str(document, schema)

    return parsed


def entities(question: Question, shelf: Shelf, schema: cedarpy.Schema) -> cedarpy.Entities:
    """A parsed, schema-checked handle for a question's entities. Raises: Malformed."""
    who = question.who
    if who.department not in who.departments:
        raise Malformed("the department is not in its own branch of the tree")
    if len({p.name for p in question.permissions}) < len(question.permissions):
        raise Malformed("a permission is asked for twice")
    try:
        person = _document({("Person", who.person_id): _person(who)})
        return shelf(*_shelf_key(question)).with_added_json_str(person, schema)
    except ValueError as error:
        raise Malformed(str(error)) from error


def context(circumstances: Circumstances) -> Json:
    """The Cedar context of a question, with the assurance that was proved. Raises: Malformed."""
    c = circumstances
    if c.band not in BANDS or c.phase not in PHASES or c.acr not in (None, *ACR_ORDER) or c.at.utcoffset() is None:
        raise Malformed("unknown band, phase or assurance, or a time without a zone")
    said: Json = {
        "assurance": assurance_rank(c.acr),
        "at": c.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "zones": sorted(c.zones),
        "band": c.band,
        "degraded": c.degraded,
        "phase": c.phase,
    }
    if c.country is not None:
        said["country"] = c.country
    if c.asn is not None:
        said["asn"] = c.asn
    return said


def evaluate(
    who: Who,
    said: Json,
    asks: Sequence[tuple[Ask, int]],
    policies: cedarpy.PolicySet,
    things: cedarpy.Entities,
    schema: cedarpy.Schema,
) -> list[Answer]:
    """Put requests to Cedar in a context, each with its assurance rank. What breaks the schema comes back as failed."""
    texts = {rank: json.dumps({**said, "assurance": rank}) for rank in {rank for _, rank in asks}}
    requests = [
        {
            "principal": {"type": "Person", "id": who.person_id},
            "action": {"type": "Action", "id": ask.action},
            "resource": {"type": ask.resource_type, "id": ask.resource_id},
            "context": texts[rank],
        }
        for ask, rank in asks
    ]
    return [_answer(result) for result in cedarpy.is_authorized_batch(requests, policies, things, schema)]


def _answer(result: cedarpy.AuthzResult) -> Answer:
    clean = result.decision is not cedarpy.Decision.NoDecision and not result.diagnostics.errors
    # Safe: Cedar skips a policy that errs, so an erring forbid would open the door. Any error closes it here.
    return Answer(clean and result.allowed, tuple(sorted(result.diagnostics.reasons)), not clean)


def _reference(application: App) -> Json:
    return {"__entity": {"type": "Application", "id": application.id}}


def _person(who: Who) -> Json:
    return {
        "department": who.department,
        "departments": sorted(who.departments),
        "roles": sorted(who.roles),
        "clearance": who.clearance,
        "postKind": who.post_kind,
    }


def _shelf_key(question: Question) -> tuple[App, frozenset[str], tuple[Permission, ...]]:
    application, at = question.application, question.circumstances.at
    partners = frozenset(a.department for a in application.agreements if a.until is None or at < a.until)
    return application, partners, own_permissions(question)


def own_permissions(question: Question) -> tuple[Permission, ...]:
    """The permissions asked for that belong to the application asked about."""
    return tuple(p for p in question.permissions if p.application == question.application.id)


def _shelf_facts(
    application: App, partners: frozenset[str], permissions: tuple[Permission, ...]
) -> dict[tuple[str, str], Json]:
    table = {("Application", application.id): _application(application, partners)}
    for permission in permissions:
        table["Permission", permission.name] = _permission(permission, application)
    return table


def _document(table: dict[tuple[str, str], Json]) -> str:
    things = [{"uid": {"type": kind, "id": id_}, "attrs": attrs, "parents": []} for (kind, id_), attrs in table.items()]
    return json.dumps(things)


def _application(application: App, partners: frozenset[str]) -> Json:
    return {
        "name": application.id,
        "department": application.department,
        "partners": sorted(partners),
        "grade": application.grade,
        "labels": sorted(application.labels),
        "networks": sorted(application.networks),
        "countries": sorted(application.countries),
    }


def _permission(permission: Permission, application: App) -> Json:
    return {
        "name": permission.name,
        "application": {"__entity": {"type": "Application", "id": application.id}},
        "grade": permission.grade,
        "roles": sorted(permission.roles),
        "needs": sorted(permission.needs),
    }
