"""Which application is calling, proved in the way that it is registered for. Used by every endpoint of machines.

What may be used once (an assertion, a DPoP proof) is spent here, all in one trip, after everything else was right.
Spec: RFC 6749 §2.3, OIDC Core §9, RFC 7523 §2.2, RFC 8705 §2, RFC 9449 §5. The rules are in `idp.oidc`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from idp.errors import InvalidClient
from idp.flows import client_keys, possession
from idp.flows.context import Idp, hash_of
from idp.flows.possession import Held, Spend
from idp.flows.presented import Presented
from idp.model import AuthMethod, Client
from idp.oidc import assertions, certificates, client_authn
from idp.oidc.authorization_request import Asked
from idp.oidc.client_authn import FAILED, Credentials
from idp.oidc.jose import JoseError
from idp.oidc.profiles import rules_of


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated client. `jkt`: thumbprint of the key that its DPoP proof showed, if it sent one."""

    client: Client
    jkt: str | None = None


def authenticate(idp: Idp, presented: Presented, asked: Asked) -> Client:
    """The client behind this request; a DPoP header is not looked at.

    Raises: InvalidClient: one sentence for every reason. InvalidRequest: none or several ways at once. Unavailable.
    """
    client, used = _proved(idp, presented, asked, idp.ports.now())
    _spend(idp, used, None)
    return client


def prove(idp: Idp, presented: Presented, asked: Asked) -> Caller:
    """The client, and the key that it holds: for endpoints where something is bound to that key.

    Raises: as `authenticate`; InvalidDpopProof, UseDpopNonce. Spec: RFC 9449 §5, §10.1.
    """
    now = idp.ports.now()
    client, used = _proved(idp, presented, asked, now)
    proof = possession.held(idp, presented, now, nonce=rules_of(client).dpop_nonce)
    _spend(idp, used, proof)
    return Caller(client, proof.jkt if proof else None)


def _proved(idp: Idp, presented: Presented, asked: Asked, now: datetime) -> tuple[Client, Sequence[Spend]]:
    credentials = client_authn.read(presented.authorization, asked)
    client = client_authn.verify(credentials, idp.ports.truth.configuration(knowing=credentials.client_id).clients)
    proof = _PROOFS.get(client.auth_method)
    return client, proof(idp, presented, credentials, client, now) if proof else ()


def _spend(idp: Idp, used: Sequence[Spend], proof: Held | None) -> None:
    """One trip for all of it; none for who shows nothing of the kind."""
    if proof is not None:
        used = (*used, proof.spend)
    if not used:
        return
    fresh = idp.ports.brief.spend_all(used)
    if proof is not None and not fresh[-1]:
        raise possession.replayed()
    if not all(fresh):
        raise InvalidClient(FAILED, "the assertion came a second time")


def _assertion(
    idp: Idp, presented: Presented, credentials: Credentials, client: Client, now: datetime
) -> Sequence[Spend]:
    """Spec: RFC 7523 §3; OIDC Core §9: `jti` is good once."""
    found = credentials.assertion
    try:
        if found is None:
            raise JoseError("no assertion")
        if client.auth_method == "client_secret_jwt":
            said = assertions.verify_shared(found, client.secrets, client, idp.issuer, now)
        else:
            said = assertions.verify_signed(found, client_keys.of(idp, client, kid=found.kid), client, idp.issuer, now)
    except JoseError as error:
        raise InvalidClient(FAILED, f"{client.id}: {error}") from error
    return (("assertion", hash_of(f"{client.id}\n{said.jti}"), said.life),)


def _by_authority(
    idp: Idp, presented: Presented, credentials: Credentials, client: Client, now: datetime
) -> Sequence[Spend]:
    """Spec: RFC 8705 §2.1."""
    if presented.certificate is None or not certificates.fits_registration(presented.certificate, client):
        raise InvalidClient(FAILED, f"{client.id} came without its certificate")
    return ()


def _by_own_key(
    idp: Idp, presented: Presented, credentials: Credentials, client: Client, now: datetime
) -> Sequence[Spend]:
    """Spec: RFC 8705 §2.2."""
    shown = presented.certificate
    try:
        if shown is None or not certificates.fits_key(shown, client_keys.of(idp, client)):
            raise JoseError("no certificate of a registered key")
    except JoseError as error:
        raise InvalidClient(FAILED, f"{client.id}: {error}") from error
    return ()


_PROOFS: Final[dict[AuthMethod, Callable[[Idp, Presented, Credentials, Client, datetime], Sequence[Spend]]]] = {
    "client_secret_jwt": _assertion,
    "private_key_jwt": _assertion,
    "tls_client_auth": _by_authority,
    "self_signed_tls_client_auth": _by_own_key,
}
"""What is more than a secret. Returns what must be spent. Raises InvalidClient."""
