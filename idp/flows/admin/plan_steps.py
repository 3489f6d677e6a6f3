"""The steps from what is in force to what a plan says: departments, APIs, clients, agreements, issuers.

Spec: none. Deliberately decides nothing about right and wrong: `idp.flows.admin.plan` did.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

from idp.events import DepartmentChanged, RegistryChanged
from idp.flows.admin import client_secrets, clients
from idp.flows.admin.clients import CERTIFICATION
from idp.flows.admin.difference import FieldChange, between
from idp.flows.admin.plan import Plan, PlannedClient
from idp.flows.admin.step import HIDDEN, Kind, Step, What, what
from idp.flows.context import Idp
from idp.model import Client, Configuration, Department, Resource, SharingAgreement, TrustedIssuer
from idp.ports import Tx

Registered = Resource | SharingAgreement | TrustedIssuer


def departments(plan: Plan, now: Configuration) -> Iterator[Step]:
    for one in plan.departments:
        held = now.departments.get(one.id)
        if changed := between(held, one):
            yield Step("department", one.id, what(held), changed, partial(_put_department, one, what(held)))


def registered(plan: Plan, now: Configuration) -> Iterator[Step]:
    """APIs, agreements, issuers: what changes, each with the event that tells it."""
    known: dict[Kind, dict[str, Registered]] = {
        "resource": dict(now.resources),
        "agreement": dict(now.agreements),
        "issuer": dict(now.issuers),
    }
    for kind, wanted in _wanted(plan).items():
        for about, one in wanted.items():
            held = known[kind].get(about)
            if changed := between(held, one):
                yield Step(kind, about, what(held), changed, partial(_put, kind, about, one, what(held)))


def client(idp: Idp, plan: Plan, planned: PlannedClient, held: Client | None, *, restore: bool) -> Step | None:
    """None: it is so already."""
    wanted = replace(planned.client, registered_by="plan", labels=_labels(plan, planned.client))
    if held is not None:
        alive = restore or not held.disabled
        wanted = replace(wanted, disabled=not alive, ended_before=held.ended_before)
        wanted = client_secrets.keep(wanted, held) if client_secrets.has_one(wanted) else wanted
    changed = list(between(held, wanted))
    if held is not None and held.disabled != wanted.disabled:
        changed.append(FieldChange("disabled", held.disabled, wanted.disabled))
    given, secret = planned.secret, None
    if given is not None and not client_secrets.holds(wanted, given.reveal()):
        wanted = client_secrets.with_secret(wanted, given.reveal())
        changed.append(FieldChange("secret", HIDDEN if held else None, HIDDEN))
    elif given is None:
        wanted, secret = client_secrets.minted(idp, wanted)
        if secret is not None:
            changed.append(FieldChange("secret", None, HIDDEN))
    if not changed:
        return None
    write = partial(_put_client, wanted, what(held))
    return Step("client", wanted.id, what(held), tuple(changed), write, secret)


def strays(plan: Plan, now: Configuration, at: datetime) -> Iterator[Step]:
    """What plans alone bring about and this one does not name: its removal."""
    wanted, named = _wanted(plan), {one.client.id for one in plan.clients}
    for one in now.clients.values():
        if one.registered_by == "plan" and not one.disabled and one.id not in named:
            gone = replace(one, disabled=True, ended_before=at)
            yield Step("client", one.id, "removed", (), partial(_put_client, gone, "removed"))
    for name in now.agreements.keys() - wanted["agreement"].keys():
        yield Step("agreement", name, "removed", (), partial(_drop, "agreement", name))
    for name in now.issuers.keys() - wanted["issuer"].keys():
        yield Step("issuer", name, "removed", (), partial(_drop, "issuer", name))


def _wanted(plan: Plan) -> dict[Kind, dict[str, Registered]]:
    return {
        "resource": {one.audience: one for one in plan.resources},
        "agreement": {one.id: one for one in plan.agreements},
        "issuer": {one.issuer: one for one in plan.issuers},
    }


def _labels(plan: Plan, client: Client) -> frozenset[str]:
    return client.labels | ({CERTIFICATION} if plan.purpose == CERTIFICATION else frozenset())


def _put_department(one: Department, how: What, tx: Tx, by: str, reason: str) -> None:
    tx.registry.put_department(one)
    tx.record(DepartmentChanged(department_id=one.id, by=by, what=how, reason=reason))


def _put_client(one: Client, how: What, tx: Tx, by: str, reason: str) -> None:
    clients.write(tx, one, how, reason, by=by)


def _put(kind: Kind, about: str, one: Registered, how: What, tx: Tx, by: str, reason: str) -> None:
    if isinstance(one, Resource):
        tx.registry.put_resource(one)
    elif isinstance(one, SharingAgreement):
        tx.registry.put_agreement(one)
    else:
        tx.registry.put_issuer(one)
    tx.record(RegistryChanged(kind=kind, about=about, by=by, what=how, reason=reason))


def _drop(kind: Kind, about: str, tx: Tx, by: str, reason: str) -> None:
    if kind == "agreement":
        tx.registry.drop_agreement(about)
    else:
        tx.registry.drop_issuer(about)
    tx.record(RegistryChanged(kind=kind, about=about, by=by, what="removed", reason=reason))
