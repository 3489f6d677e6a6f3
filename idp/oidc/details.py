"""Authorization details: what exactly an application wants to do, by the schema of the API that will do it.

A type belongs to one API, which says its fields, their kinds and the permission that stands behind it; nothing that the
schema does not name is taken, so that the person is shown all that is asked.
Spec: RFC 9396 §2, §3, §5, §6, §7. Deliberately not here: whether the person is allowed it (policy), and consent.
"""

import json
import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from idp.errors import InvalidAuthorizationDetails
from idp.model import Client, Configuration, Detail, DetailField, DetailType, Permission, Resource
from idp.oidc.asked import Asked
from idp.oidc.jose import JoseError
from idp.oidc.jose.parse import object_of

PARAMETER = "authorization_details"
LONGEST = 8192
MOST = 10
LONGEST_TEXT = 500
MOST_TEXTS = 20
MOST_MEMBERS = 20
DEPTH = 3

Types = Mapping[str, tuple[Resource, DetailType]]
"""Type → its API and its schema, among those that a client may ask for."""


def types_of(configuration: Configuration, client: Client) -> Types:
    """The types that this client is registered for, at the APIs that it may ask for."""
    return {
        schema.type: (resource, schema)
        for audience in client.audiences
        if (resource := configuration.resources.get(audience)) is not None
        for schema in resource.detail_types
        if schema.type in client.authorization_details_types
    }


def permissions_of(configuration: Configuration, client: Client) -> dict[str, tuple[Resource, Permission]]:
    """The permissions that stand behind those types, by name. They may be used by their details alone."""
    found = types_of(configuration, client).values()
    wanted = {(resource.audience, schema.permission): resource for resource, schema in found}
    return {
        permission.name: (resource, permission)
        for (_, name), resource in wanted.items()
        for permission in resource.permissions
        if permission.name == name
    }


def needed(details: Sequence[Detail], types: Types) -> tuple[str, ...]:
    """The permissions that these details rest on, each once."""
    found = (types[str(one["type"])][1].permission for one in details if one["type"] in types)
    return tuple(dict.fromkeys(found))


def audiences(details: Sequence[Detail], types: Types) -> tuple[str, ...]:
    """The APIs that these details are for."""
    return tuple(dict.fromkeys(types[str(one["type"])][0].audience for one in details))


def read(text: str | None, types: Types) -> tuple[Detail, ...]:
    """The parameter, by its schemas.

    Raises: InvalidAuthorizationDetails: not JSON, an unknown type or field, a wrong kind, too much.
    Spec: RFC 9396 §3, §5.
    """
    if text is None:
        return ()
    if len(text) > LONGEST:
        raise InvalidAuthorizationDetails("authorization_details is too long")
    try:  # as a member, so that the same strict reader takes a list
        said = object_of(b'{"listed":' + text.encode("utf-8", "surrogatepass") + b"}")
    except JoseError as error:
        raise InvalidAuthorizationDetails("authorization_details is not JSON", str(error)) from error
    listed = said["listed"]
    if said.keys() != {"listed"} or not isinstance(listed, list) or not 0 < len(listed) <= MOST:
        raise InvalidAuthorizationDetails(f"authorization_details is a list of 1 to {MOST} objects")
    return tuple(_detail(one, types) for one in listed)


def narrowed(asked: Asked, granted: Sequence[Detail], types: Types) -> tuple[Detail, ...]:
    """The details of this token: all that were granted, or those among them that the token request names.

    Raises: InvalidAuthorizationDetails: others than were granted.
    Spec: RFC 9396 §6, §6.1.
    """
    wanted = read(asked.get(PARAMETER), types)
    if any(one not in granted for one in wanted):
        raise InvalidAuthorizationDetails("other than was granted")
    return wanted or tuple(granted)


def _detail(said: object, types: Types) -> Detail:
    name = said.get("type") if isinstance(said, dict) else None
    if not isinstance(said, dict) or not isinstance(name, str) or name not in types:
        raise InvalidAuthorizationDetails("a type that this client may not ask for")
    fields = {one.name: one for one in types[name][1].fields}
    if said.keys() - fields.keys() - {"type"}:
        raise InvalidAuthorizationDetails("a field that its type does not have")
    if any(one.required and one.name not in said for one in fields.values()):
        raise InvalidAuthorizationDetails("a field that its type requires is missing")
    for field, value in said.items():
        if field != "type" and not _fits(value, fields[field]):
            raise InvalidAuthorizationDetails("a field has another kind of value than its type says")
    return said


def _fits(value: object, field: DetailField) -> bool:
    if not KINDS[field.kind](value):
        return False
    chosen = value if isinstance(value, list) else [value]
    return not field.choices or all(one in field.choices for one in chosen)


def _text(value: object) -> bool:
    """Short, and nothing that could make a page show other than what is said. Spec: Unicode TR 36 §2.1, §3.

    No control characters, and no invisible or direction-turning ones (categories C*), or lone surrogates.
    """
    return (
        isinstance(value, str)
        and 0 < len(value) <= LONGEST_TEXT
        and not any(unicodedata.category(one) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for one in value)
    )


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _texts(value: object) -> bool:
    return isinstance(value, list) and 0 < len(value) <= MOST_TEXTS and all(_text(one) for one in value)


def _object(value: object, depth: int = DEPTH) -> bool:
    """Of texts, numbers and truths, and of objects and lists of them, not deep."""
    if isinstance(value, dict):
        inside: Sequence[object] = [*value.values()]
        named = all(_text(name) for name in value)
        return depth > 0 and named and len(value) <= MOST_MEMBERS and all(_plain(one, depth - 1) for one in inside)
    return False


def _plain(value: object, depth: int) -> bool:
    if isinstance(value, list):
        return depth > 0 and len(value) <= MOST_MEMBERS and all(_plain(one, depth - 1) for one in value)
    return isinstance(value, bool) or _number(value) or _text(value) or _object(value, depth)


KINDS: Mapping[str, Callable[[object], bool]] = {
    "text": _text,
    "number": _number,
    "boolean": lambda value: isinstance(value, bool),
    "texts": _texts,
    "object": _object,
}


def shown(value: object) -> str:
    """A value as a person reads it, the same in every language; truths are the caller's to translate."""
    if isinstance(value, list):
        return ", ".join(shown(one) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {shown(one)}" for name, one in value.items())
    return value if isinstance(value, str) else json.dumps(value)
