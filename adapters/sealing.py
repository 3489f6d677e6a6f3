"""Keys at rest: what is personal or secret in the database cannot be read without the master key file.

Master key file → HKDF sub-key for each purpose → sealed columns, blind indexes, and a wrapped key for each person.
Deleting a person's wrapped key makes all that was sealed under it unreadable for ever.

Sealed form: 1 byte version ‖ 4 bytes key id ‖ 12 bytes nonce ‖ AES-256-GCM ciphertext and tag (33 bytes more than the
plaintext). Version, key id, purpose and row (table, column, row id) are authenticated, so that a value opens only where
it was sealed. Nonces are random: 2^32 values under one key at most; personal columns go under each person's own key.

Obeys NIST SP 800-38D §8.2.2 and §8.3, RFC 5869, RFC 2104. Primitives from `cryptography` only.
Deliberately not here: deterministic encryption (look-ups are keyed hashes) and storage.
"""

import os
from collections import OrderedDict
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from adapters.master_key import KEY_BYTES, KEY_ID_BYTES, MasterKey, SealingError, derive, key_id
from adapters.name_search import normalised, search_tokens
from idp.secret import Secret

VERSION = 1
NONCE_BYTES, TAG_BYTES = 12, 16
LOOKUP_BYTES = 16  # 128 bits: among 10^10 values two collide with probability 1.5e-19; half the index of 32 bytes
PERSONS_KEPT = 4096
Row = tuple[str, ...]
_PERSON_KEY_ROW: Row = ("person key",)


class Purpose(StrEnum):
    """What a sub-key is for; a sub-key of one purpose tells nothing about another's."""

    COLUMN = "column"
    LOOKUP = "lookup"
    DIGEST = "digest"
    PERSON_WRAP = "person-wrap"
    TOKEN = "token"  # noqa: S105  # a purpose, not a token
    SIGNING_KEY = "signing-key"
    AUDIT_COMMITMENT = "audit-commitment"


class Tampered(SealingError):
    """A sealed value was changed, moved, cut, or is under a key that is not here. `row` says where it stood."""

    def __init__(self, row: Row, problem: str) -> None:
        super().__init__(f"sealed value at {' / '.join(row)}: {problem}")
        self.row, self.problem = row, problem


class Keyring:
    """Seals, opens and indexes. The first key seals; all of them open, so that keys can be changed while running."""

    def __init__(self, keys: Sequence[MasterKey], *, persons_kept: int = PERSONS_KEPT) -> None:
        """Raises:
        SealingError: no key, or two keys with one id.
        """
        self._keys = {key.id: key for key in keys}
        if not keys or len(self._keys) != len(keys):
            raise SealingError("a keyring needs master keys, each one once.")
        self.current = keys[0]
        self._ciphers: dict[tuple[bytes, Purpose], AESGCM] = {}
        self._lookup_keys = tuple(_subkey(key.key, Purpose.LOOKUP) for key in keys)
        self._digest_key = _subkey(self.current.key, Purpose.DIGEST)
        self._persons: OrderedDict[bytes, PersonSealer] = OrderedDict()
        self._persons_kept, self._lock = persons_kept, Lock()

    @classmethod
    def load(cls, files: Sequence[Path]) -> Self:
        """From master key files, the current one first. Raises SealingError's subclasses as `MasterKey.load`."""
        return cls([MasterKey.load(file) for file in files])

    def subkey(self, purpose: Purpose) -> Secret[bytes]:
        """32 bytes for one purpose, from the current key. Spec: RFC 5869."""
        return Secret(_subkey(self.current.key, purpose))

    def seal(self, plaintext: bytes, *, row: Row, purpose: Purpose = Purpose.COLUMN) -> bytes:
        """Seal a value for the place (table, column, row id) where it will stand."""
        key_id = self.current.id
        return _seal(self._cipher(key_id, purpose), key_id, plaintext, purpose, row)

    def open(self, sealed: bytes, *, row: Row, purpose: Purpose = Purpose.COLUMN) -> bytes:
        """The plaintext.

        Raises:
            Tampered: it was not sealed for this place by a key that is here.
        """
        key_id = _key_id_of(sealed, row)
        if key_id not in self._keys:
            raise Tampered(row, f"unknown key id {key_id.hex()}; is an old master key file missing in the settings?")
        return _open(self._cipher(key_id, purpose), sealed, purpose, row)

    def is_old(self, sealed: bytes, *, row: Row = ("?",)) -> bool:
        """Whether a value or a wrapped person key is not under the current master key."""
        return _key_id_of(sealed, row) != self.current.id

    def lookup(self, kind: str, value: str) -> bytes:
        """A blind index: 16 bytes, equal for equal values (NFKC, case-folded) of one kind, nothing else to be learnt.

        Spec: RFC 2104, HMAC-SHA256 cut to its first 128 bits.
        """
        return _lookup(self._lookup_keys[0], kind, value)

    def lookups(self, kind: str, value: str) -> tuple[bytes, ...]:
        """The index under each master key, current first: what a query asks for while keys are being changed."""
        return tuple(_lookup(key, kind, value) for key in self._lookup_keys)

    def digest(self, kind: str, value: str) -> bytes:
        """32 bytes for an exact value (a token, a `jti`, an account in a counter's name): not folded as `lookup` does.

        Under the current key only: what it names is short-lived. Spec: RFC 2104, HMAC-SHA256.
        """
        return _mac(self._digest_key, _framed(kind, value))

    def name_lookups(self, name: str) -> set[bytes]:
        """The blind indexes of all search tokens of a name, to store beside the sealed name."""
        return {self.lookup("name", token) for token in search_tokens(name)}

    def new_person_key(self) -> bytes:
        """A new person's key, wrapped, to store with the person. Deleting it is crypto-shredding."""
        return self._wrap(os.urandom(KEY_BYTES))

    def person(self, wrapped: bytes, *, row: Row = _PERSON_KEY_ROW) -> "PersonSealer":
        """What seals and opens this person's columns; kept for the next call, least recently used ones dropped.

        Args:
            row: where the wrapped key stands, for the error only.
        Raises:
            Tampered: not a person's key that was wrapped here.
        """
        with self._lock:
            sealer = self._persons.get(wrapped)
            if sealer is not None:
                self._persons.move_to_end(wrapped)
                return sealer
        sealer = PersonSealer(Secret(self._unwrap(wrapped, row)))
        with self._lock:
            self._persons[wrapped] = sealer
            while len(self._persons) > self._persons_kept:
                self._persons.popitem(last=False)
        return sealer

    def rewrap(self, wrapped: bytes, *, row: Row = _PERSON_KEY_ROW) -> bytes:
        """The same person key under the current master key: changing master keys touches no sealed column."""
        return self._wrap(self._unwrap(wrapped, row))

    def reseal(self, sealed: bytes, *, row: Row, purpose: Purpose = Purpose.COLUMN) -> bytes:
        """The same value under the current master key."""
        return self.seal(self.open(sealed, row=row, purpose=purpose), row=row, purpose=purpose)

    def forget(self, wrapped: bytes) -> None:
        """Drop a deleted person's key from memory."""
        with self._lock:
            self._persons.pop(wrapped, None)

    def _wrap(self, key: bytes) -> bytes:
        return self.seal(key, row=_PERSON_KEY_ROW, purpose=Purpose.PERSON_WRAP)

    def _unwrap(self, wrapped: bytes, row: Row) -> bytes:
        try:
            return self.open(wrapped, row=_PERSON_KEY_ROW, purpose=Purpose.PERSON_WRAP)
        except Tampered as error:
            raise Tampered(row, f"person key, {error.problem}") from error

    def _cipher(self, key_id: bytes, purpose: Purpose) -> AESGCM:
        cipher = self._ciphers.get((key_id, purpose))
        if cipher is None:
            cipher = self._ciphers[key_id, purpose] = AESGCM(_subkey(self._keys[key_id].key, purpose))
        return cipher


