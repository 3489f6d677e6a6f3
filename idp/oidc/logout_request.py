"""Is this sign-out asked by an application that the person is signed in to? Spec: RP-Initiated Logout 1.0 §2, §3.

A hint is an ID token of ours, also an old one; an address is believed only beside a hint, and only exactly as it is
registered. Deliberately not here: ending anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from idp.errors import InvalidToken
from idp.model import Client, Configuration
from idp.oidc.authorization_request import Asked
from idp.oidc.id_token import read_hint

LONGEST_STATE = 2048


@dataclass(frozen=True, slots=True)
class Hint:
    """A proved hint: the `sub` of that ID token, from which session, for which application."""

    sub: str
    sid: str
    client: Client


def hint_of(asked: Asked, issuer: str, configuration: Configuration) -> Hint | None:
    """The hint, or None: there is none, it is not ours, or it contradicts the client_id beside it."""
    value = asked.get("id_token_hint")
    if value is None or asked.repeated:
        return None
    try:
        said = read_hint(value, issuer, configuration.keys)
    except InvalidToken:
        return None
    client = configuration.clients.get(str(said["aud"]))
    if client is None or client.disabled or (asked.get("client_id") or client.id) != client.id:
        return None
    return Hint(str(said["sub"]), str(said["sid"]), client)


def way_back(asked: Asked, hint: Hint | None) -> str | None:
    """Where to go after it, with `state` if it was sent. None: nowhere but our own page.

    Spec: RP-Initiated Logout 1.0 §3: exactly a registered value, and only for the hint's application.
    """
    uri = asked.get("post_logout_redirect_uri")
    if uri is None or hint is None or not _is_registered(uri, hint.client.post_logout_redirect_uris):
        return None
    state = asked.get("state")
    if state is None:
        return uri
    if len(state) > LONGEST_STATE:
        return None
    parts = urlsplit(uri)
    added = urlencode({"state": state}, quote_via=quote)
    return urlunsplit(parts._replace(query="&".join(one for one in (parts.query, added) if one)))


def _is_registered(uri: str, registered: Iterable[str]) -> bool:
    return any(uri == one for one in registered)
