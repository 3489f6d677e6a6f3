"""What somebody proves themselves with at Keycloak: password hashes, apps that make codes, passkeys.

A hash comes as it is and is made ours at the first sign-in. A code's seed comes where its shape is one of ours, a
passkey where it was made for the host that is ours too. One that asks for absurd work ends the whole reading: that is
no accident. Spec: RFC 6238, RFC 4226 §4 R6, WebAuthn Level 3 §6.5.1; Keycloak 26 `CredentialRepresentation`.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, decode_credential_public_key

from adapters.foreign_hashes import LEAST_ITERATIONS, ForeignHash, WrongHash
from adapters.keycloak.document import Node, WrongExport, parse
from idp.authn.factors.totp import DIGITS, PERIODS
from idp.flows.migration.moved import Left, MovedCodes, MovedPasskey, MovedPassword
from idp.model import CodeAlgorithm
from idp.secret import Secret

LEAST_SEED = 16
LONGEST_LABEL = 100
PBKDF2 = {"pbkdf2": "pbkdf2-sha1", "pbkdf2-sha256": "pbkdf2-sha256", "pbkdf2-sha512": "pbkdf2-sha512"}
VERSIONS = {"1.0": 16, "1.3": 19}
ALGORITHMS: dict[str, CodeAlgorithm] = {"HmacSHA1": "SHA1", "HmacSHA256": "SHA256", "HmacSHA512": "SHA512"}
TRANSPORTS = ("usb", "nfc", "ble", "hybrid", "internal", "smart-card", "cable")
NO_MODEL = "00000000-0000-0000-0000-000000000000"
Kept = MovedPassword | MovedCodes | MovedPasskey


@dataclass(frozen=True, slots=True)
class Here:
    """rp_id: the relying party id that passkeys have here; made_for: the one that the source's have, None: unknown."""

    rp_id: str
    made_for: str | None


class _Stays(ValueError):
    """Why one credential does not come, and what its person does."""


def read(user: Node, here: Here) -> tuple[tuple[Kept, ...], tuple[Left, ...]]:
    """Every credential of a person: what comes, and what does not. Raises WrongExport."""
    found, left = list[Kept](), list[Left]()
    for one in user.nodes("credentials"):
        kind = one.text("type")
        reader = READERS.get(kind)
        if reader is None:
            left.append(Left(one.place, f"a credential of the kind {kind!r} is not known here", ENROL))
            continue
        try:
            found.append(reader(_Parts(one), here))
        except _Stays as stays:
            left.append(Left(one.place, str(stays), ENROL if kind != "password" else NEW_PASSWORD))
    if sum(isinstance(one, MovedPassword) for one in found) > 1:
        raise WrongExport(f"{user.place}.credentials: there is more than one password")
    return tuple(found), tuple(left)


ENROL = "the person enrols one here, after signing in"
NEW_PASSWORD = "give the person a first password (`gerege person set-password`)"  # noqa: S105 - words


class _Parts:
    """A credential with its two inner documents, of both shapes that Keycloak writes: JSON in text, or an object."""

    def __init__(self, one: Node) -> None:
        self.place = one.place
        self.one = one
        self.secret = _opened(one, "secretData")
        self.shape = _opened(one, "credentialData")

    @property
    def label(self) -> str:
        told = self.one.text("userLabel", "")[:LONGEST_LABEL]
        return told if told.isprintable() else ""

    @property
    def made_at(self) -> datetime | None:
        stamp = self.one.number("createdDate", 0)
        try:
            return datetime.fromtimestamp(stamp / 1000, UTC) if stamp > 0 else None
        except (ValueError, OverflowError, OSError):
            self.one.wrong("createdDate", "is no time")


def _opened(one: Node, key: str) -> Node:
    found = one.values.get(key)
    if isinstance(found, str):
        return Node(f"{one.place}.{key}", parse(found, f"{one.place}.{key}"))
    return one.node(key)


