"""What an application wishes when it asks without a browser: the scopes it may have, for one API.

Spec: RFC 6749 §3.3, RFC 8707 §2, RFC 8628 §3.1, CIBA Core §7.1. Deliberately not here: whether anybody agrees.
"""

from idp.errors import InvalidAuthorizationDetails, InvalidScope
from idp.model import Client, Configuration
from idp.oidc import audiences
from idp.oidc.authorization_request import LONGEST, Asked


def wished(
    asked: Asked, client: Client, configuration: Configuration, issuer: str
) -> tuple[tuple[str, ...], str | None]:
    """(scopes, audience): those that this client may ask for, and the one API they are for; None is userinfo alone.

    Raises: InvalidScope: nothing is left, or of two APIs. InvalidTarget: an API that cannot be asked for.
        InvalidAuthorizationDetails: they cannot be asked for in this way; left out silently, they would seem granted.
    """
    if asked.get("authorization_details") is not None:
        raise InvalidAuthorizationDetails("authorization_details cannot be asked for here")
    scopes = tuple(scope for scope in asked.words("scope") if scope in client.scopes)
    if not scopes or len(asked.get("scope") or "") > LONGEST:
        raise InvalidScope("nothing that this client may ask for")
    audience = audiences.chosen(asked, scopes, client, configuration, issuer, None)
    return scopes, None if audience == issuer else audience
