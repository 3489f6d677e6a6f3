"""Applications: registered with every problem told at once, their secrets made here and shown once.

Spec: RFC 7591 §2 (metadata), RFC 8252 §7 and RFC 9700 §2.1 (redirect addresses), RFC 6749 §2.3.1 (secrets).
What the protocol itself asks of a registration is in `idp.oidc.client_metadata`; here is what must be known besides.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from idp.errors import Conflict, Invalid, NotFound
from idp.events import ClientChanged
from idp.flows.admin import apis, client_secrets
from idp.flows.admin.apis import STANDARD_SCOPES
from idp.flows.admin.scope import Admin, required_reason
from idp.flows.built_in import ACCOUNT, CONSOLE_ID
from idp.flows.context import Idp
from idp.flows.grants import GRANTS
from idp.model import ADMINISTRATOR_ROLES, Client, Configuration, Resource
from idp.oidc import client_metadata
from idp.ports import AuditRow, Tx

CERTIFICATION = "certification"
"""The label of clients that a plan for certification runs registers: a production start refuses to serve them."""
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")


def listed(idp: Idp, admin: Admin) -> tuple[Client, ...]:
    """The applications whose department this administrator sees."""
    admin.require("admin.apps.read")
    clients = idp.ports.truth.configuration().clients.values()
    return tuple(sorted((one for one in clients if admin.sees(one.department_id)), key=lambda one: one.id))


def get(idp: Idp, admin: Admin, client_id: str) -> Client:
    """Raises NotFound."""
    admin.require("admin.apps.read")
    found = idp.ports.truth.configuration().clients.get(client_id)
    if found is None or not admin.sees(found.department_id):
        raise NotFound(f"no application {client_id!r}")
    return found


def last_event(idp: Idp, admin: Admin, client_id: str, event: str, since: datetime) -> AuditRow | None:
    """The newest event of one kind of an application that this administrator sees; who it was about is not for here."""
    get(idp, admin, client_id)
    rows = idp.ports.truth.audit.search(name=event, client_id=client_id, since=since, limit=1)
    return rows[0] if rows else None


def put(idp: Idp, admin: Admin, client: Client, resources: tuple[Resource, ...], reason: str) -> str | None:
    """Register or change an application and its APIs. The new secret when it needs one and has none, else None.

    Raises: Invalid with every problem, NotFound (its department), Conflict (it belongs to another department).
    """
    admin.require("admin.apps.write")
    admin.require_sees_department(client.department_id)
    reason = required_reason(reason)
    configuration = idp.ports.truth.configuration()
    old = configuration.clients.get(client.id)
    if old is not None and not admin.sees(old.department_id):
        raise Conflict("that name is taken")
    for resource in resources:
        _require_own(admin, configuration, client, resource)
    if CERTIFICATION in client.labels and idp.settings.mode == "production":
        raise Invalid(f"labels: {CERTIFICATION} is for certification runs, never for production")
    if problems := list(problems_of(client, resources, configuration)):
        raise Invalid("\n".join(problems))
    client, secret = client_secrets.minted(idp, client)
    with idp.ports.truth.begin() as tx:
        for resource in resources:
            tx.registry.put_resource(resource)
        write(tx, client, "changed" if old else "added", reason, by=admin.subject_id)
    return secret


def write(tx: Tx, client: Client, what: str, reason: str | None, *, by: str) -> None:
    """One registration with its event, into a transaction; what is wrong with it was asked before."""
    tx.registry.put_client(client)
    tx.record(ClientChanged(client_id=client.id, by=by, what=what, reason=reason))


def _require_own(admin: Admin, configuration: Configuration, client: Client, resource: Resource) -> None:
    """An API belongs to those who registered it first: nobody redefines the permissions of somebody else's."""
    users = [
        one for one in configuration.clients.values() if resource.audience in one.audiences and one.id != client.id
    ]
    if resource.audience in configuration.resources and any(not admin.sees(one.department_id) for one in users):
        raise Conflict(f"the API {resource.audience} belongs to another branch")