class PersonSealer:
    """Seals and opens one person's columns under the person's own key."""

    __slots__ = ("_cipher", "_id")

    def __init__(self, key: Secret[bytes]) -> None:
        self._id = key_id(key.reveal())
        self._cipher = AESGCM(key.reveal())

    def seal(self, plaintext: bytes, *, row: Row) -> bytes:
        """Seal a value for the place (table, column, row id) where it will stand."""
        return _seal(self._cipher, self._id, plaintext, "person", row)

    def open(self, sealed: bytes, *, row: Row) -> bytes:
        """The plaintext.

        Raises:
            Tampered: it was not sealed for this place and this person.
        """
        if _key_id_of(sealed, row) != self._id:
            raise Tampered(row, "sealed for another person")
        return _open(self._cipher, sealed, "person", row)


def _subkey(key: Secret[bytes], purpose: Purpose) -> bytes:
    return derive(key.reveal(), b"gerege 1 " + purpose.encode(), KEY_BYTES)


def _lookup(key: bytes, kind: str, value: str) -> bytes:
    return _mac(key, _framed(kind, normalised(value)))[:LOOKUP_BYTES]


def _mac(key: bytes, message: bytes) -> bytes:
    mac = HMAC(key, SHA256())
    mac.update(message)
    return mac.finalize()


def _framed(*parts: str) -> bytes:
    """Each part after its length: ("a", "bc") and ("ab", "c") differ, whatever the parts contain."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in (text.encode() for text in parts))


def _seal(cipher: AESGCM, key_id: bytes, plaintext: bytes, scope: str, row: Row) -> bytes:
    head, nonce = bytes([VERSION]) + key_id, os.urandom(NONCE_BYTES)
    return head + nonce + cipher.encrypt(nonce, plaintext, head + _framed(scope, *row))


def _open(cipher: AESGCM, sealed: bytes, scope: str, row: Row) -> bytes:
    head, rest = sealed[: 1 + KEY_ID_BYTES], sealed[1 + KEY_ID_BYTES :]
    try:
        return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], head + _framed(scope, *row))
    except InvalidTag as error:
        raise Tampered(row, "changed, or moved here from another row, column or purpose") from error


def _key_id_of(sealed: bytes, row: Row) -> bytes:
    if len(sealed) < 1 + KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES:
        raise Tampered(row, "cut short")
    if sealed[0] != VERSION:
        raise Tampered(row, f"unknown version {sealed[0]}")
    return sealed[1 : 1 + KEY_ID_BYTES]
