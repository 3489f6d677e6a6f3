"""An API for the suite to call: accounts and payments, for tokens that are bound to a key or a certificate.

It trusts what the product says of a token now (ended, revoked, bound to what is shown), asked in process through the
same stores. Spec: FAPI 2.0 Security Profile §5.3.3; RFC 9449 §7; RFC 8705 §3; RFC 6750 §3; x-fapi-interaction-id.
"""

from typing import TYPE_CHECKING

from idp.errors import InsufficientScope, InvalidToken
from idp.flows import bearer
from idp.flows.context import Idp
from idp.web.machine.answers import Answer, as_json
from idp.web.machine.presented import presented

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

AUDIENCE = "urn:certification:bank"
ACCOUNTS = {"accounts": [{"id": "1", "iban": "DE02120300000000202051", "currency": "EUR", "balance": "1024.00"}]}


def at_accounts(idp: Idp, environ: "WSGIEnvironment") -> Answer:
    """What there is, to whoever holds `accounts`."""
    _require(idp, environ, "accounts")
    return as_json(ACCOUNTS)


def at_payments(idp: Idp, environ: "WSGIEnvironment") -> Answer:
    """A payment is taken note of, from whoever holds `payments`."""
    _require(idp, environ, "payments")
    return as_json({"id": idp.id("payment"), "status": "accepted"}, 201 if environ["REQUEST_METHOD"] == "POST" else 200)


def _require(idp: Idp, environ: "WSGIEnvironment", permission: str) -> None:
    """Raises InvalidToken: not ours, for another API, over, or shown without what it is bound to. InsufficientScope."""
    now = idp.ports.now()
    token = bearer.shown(idp, presented(idp, environ, []), now)
    if token.audience != AUDIENCE:
        raise InvalidToken("the token is for another audience", f"aud {token.audience}")
    bearer.live(idp, token, now)
    if permission not in token.scope:
        raise InsufficientScope(f"{permission} is needed")
