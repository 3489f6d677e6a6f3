"""An envelope that only one key can open: what we sign, hidden on its way through a browser. We only make them.

Spec: RFC 7516 §5.1, §7.1; RFC 7518 §4.3, §4.6, §5.2, §5.3. Made by joserfc. Deliberately not here: opening envelopes
(nobody needs to send us one), RSA1_5 (RFC 8725 §3.2), compression (RFC 8725 §3.6).
"""

from functools import lru_cache
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc import jwe
from joserfc.errors import JoseError as JoserfcError
from joserfc.jwk import ECKey, RSAKey

from idp.oidc.jose import JoseError
from idp.oidc.jose.jwk import PublicKey

ALGS: Final = {"RSA-OAEP-256": "RSA", "ECDH-ES": "EC", "ECDH-ES+A128KW": "EC", "ECDH-ES+A256KW": "EC"}
"""Algorithm → kty of its keys."""
ENCS: Final = ("A256GCM", "A128GCM", "A128CBC-HS256")
DEFAULT_ENC: Final = "A128CBC-HS256"
"""When a client registered an algorithm and no `enc`. Spec: OIDC Registration §2."""

_REGISTRY = jwe.JWERegistry(algorithms=[*ALGS, *ENCS])


def encrypt(
    payload: bytes, key: PublicKey, alg: str, enc: str = "A256GCM", *, cty: str | None = "JWT", kid: str | None = None
) -> str:
    """A compact JWE of these octets for whoever holds the key.

    Args:
        cty: what is inside; `JWT` for a nested token (RFC 7519 §5.2), None for claims alone.
        kid: the receiver's name of the key; the key's own when not given.
    Raises: JoseError: the key is not for this.
    """
    if not fits(key, alg) or enc not in ENCS:
        raise JoseError(f"{alg} with {enc} does not fit the key")
    header: dict[str, Any] = {"alg": alg, "enc": enc}
    if cty is not None:
        header["cty"] = cty
    if (named := kid if kid is not None else key.kid) is not None:
        header["kid"] = named
    try:
        return jwe.encrypt_compact(header, payload, _key(key), registry=_REGISTRY)
    except (JoserfcError, ValueError) as error:
        raise JoseError(f"not encrypted: {error}") from error


def fits(key: PublicKey, alg: str) -> bool:
    """Whether the key may hide something in this way: its kind, its use, and what it is registered for."""
    return ALGS.get(alg) == key.kty and key.use in (None, "enc") and key.alg in (None, alg)


@lru_cache(maxsize=1024)
def _key(key: PublicKey) -> ECKey | RSAKey:
    if isinstance(key.key, EllipticCurvePublicKey):
        return ECKey(key.key, key.key)
    if isinstance(key.key, RSAPublicKey):
        return RSAKey(key.key, key.key)
    raise JoseError("a key that signs only")