def _password(parts: _Parts, _: Here) -> MovedPassword:
    algorithm, rounds = parts.shape.text("algorithm"), parts.shape.number("hashIterations")
    salt = _base64(parts.secret, "salt")
    digest = _base64(parts.secret, "value")
    if algorithm in PBKDF2:
        kind, cost = PBKDF2[algorithm], {"i": rounds}
    elif algorithm == "argon2":
        more = parts.shape.node("additionalParameters")
        kind = f"argon2{_first(more, 'type')}"
        version = VERSIONS.get(_first(more, "version"), 0)
        cost = {"v": version, "m": _amount(more, "memory"), "t": rounds, "p": _amount(more, "parallelism")}
    else:
        raise _Stays(f"its password is hashed by {algorithm!r}, which is not known here")
    if "i" in cost and 0 < cost["i"] < LEAST_ITERATIONS:
        raise _Stays(f"its password is hashed with {cost['i']} iterations: whoever reads the hash reads the password")
    try:
        text = ForeignHash(kind, cost, salt, digest).text()
    except WrongHash as wrong:
        raise WrongExport(f"{parts.place}: {wrong}") from wrong
    return MovedPassword(Secret(text), parts.made_at)


def _codes(parts: _Parts, _: Here) -> MovedCodes:
    kind = parts.shape.text("subType", "totp")
    if kind != "totp":
        raise _Stays("its codes are counted (HOTP), which is not taken here")
    algorithm = ALGORITHMS.get(parts.shape.text("algorithm", "HmacSHA1"))
    digits, period = parts.shape.number("digits", 6), parts.shape.number("period", 30)
    if algorithm is None or digits not in DIGITS or period not in PERIODS:
        raise _Stays(f"its codes have {digits} digits every {period} s; taken are {DIGITS} every {PERIODS} s")
    value = parts.secret.text("value")
    if parts.shape.text("secretEncoding", "") == "BASE32":
        try:
            seed = base64.b32decode(value + "=" * (-len(value) % 8), casefold=True)
        except binascii.Error:
            raise WrongExport(f"{parts.place}.secretData.value: it is not base32") from None
    else:
        seed = value.encode()
    if len(seed) < LEAST_SEED:
        raise _Stays(f"its seed is shorter than {LEAST_SEED} octets: codes of it can be guessed")
    return MovedCodes(Secret(seed), parts.label, algorithm, digits, period)


def _passkey(parts: _Parts, here: Here) -> MovedPasskey:
    if here.made_for is None:
        raise _Stays(
            "a passkey works only at the host that it was made for, and the export does not say which (--rp-id)"
        )
    if here.made_for != here.rp_id:
        raise _Stays(f"a passkey that was made for {here.made_for} does not work at {here.rp_id}")
    try:
        credential = base64url_to_bytes(parts.shape.text("credentialId"))
        key = base64url_to_bytes(parts.shape.text("credentialPublicKey"))
        decode_credential_public_key(key)
    except WrongExport:
        raise
    except Exception as error:  # whatever a decoder makes of hostile octets: it is no key
        raise WrongExport(f"{parts.place}: it is no public key of WebAuthn") from error
    if not 0 < len(credential) <= 1023:
        raise WrongExport(f"{parts.place}: its credential id has no sound length")
    told = parts.shape.text("aaguid", NO_MODEL)
    counter = parts.shape.number("counter", 0)
    if not 0 <= counter < 2**32:
        raise WrongExport(f"{parts.place}: its counter is none")
    transports = tuple(one for one in parts.shape.texts("transports") if one in TRANSPORTS)
    own, public = bytes_to_base64url(credential), bytes_to_base64url(key)
    return MovedPasskey(own, public, counter, parts.label, None if told == NO_MODEL else told, transports)


READERS: dict[str, Callable[[_Parts, Here], Kept]] = {
    "password": _password,
    "otp": _codes,
    "webauthn": _passkey,
    "webauthn-passwordless": _passkey,
}


def _first(more: Node, key: str) -> str:
    found = more.texts(key)
    if len(found) != 1:
        more.wrong(key, "is missing")
    return found[0]


def _amount(more: Node, key: str) -> int:
    text = _first(more, key)
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        more.wrong(key, "is no amount")
    return int(text)


def _base64(node: Node, key: str) -> bytes:
    try:
        return base64.b64decode(node.text(key), validate=True)
    except (binascii.Error, ValueError) as error:
        if isinstance(error, WrongExport):
            raise
        node.wrong(key, "is not base64")
