"""What an operator wants to be registered, as one value, and everything that is wrong with it, told at once.

A plan describes whole things; what it does not name is not its matter. Secrets are never part of what is written down:
they come by reference, and are in hand here only to be compared and hashed.
Spec: RFC 7591 §2 (clients), RFC 8693 §1.1 (agreements), RFC 7523 §3 (issuers). Reading the file is the adapter's
(`adapters.plan`), carrying it out is `idp.flows.admin.apply`'s.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from idp.errors import Invalid
from idp.flows import password as own_password
from idp.flows.admin import accounts, apis, clients, departments, roles
from idp.flows.admin.accounts import NewPerson
from idp.flows.admin.clients import CERTIFICATION
from idp.flows.context import Idp
from idp.model import (
    ADMINISTRATOR_ROLES,
    Client,
    Configuration,
    Department,
    Resource,
    SharingAgreement,
    TrustedIssuer,
)
from idp.oidc.client_metadata import EXCHANGE
from idp.oidc.jose import JoseError, jwk
from idp.oidc.jose.jws import ALGS
from idp.oidc.redirects import problem_of
from idp.secret import Secret

Purpose = Literal["production", "certification"]


@dataclass(frozen=True, slots=True)
class PlannedClient:
    """A registration without its secret. `secret`: what a reference led to; None: made here if it needs one."""

    client: Client
    secret: Secret[str] | None = None


@dataclass(frozen=True, slots=True)
class PlannedPerson:
    """An account of a department that keeps its people here. `password` None: made here when the person is added."""

    new: NewPerson
    roles: tuple[str, ...] = ()
    password: Secret[str] | None = None

    @property
    def name(self) -> str:
        return self.new.identifiers[0]


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it."""

    purpose: Purpose = "production"
    departments: tuple[Department, ...] = ()
    resources: tuple[Resource, ...] = ()
    clients: tuple[PlannedClient, ...] = ()
    agreements: tuple[SharingAgreement, ...] = ()
    issuers: tuple[TrustedIssuer, ...] = ()
    people: tuple[PlannedPerson, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where it stands in the plan: `clients.payroll.redirect_uris`."""

    place: str
    told: str


def after(plan: Plan, now: Configuration) -> Configuration:
    """What would be in force if the plan were carried out."""
    return replace(
        now,
        departments=now.departments | {one.id: one for one in plan.departments},
        resources=now.resources | {one.audience: one for one in plan.resources},
        clients=now.clients | {one.client.id: one.client for one in plan.clients},
        agreements=now.agreements | {one.id: one for one in plan.agreements},
        issuers=now.issuers | {one.issuer: one for one in plan.issuers},
    )


def problems_of(idp: Idp, plan: Plan) -> Iterator[Problem]:
    """Everything that is wrong, by the same rules as in the console; nothing is asked of the network."""
    then = after(plan, idp.ports.truth.configuration())
    if plan.purpose == CERTIFICATION and idp.settings.mode == "production":
        yield Problem("purpose", "a plan for certification runs is never for production")
    for one in plan.clients:
        if CERTIFICATION in one.client.labels and plan.purpose != CERTIFICATION:
            yield Problem(
                f"clients.{one.client.id}.labels", f'{CERTIFICATION} is what purpose = "{CERTIFICATION}" gives'
            )
    for told in departments.problems_of(then.departments, [one.id for one in plan.departments]):
        name, _, rest = told.partition(": ")
        yield Problem(f"departments.{name}", rest)
    for api in plan.resources:
        yield from _at(f"resources.{api.audience}", apis.problems_of(api, then))
        if api.audience == idp.issuer:
            yield Problem(f"resources.{api.audience}", "is the issuer itself; take another identifier")
    for one in plan.clients:
        yield from _at(f"clients.{one.client.id}", clients.problems_of(one.client, (), then))
    for agreement in plan.agreements:
        yield from _at(f"agreements.{agreement.id}", _wrong_agreement(agreement, then))
    for issuer in plan.issuers:
        yield from _at(f"issuers.{issuer.issuer}", _wrong_issuer(issuer, then, idp.issuer))
    known = set(roles.names_of(then)) - set(ADMINISTRATOR_ROLES)
    for person in plan.people:
        yield from _at(f"people.{person.name}", _wrong_person(idp, person, then, known))


def _at(place: str, told: Iterable[str]) -> Iterator[Problem]:
    """`field: words` at a place."""
    for one in told:
        field, colon, words = one.partition(": ")
        if colon and field.isidentifier():
            yield Problem(f"{place}.{field}", words)
        else:
            yield Problem(place, one)


def _wrong_agreement(one: SharingAgreement, then: Configuration) -> Iterator[str]:
    client = then.clients.get(one.client_id)
    if client is None:
        yield f"client: there is no client {one.client_id!r}"
    elif EXCHANGE not in client.grant_types:
        yield f"client: {client.id} has no grant type {EXCHANGE}; add it to its grant_types"
    for field, audience in (("from", one.from_audience), ("to", one.to_audience)):
        if audience not in then.resources:
            yield f"{field}: there is no API {audience!r}; describe it with its permissions"
    api = then.resources.get(one.to_audience)
    known = {permission.name for permission in api.permissions} if api else set()
    for scope in sorted(one.scopes - known):
        yield f"scopes: {scope!r} is no permission of {one.to_audience}"
    if not one.scopes:
        yield "scopes: name what may be done"
    if not one.reason.strip():
        yield "reason: say why; people read it"


def _wrong_issuer(one: TrustedIssuer, then: Configuration, ours: str) -> Iterator[str]:
    if one.issuer == ours or problem_of(one.issuer) or not one.issuer.startswith("https://"):
        yield "must be the https address of another issuer"
    if one.department_id not in then.departments:
        yield f"department: there is no {one.department_id!r}"
    if bool(one.jwks) == bool(one.jwks_uri):
        yield "jwks: give its keys (jwks, jwks_file) or where they are (jwks_uri), one of them"
    if one.jwks_uri and (problem := problem_of(one.jwks_uri)):
        yield f"jwks_uri: {one.jwks_uri} {problem}"
    for number, key in enumerate(one.jwks, 1):
        try:
            jwk.read(key)
        except JoseError as error:
            yield f"jwks: key {number} cannot be used: {error}"
    for alg in sorted(one.algs - ALGS.keys()):
        yield f"algs: {alg} is not taken; there are {', '.join(ALGS)}"
    for name in sorted(one.clients - then.clients.keys()):
        yield f"clients: there is no client {name!r}"
    known = {permission.name for api in then.resources.values() for permission in api.permissions}
    for scope in sorted(one.scopes - known):
        yield f"scopes: {scope!r} is no permission of any API"


def _wrong_person(idp: Idp, one: PlannedPerson, then: Configuration, known: set[str]) -> Iterator[str]:
    yield from accounts.problems_of(one.new, then.departments.get(one.new.department_id))
    for role in one.roles:
        if role in ADMINISTRATOR_ROLES:
            yield f"roles: {role} takes a second person; it is asked for in the console"
        elif role not in known:
            yield f"roles: there is no role {role!r}; no permission and no directory names it"
    if one.password is not None:
        try:
            own_password.require_fit(idp, accounts.of(idp, one.new, idp.ports.now()), None, one.password)
        except Invalid as wrong:
            yield f"password: {wrong.message}"
