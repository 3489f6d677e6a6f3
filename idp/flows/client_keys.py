"""The public keys of somebody who is registered here: a client, or another issuer whose assertions are believed.

Spec: OIDC Registration §2 (`jwks`, `jwks_uri`: one of them), RFC 7591 §2. Deliberately not here: which of the keys fits
a token, and the rules of keeping them (`idp.flows.key_sets`).
"""

from collections.abc import Sequence
from typing import Protocol

from idp.flows.context import Idp
from idp.oidc.jose.jwk import PublicKey, read_set


class Registered(Protocol):
    """Whoever has keys: `Client`, `TrustedIssuer`."""

    @property
    def jwks(self) -> Sequence[dict[str, object]]: ...
    @property
    def jwks_uri(self) -> str | None: ...


def of(idp: Idp, registered: Registered, *, kid: str | None = None) -> tuple[PublicKey, ...]:
    """The keys that are registered, by value or behind an address; empty when none are.

    Args:
        kid: the key that a token names. When it is not among those known, the address is asked anew, within bounds.
    Raises: Unavailable: the address does not answer, and nothing known holds any more. JoseError: no key set.
    """
    if registered.jwks:
        return read_set({"keys": list(registered.jwks)})
    return of_uri(idp, registered.jwks_uri, kid) if registered.jwks_uri is not None else ()


def of_uri(idp: Idp, uri: str, kid: str | None = None) -> tuple[PublicKey, ...]:
    """The keys behind an address. Raises Unavailable."""
    return idp.key_sets.of(idp.ports.outgoing, uri, kid, idp.ports.now())
