"""Signing keys that are made in a hardware token and never leave it: `idp.ports.KeyMaker` over PKCS#11.

What we keep of such a key is where it lies (RFC 7512) and its public half. The token is opened at the first need and
closed with the ports, so that a forked worker opens it for itself. Needs the extra `gerege[pkcs11]`.
Spec: PKCS#11 v2.40 (CKM_ECDSA over a digest of ours, CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS), RFC 7512.
Deliberately not here: EdDSA (few tokens have it), wrapping, importing: a key that was ever outside is not the token's.
"""

import hashlib
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pkcs11
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pkcs11 import MGF, Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import PKCS11Error
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

from adapters.keys import RSA_BITS
from idp.errors import Unavailable
from idp.model import SigningKey
from idp.oidc.jose.base64url import uint
from idp.oidc.signing.new_key import members, referred
from idp.secret import Secret

WAIT_SECONDS = 2.0
"""For the session, while others sign."""
_LOCKED_IN = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
_PSS = (Mechanism.SHA256, MGF.SHA256, 32)


class TokenKeys:
    """One token and one session, for one thread at a time: the library is begun without locks of its own."""

    algs = ("ES256", "PS256", "RS256")

    def __init__(self, module: Path, label: str, pin: Secret[str]) -> None:
        self._module, self._label, self._pin = module, label, pin
        self._lock = Lock()
        self._library: Any = None
        self._open: Any = None
        self._keys: dict[bytes, Any] = {}

    def make(self, alg: str, now: datetime, active_from: datetime) -> SigningKey:
        identity = secrets.token_bytes(16)
        label = f"gerege {alg} {now:%Y-%m-%d}"
        with self._session() as session:
            if alg == "ES256":
                public = _elliptic(session, identity, label)
            elif alg in self.algs:
                public = _rsa(session, identity, label)
            else:
                raise ValueError(f"no key is made for {alg} in a token")
        path = f"pkcs11:token={quote(self._label)};object={quote(label)};id={quote(identity, safe='')};type=private"
        return referred(alg, path.encode("ascii"), public, now, active_from)

    def sign(self, key: SigningKey, signed: bytes) -> bytes:
        identity = _identity(key)
        with self._session() as session:
            if identity not in self._keys:
                self._keys[identity] = session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=identity)
            private = self._keys[identity]
            if key.alg == "ES256":  # not every token hashes for ECDSA; all sign a digest
                return bytes(private.sign(hashlib.sha256(signed).digest(), mechanism=Mechanism.ECDSA))
            if key.alg == "PS256":
                return bytes(private.sign(signed, mechanism=Mechanism.SHA256_RSA_PKCS_PSS, mechanism_param=_PSS))
            return bytes(private.sign(signed, mechanism=Mechanism.SHA256_RSA_PKCS))

    def close(self) -> None:
        """The session ends, and the library is as it was before: what is forked next begins for itself."""
        with self._lock:
            self._forget()
            if self._library is not None:
                with suppress(PKCS11Error):
                    self._library.finalize()
                self._library = None

    @contextmanager
    def _session(self) -> Iterator[pkcs11.Session]:
        """The session, for this thread alone. Raises Unavailable; the next one then begins anew."""
        if not self._lock.acquire(timeout=WAIT_SECONDS):
            raise Unavailable("keys", "the token is busy")
        try:
            if self._open is None:
                self._open = self._begin()
            yield self._open
        except PKCS11Error as error:
            self._forget()
            detail = f"the token {self._label} ({self._module}): {type(error).__name__} {error}".rstrip()
            raise Unavailable("keys", detail) from error
        finally:
            self._lock.release()

    def _begin(self) -> Any:
        if self._library is None:
            self._library = pkcs11.lib(str(self._module))
            self._library.initialize()
        return self._library.get_token(token_label=self._label).open(rw=True, user_pin=self._pin.reveal())

    def _forget(self) -> None:
        """With the last session the login ends too."""
        session, self._open, self._keys = self._open, None, {}
        if session is not None:
            with suppress(PKCS11Error):
                session.close()


def token_keys(module: Path, label: str, pin_file: Path | None) -> TokenKeys:
    """The token of the settings. Raises ValueError: a setting that cannot be used."""
    if pin_file is None:
        raise ValueError("keys.pkcs11_pin_file: is missing; name the file, mode 0600, that holds the token's PIN")
    try:
        mode, text = pin_file.stat().st_mode, pin_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"keys.pkcs11_pin_file: {pin_file} cannot be read: {error}") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ValueError(f"keys.pkcs11_pin_file: others can read {pin_file}: chmod 600 {pin_file}")
    if not module.is_file():
        raise ValueError(f"keys.pkcs11_module: {module} is not there")
    return TokenKeys(module, label, Secret(text.strip()))


def _elliptic(session: pkcs11.Session, identity: bytes, label: str) -> dict[str, str]:
    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    parameters = session.create_domain_parameters(KeyType.EC, curve, local=True)
    public, _ = parameters.generate_keypair(id=identity, label=label, store=True, private_template=_LOCKED_IN)
    read = load_der_public_key(encode_ec_public_key(public))
    if not isinstance(read, EllipticCurvePublicKey):
        raise Unavailable("keys", "the token made another kind of key")
    return members(read)


def _rsa(session: pkcs11.Session, identity: bytes, label: str) -> dict[str, str]:
    public, _ = session.generate_keypair(
        KeyType.RSA, RSA_BITS, id=identity, label=label, store=True, private_template=_LOCKED_IN
    )
    n, e = (int.from_bytes(public[name], "big") for name in (Attribute.MODULUS, Attribute.PUBLIC_EXPONENT))
    return {"kty": "RSA", "n": uint(n), "e": uint(e)}


def _identity(key: SigningKey) -> bytes:
    """CKA_ID of the reference. Raises Unavailable: it is none."""
    path = key.private.reveal().decode("ascii").removeprefix("pkcs11:")
    attributes = dict(part.partition("=")[::2] for part in path.split(";"))
    if "id" not in attributes:
        raise Unavailable("keys", f"key {key.kid} does not say where it lies")
    return unquote_to_bytes(attributes["id"])
