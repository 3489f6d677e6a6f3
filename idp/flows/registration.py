"""Programs that register themselves: with an initial token, in its department, asking people every time.

An initial token is counted where it is spent, in the transaction that writes the registration. What manages a
registration later is a token of its own, which each answer replaces: who copied an old one has nothing.
Spec: RFC 7591 §3, §5; RFC 7592 §2, §3, §5; RFC 6750 §2.1, §3.1. One answer for a wrong token and for a client that is
not there, so that nobody learns which exist.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from idp.errors import InvalidClientMetadata, InvalidRequest, InvalidToken, Throttled
from idp.flows.admin import client_secrets, clients
from idp.flows.context import Idp, hash_of
from idp.flows.sector import hosts_problem
from idp.model import Client, InitialAccessToken
from idp.oidc import registration
from idp.ports import Limit

AT_ONCE = 30, timedelta(seconds=10)
"""Requests of one network at once, and after how long one more."""
BY = "system"


@dataclass(frozen=True, slots=True)
class Asking:
    """One request. bearer: the token of the Authorization header. network: keyed digest of where it comes from."""

    bearer: str | None
    network: str


@dataclass(frozen=True, slots=True)
class Registered:
    """A registration and what is shown with it once: the management token, and the secret if one was made now."""

    client: Client
    management: str
    secret: str | None = None


def register(idp: Idp, asking: Asking, said: Mapping[str, Any]) -> Registered:
    """A new registration.

    Raises: InvalidToken: no initial token, or one that is over or used up. InvalidRedirectUri, InvalidClientMetadata:
    what cannot be; nothing is spent then. Throttled, Unavailable.
    Spec: RFC 7591 §3.1, §3.2.
    """
    _pace(idp, asking)
    now, token_hash = idp.ports.now(), hash_of(_bearer(asking))
    with idp.ports.truth.begin() as tx:
        token = tx.registry.initial_token(token_hash, now)
    if token is None:
        raise InvalidToken("the initial access token is not valid", "unknown, over or used up")
    client = registration.read(said, f"app-{idp.ports.random(16).hex()}", token.department_id)
    _require_known(idp, client)
    client, secret = client_secrets.minted(idp, client)
    client, management = _managed(idp, client)
    with idp.ports.truth.begin() as tx:
        spent = tx.registry.use_initial_token(token_hash, now)
        if spent is None:
            raise InvalidToken("the initial access token is not valid", "used up meanwhile")
        clients.write(tx, client, "registered itself", _reason(spent), by=spent.by)
    return Registered(client, management, secret)


def read(idp: Idp, asking: Asking, client_id: str) -> Registered:
    """What is registered, with the next management token. Raises InvalidToken, Throttled. Spec: RFC 7592 §2.1."""
    return _write(idp, _mine(idp, asking, client_id), "read its registration")


def update(idp: Idp, asking: Asking, client_id: str, said: Mapping[str, Any]) -> Registered:
    """The whole registration anew; what is left out goes back to its default.

    Raises: InvalidToken, InvalidRequest, InvalidRedirectUri, InvalidClientMetadata, Throttled.
    Spec: RFC 7592 §2.2.
    """
    held = _mine(idp, asking, client_id)
    if said.get("client_id") != held.id or any(name in said for name in registration.OURS):
        raise InvalidRequest("client_id must be the own one, and what the server issued is not changed by the client")
    secret = said.get("client_secret")
    if secret is not None and not (isinstance(secret, str) and client_secrets.holds(held, secret)):
        raise InvalidClientMetadata("client_secret: is not the one that was issued")
    wanted = registration.read(said, held.id, held.department_id)
    if client_secrets.has_one(wanted) and wanted.auth_method != client_secrets.KEY_METHOD:
        wanted = replace(wanted, secret_hashes=held.secret_hashes)
    elif wanted.auth_method == held.auth_method:
        wanted = client_secrets.keep(wanted, held)
    wanted = _as_opened(wanted, held)
    _require_known(idp, wanted)
    return _write(idp, wanted, "changed its registration", mint=True)


def remove(idp: Idp, asking: Asking, client_id: str) -> None:
    """It is over, with everything that it was given. Raises InvalidToken, Throttled. Spec: RFC 7592 §2.3."""
    held = _mine(idp, asking, client_id)
    gone = replace(held, disabled=True, ended_before=idp.ports.now(), registration_token_hash=None)
    with idp.ports.truth.begin() as tx:
        clients.write(tx, gone, "removed itself", None, by=BY)


def _write(idp: Idp, client: Client, what: str, *, mint: bool = False) -> Registered:
    secret = None
    if mint:
        client, secret = client_secrets.minted(idp, client)
    client, management = _managed(idp, client)
    with idp.ports.truth.begin() as tx:
        clients.write(tx, client, what, None, by=BY)
    return Registered(client, management, secret)


def _as_opened(wanted: Client, held: Client) -> Client:
    """What an administrator opened or narrowed since is theirs to change, not the program's."""
    opened = tuple(scope for scope in held.scopes if scope not in registration.SCOPES)
    return replace(
        wanted,
        scopes=wanted.scopes + opened,
        audiences=held.audiences,
        authorization_details_types=held.authorization_details_types,
        grade=held.grade,
        networks=held.networks,
        countries=held.countries,
        labels=held.labels,
        shared_with=held.shared_with,
        access_token_format=held.access_token_format,
        ended_before=held.ended_before,
    )


def _managed(idp: Idp, client: Client) -> tuple[Client, str]:
    token = idp.token()
    return replace(client, registration_token_hash=hash_of(token)), token


def _mine(idp: Idp, asking: Asking, client_id: str) -> Client:
    """The registration that this token manages. Raises InvalidToken: one sentence for every reason."""
    _pace(idp, asking)
    found = idp.ports.truth.configuration(knowing=client_id).clients.get(client_id)
    kept = found.registration_token_hash if found is not None and not found.disabled else None
    right = hmac.compare_digest(kept or "0" * 64, hash_of(_bearer(asking)))
    if found is None or kept is None or not right:
        raise InvalidToken("the registration access token is not valid", client_id[:80])
    return found


def _require_known(idp: Idp, client: Client) -> None:
    """What needs the configuration or a call. Raises InvalidClientMetadata."""
    for problem in clients.problems_of(client, (), idp.ports.truth.configuration()):
        raise InvalidClientMetadata(registration.plain(problem))
    if client.subject_type == "pairwise":
        told = hosts_problem(idp, client.sector_identifier_uri, client.redirect_uris)
        if told is not None:
            raise InvalidClientMetadata(registration.plain(told))


def _bearer(asking: Asking) -> str:
    if asking.bearer is None:
        raise InvalidToken("a token is needed", "none was sent")
    return asking.bearer


def _pace(idp: Idp, asking: Asking) -> None:
    burst, every = AT_ONCE
    (reading,) = idp.ports.brief.take([Limit(f"register:{asking.network}", burst, every)])
    if not reading.allowed:
        raise Throttled(reading.retry_after, "registrations of one network")


def _reason(token: InitialAccessToken) -> str:
    return f"initial token of {token.department_id}, {token.uses_left} uses left"
