"""APIs and their permissions: what can be wrong with them, told in plain words before anything is kept.

Spec: RFC 8707 §2 (audience), RFC 6749 §3.3 (scopes), RFC 9396 §2 (types of details), RFC 9728 §1.2 (address).
"""

import re
from collections.abc import Iterator

from idp.flows.built_in import CONSOLE_AUDIENCE
from idp.model import Configuration, DetailType, Permission, Resource
from idp.oidc.redirects import problem_of

STANDARD_SCOPES = ("openid", "profile", "email", "phone", "address", "offline_access", "roles")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


def problems_of(resource: Resource, configuration: Configuration) -> Iterator[str]:
    """`field: what is wrong; how to mend it`, for everything that is wrong with an API."""
    audience = resource.audience
    if audience != audience.strip() or not audience.isascii() or ":" not in audience or "#" in audience:
        yield f"audiences: {audience!r} must be an absolute URI such as urn:example:payroll"
    if audience == CONSOLE_AUDIENCE:
        yield f"audiences: {audience} is our own; take another"
    if resource.url is not None and (problem := _address_problem(resource.url)):
        yield f"url: {resource.url} {problem}"
    others = [one for one in configuration.resources.values() if one.audience != audience]
    owner = {permission.name: one.audience for one in others for permission in one.permissions}
    for permission in resource.permissions:
        yield from _wrong_permission(permission, owner)
    names = [permission.name for permission in resource.permissions]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"permissions: {name} stands there twice"
    kinds = {kind.type: one.audience for one in others for kind in one.detail_types}
    for kind in resource.detail_types:
        yield from _wrong_type(kind, frozenset(names), kinds)


def _address_problem(url: str) -> str | None:
    problem = problem_of(url)
    return problem or (None if url.startswith(("https://", "http://")) else "is not a web address")


def _wrong_permission(permission: Permission, owner: dict[str, str]) -> Iterator[str]:
    if not _SCOPE.fullmatch(permission.name):
        yield f"permissions: {permission.name!r} has signs that a scope cannot have"
    if permission.name in STANDARD_SCOPES or permission.name.startswith("admin."):
        yield f"permissions: {permission.name} is a name of ours; take another"
    if not 1 <= permission.grade <= 4:
        yield f"permissions: {permission.name}: grade from 1 (public) to 4 (highest)"
    if permission.name in owner:
        yield f"permissions: {permission.name} belongs to {owner[permission.name]} already"


def _wrong_type(kind: DetailType, permissions: frozenset[str], owner: dict[str, str]) -> Iterator[str]:
    if not _SCOPE.fullmatch(kind.type):
        yield f"detail_types: {kind.type!r} has signs that a type cannot have"
    if kind.type in owner:
        yield f"detail_types: {kind.type} belongs to {owner[kind.type]} already"
    if kind.permission not in permissions:
        yield f"detail_types: {kind.type} needs {kind.permission!r}, which is no permission of this API"
    names = [field.name for field in kind.fields]
    for name in names:
        if not _FIELD.fullmatch(name) or name == "type" or names.count(name) > 1:
            yield f"detail_types: {kind.type}: {name!r} cannot name a field of its own"
    for field in kind.fields:
        if field.choices and field.kind not in ("text", "texts"):
            yield f"detail_types: {kind.type}: choices of {field.name} are for text only"