def problems_of(client: Client, resources: tuple[Resource, ...], configuration: Configuration) -> Iterator[str]:
    """Everything that is wrong with a registration, in plain words with the way to mend it."""
    if not _ID.fullmatch(client.id):
        yield f"id: {client.id!r} must be 2 to 63 small letters, digits, dots, dashes; begin with a letter or digit"
    if client.id in (ACCOUNT.id, CONSOLE_ID):
        yield f"id: {client.id} is our own; take another"
    if not client.name.en.strip() or not client.name.zh.strip():
        yield "name: must not be empty"
    if client.department_id not in configuration.departments:
        known = ", ".join(sorted(configuration.departments)) or "none yet: `gerege dept add` makes one"
        yield f"department: there is no {client.department_id!r}; known are {known}"
    yield from client_metadata.problems_of(client)
    for name in client.grant_types:
        if name not in GRANTS:
            yield f"grant_types: {name} is not offered; there are {', '.join(GRANTS)}"
    yield from _unknown_names(client, configuration.resources | {one.audience: one for one in resources})
    for resource in resources:
        yield from apis.problems_of(resource, configuration)
    if not 1 <= client.grade <= 4:
        yield "grade: from 1 (public) to 4 (highest)"
    for code in sorted(client.countries):
        if not re.fullmatch("[A-Z]{2}", code):
            yield f"countries: {code!r} is not an ISO 3166-1 code such as CN"
    for name in sorted(client.shared_with - {"*"} - configuration.departments.keys()):
        yield f"shared_with: there is no department {name!r}"
    if client.roles & frozenset(ADMINISTRATOR_ROLES):
        yield "roles: a machine holds no administrator's role"


def _unknown_names(client: Client, known: dict[str, Resource]) -> Iterator[str]:
    for audience in client.audiences:
        if audience not in known:
            yield f"audiences: there is no API {audience!r}; describe it with its permissions"
    mine = [known[name] for name in client.audiences if name in known]
    permissions = {permission.name for api in mine for permission in api.permissions}
    for scope in client.scopes:
        if scope not in permissions and scope not in STANDARD_SCOPES:
            yield f"scopes: {scope!r} is no permission of its APIs"
    types = {one.type for api in mine for one in api.detail_types}
    for name in client.authorization_details_types:
        if name not in types:
            yield f"authorization_details_types: {name!r} is no type of its APIs; there are {sorted(types)}"


def new_secret(idp: Idp, admin: Admin, client_id: str, reason: str) -> str:
    """One more secret, shown once; the one before it stays good until the next."""
    admin.require("admin.apps.write")
    reason = required_reason(reason)
    client = get(idp, admin, client_id)
    if not client_secrets.has_one(client):
        raise Invalid(f"that application has no secret: it proves itself by {client.auth_method}")
    secret = idp.token()
    _change(idp, admin, client_secrets.with_secret(client, secret), "new secret", reason)
    return secret


def drop_older_secret(idp: Idp, admin: Admin, client_id: str, reason: str) -> None:
    """End a change-over: only the newest secret is good from now on. Raises Conflict: there is only one."""
    admin.require("admin.apps.write")
    reason = required_reason(reason)
    client = get(idp, admin, client_id)
    if client_secrets.held(client) < client_secrets.SECRETS_KEPT:
        raise Conflict("there is no older secret")
    _change(idp, admin, client_secrets.newest_alone(client), "older secret dropped", reason)


def remove(idp: Idp, admin: Admin, client_id: str, reason: str, now: datetime) -> None:
    """The application is refused from now on, and everything it was given is dead. Its row stays for the log."""
    admin.require("admin.apps.write")
    reason = required_reason(reason)
    client = get(idp, admin, client_id)
    if client.id == CONSOLE_ID:
        raise Invalid("the console is our own and cannot be removed")
    if client.disabled:
        raise Conflict("it was removed already")
    _change(idp, admin, replace(client, disabled=True, ended_before=now), "removed", reason)


def _change(idp: Idp, admin: Admin, client: Client, what: str, reason: str) -> None:
    with idp.ports.truth.begin() as tx:
        write(tx, client, what, reason, by=admin.subject_id)
