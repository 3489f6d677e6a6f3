"""Which one API a token is for. Spec: RFC 8707 §2, RFC 9068 §3; RFC 6749 §6 (narrowing a scope)."""

from collections.abc import Mapping, Sequence

from idp.errors import InvalidScope, InvalidTarget
from idp.model import Client, Configuration, Permission, Resource
from idp.oidc.authorization_request import Asked

BY_HABIT = "offline_access"
"""Many clients name it in every request. Here a refresh token does not hang on it: it was ignored at the first request,
and is at the next. Spec: OIDC Core §11."""

Registered = Mapping[str, tuple[Resource, Permission]]
"""Permission name → its API, among those that a client may ask for."""


def narrowed(asked: Asked, granted: Sequence[str]) -> tuple[str, ...]:
    """The scopes of this token request: all that were granted, or those among them that it names.

    Raises: InvalidScope: more than was granted.
    Spec: RFC 6749 §6.
    """
    wanted = tuple(scope for scope in asked.words("scope") if scope != BY_HABIT)
    if not set(wanted) <= set(granted):
        raise InvalidScope("more than was granted")
    return wanted or tuple(granted)


def chosen(
    asked: Asked,
    scopes: Sequence[str],
    client: Client,
    configuration: Configuration,
    issuer: str,
    otherwise: str | None,
) -> str:
    """The audience: the resource that is asked for, else `otherwise`, else the one that the scopes are of, else the
    issuer, whose userinfo it then opens.

    Args:
        scopes: granted; a resource none of whose permissions is among them is not to be had.
        otherwise: the grant's own audience.
    Raises:
        InvalidTarget: a resource that cannot be asked for. InvalidScope: scopes of two resources.
    Spec: RFC 8707 §2.2, RFC 9068 §3.
    """
    registered = configuration.permissions_of(client)
    offered = list(dict.fromkeys(registered[scope][0].audience for scope in scopes if scope in registered))
    if len(asked.resources) > 1:
        raise InvalidTarget("ask for one resource at a time")
    if asked.resources:
        if asked.resources[0] not in (*offered, issuer):
            raise InvalidTarget("resource is not one that was granted")
        return asked.resources[0]
    if otherwise is not None:
        return otherwise
    if len(offered) > 1:
        raise InvalidScope("these scopes are of two resources: say which by the resource parameter")
    return offered[0] if offered else issuer


def permissions_for(audience: str, scopes: Sequence[str], registered: Registered) -> tuple[str, ...]:
    """The permissions among these scopes that this API knows."""
    return tuple(scope for scope in scopes if scope in registered and registered[scope][0].audience == audience)
