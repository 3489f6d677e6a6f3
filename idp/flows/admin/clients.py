"""Applications: registered with every problem told at once, their secrets made here and shown once.

Spec: RFC 7591 §2 (metadata), RFC 8252 §7 and RFC 9700 §2.1 (redirect addresses), RFC 6749 §2.3.1 (secrets).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from idp.errors import Conflict, Invalid, NotFound
from idp.events import ClientChanged
from idp.flows.admin.scope import Admin, required_reason
from idp.flows.built_in import ACCOUNT, CONSOLE_ID
from idp.flows.context import Idp
from idp.model import ADMINISTRATOR_ROLES, Client, Configuration, Permission, Resource
from idp.oidc.redirects import problem_of
from idp.ports import AuditRow

GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")
STANDARD_SCOPES = ("openid", "profile", "email", "phone", "address", "offline_access", "roles")
SECRETS_KEPT = 2
"""The newest and the one before it, so that an application can change over without a pause."""
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")


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
    if problems := list(problems_of(client, resources, configuration)):
        raise Invalid("\n".join(problems))
    secret = None
    if not client.is_public and not client.secret_hashes:
        secret = idp.token()
        client = replace(client, secret_hashes=(hash_secret(secret),))
    with idp.ports.truth.begin() as tx:
        for resource in resources:
            tx.registry.put_resource(resource)
        tx.registry.put_client(client)
        tx.record(
            ClientChanged(client_id=client.id, by=admin.subject_id, what="changed" if old else "added", reason=reason)
        )
    return secret


def _require_own(admin: Admin, configuration: Configuration, client: Client, resource: Resource) -> None:
    """An API belongs to those who registered it first: nobody redefines the permissions of somebody else's."""
    users = [
        one for one in configuration.clients.values() if resource.audience in one.audiences and one.id != client.id
    ]
    if resource.audience in configuration.resources and any(not admin.sees(one.department_id) for one in users):
        raise Conflict(f"the API {resource.audience} belongs to another branch")


def hash_secret(secret: str) -> bytes:
    """SHA-256: enough for a random value of 256 bits, there is nothing to guess."""
    return sha256(secret.encode()).digest()


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
    yield from _wrong_addresses(client)
    yield from _wrong_grants(client)
    yield from _wrong_scopes(client, resources, configuration)
    if not 1 <= client.grade <= 4:
        yield "grade: from 1 (public) to 4 (highest)"
    for code in sorted(client.countries):
        if not re.fullmatch("[A-Z]{2}", code):
            yield f"countries: {code!r} is not an ISO 3166-1 code such as CN"
    for name in sorted(client.shared_with - {"*"} - configuration.departments.keys()):
        yield f"shared_with: there is no department {name!r}"
    if client.roles & frozenset(ADMINISTRATOR_ROLES):
        yield "roles: a machine holds no administrator's role"


def _wrong_addresses(client: Client) -> Iterator[str]:
    if "authorization_code" in client.grant_types and not client.redirect_uris:
        yield "redirect_uris: at least one is needed: where answers are sent"
    for uri in client.redirect_uris:
        if problem := problem_of(uri):
            yield f"redirect_uris: {uri} {problem}"
    for name, uris in (
        ("post_logout_redirect_uris", client.post_logout_redirect_uris),
        ("backchannel_logout_uri", (client.backchannel_logout_uri,) if client.backchannel_logout_uri else ()),
        ("home_url", (client.home_url,) if client.home_url else ()),
    ):
        for uri in uris:
            problem = problem_of(uri)
            if problem or not uri.startswith(("https://", "http://")):
                yield f"{name}: {uri} {problem or 'is not a web address'}"


def _wrong_grants(client: Client) -> Iterator[str]:
    for name in client.grant_types:
        if name not in GRANT_TYPES:
            yield f"grant_types: {name} is not offered; there are {', '.join(GRANT_TYPES)}"
    if client.is_public and "client_credentials" in client.grant_types:
        yield "grant_types: an application without a secret cannot use client_credentials"
    if client.roles and "client_credentials" not in client.grant_types:
        yield "roles: are for client_credentials only; people bring their own"


def _wrong_scopes(client: Client, resources: tuple[Resource, ...], configuration: Configuration) -> Iterator[str]:
    apis = configuration.resources | {one.audience: one for one in resources}
    for audience in client.audiences:
        if audience not in apis:
            yield f"audiences: there is no API {audience!r}; describe it with its permissions"
    known = {permission.name for name in client.audiences if name in apis for permission in apis[name].permissions}
    for scope in client.scopes:
        if scope not in known and scope not in STANDARD_SCOPES:
            yield f"scopes: {scope!r} is no permission of its APIs"
    owner = {
        permission.name: one.audience
        for one in configuration.resources.values()
        if one.audience not in {mine.audience for mine in resources}
        for permission in one.permissions
    }
    for resource in resources:
        for permission in resource.permissions:
            yield from _wrong_permission(permission, owner, resource)


def _wrong_permission(permission: Permission, owner: dict[str, str], resource: Resource) -> Iterator[str]:
    if not _SCOPE.fullmatch(permission.name):
        yield f"permissions: {permission.name!r} has signs that a scope cannot have"
    if permission.name in STANDARD_SCOPES or permission.name.startswith("admin."):
        yield f"permissions: {permission.name} is a name of ours; take another"
    if not 1 <= permission.grade <= 4:
        yield f"permissions: {permission.name}: grade from 1 (public) to 4 (highest)"
    if permission.name in owner:
        yield f"permissions: {permission.name} belongs to {owner[permission.name]} already"
    if (
        resource.audience != resource.audience.strip()
        or not resource.audience.isascii()
        or ":" not in resource.audience
    ):
        yield f"audiences: {resource.audience!r} must be an absolute URI such as urn:example:payroll"


def new_secret(idp: Idp, admin: Admin, client_id: str, reason: str) -> str:
    """One more secret, shown once; the one before it stays good until the next."""
    admin.require("admin.apps.write")
    reason = required_reason(reason)
    client = get(idp, admin, client_id)
    if client.is_public:
        raise Invalid("that application has no secret: it is public")
    secret = idp.token()
    hashes = (hash_secret(secret), *client.secret_hashes)[:SECRETS_KEPT]
    _change(idp, admin, replace(client, secret_hashes=hashes), "new secret", reason)
    return secret


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
        tx.registry.put_client(client)
        tx.record(ClientChanged(client_id=client.id, by=admin.subject_id, what=what, reason=reason))
