"""Keys at rest: what is personal or secret in the database cannot be read without the master key file.

Master key file → HKDF sub-key for each purpose → sealed columns, blind indexes, and a wrapped key for each person.
Deleting a person's wrapped key makes all that was sealed under it unreadable for ever.

Sealed form: 1 byte version ‖ 4 bytes key id ‖ 12 bytes nonce ‖ AES-256-GCM ciphertext and tag (33 bytes more than the
plaintext). Version, key id, purpose and row (table, column, row id) are authenticated, so that a value opens only where
it was sealed. Nonces are random: 2^32 values under one key at most; personal columns go under each person's own key.

Obeys NIST SP 800-38D §8.2.2 and §8.3, RFC 5869, RFC 2104. Primitives from `cryptography` only.
Deliberately not here: deterministic encryption (look-ups are keyed hashes) and storage.
"""

import base64
import itertools
import os
import re
import stat
import unicodedata
from binascii import Error as Base64Error
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pypinyin import Style, pinyin

from idp.secret import Secret

VERSION = 1
KEY_BYTES, KEY_ID_BYTES, NONCE_BYTES, TAG_BYTES = 32, 4, 12, 16
LOOKUP_BYTES = 16  # 128 bits: among 10^10 values two collide with probability 1.5e-19; half the index of 32 bytes
PERSONS_KEPT = 4096
_WORD = "gerege-master-key-1"
_HEADER = f"""\
# Gerege master key. It opens every sealed column of the database; whoever reads it can read them.
# Keep a copy offline, apart from the backups of the database. If every copy is lost, nobody can open what it sealed.
# One line: {_WORD}, the key's id, 256 random bits in base64.
"""
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


class SealingError(Exception):
    """Something is wrong with a key or a sealed value. `file` and `fix` are for the operator; strangers see neither."""

    def __init__(self, problem: str, *, file: Path | None = None, fix: str = "") -> None:
        super().__init__(": ".join(filter(None, (str(file or ""), problem))) + (f" {fix}" if fix else ""))
        self.problem, self.file, self.fix = problem, file, fix


class MasterKeyLost(SealingError):
    """The file is not there."""


class MasterKeyExposed(SealingError):
    """Others than its owner can read or replace the file."""


class MasterKeyDamaged(SealingError):
    """The file is not one whole master key."""


class MasterKeyExists(SealingError):
    """A new key would overwrite one that may still be needed."""


class Tampered(SealingError):
    """A sealed value was changed, moved, cut, or is under a key that is not here. `row` says where it stood."""

    def __init__(self, row: Row, problem: str) -> None:
        super().__init__(f"sealed value at {' / '.join(row)}: {problem}")
        self.row, self.problem = row, problem


@dataclass(frozen=True, slots=True, eq=False)
class MasterKey:
    """256 bits, with an id that is derived from them (so that a damaged line is noticed)."""

    id: bytes
    key: Secret[bytes]
    file: Path

    @classmethod
    def create(cls, file: Path) -> Self:
        """Write a new key, readable by its owner only, durable before this returns.

        Raises:
            MasterKeyExists: the file is there; it is never overwritten.
        """
        secret = os.urandom(KEY_BYTES)
        line = f"{_WORD} {_key_id(secret).hex()} {base64.b64encode(secret).decode()}\n"
        try:
            # O_EXCL: neither a file nor a symbolic link is followed; 0600 from its first moment.
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except FileExistsError as error:
            fix = "Choose another file name; keep the old key until everything is wrapped anew."
            raise MasterKeyExists("a master key would be overwritten.", file=file, fix=fix) from error
        with open(descriptor, "w", encoding="ascii") as out:
            out.write(_HEADER + line)
            out.flush()
            os.fsync(descriptor)
        _sync_directory(file.parent)
        return cls(_key_id(secret), Secret(secret), file)

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read a key.

        Raises:
            MasterKeyLost, MasterKeyExposed, MasterKeyDamaged.
        """
        secret = _parse(file, _read_private(file))
        return cls(_key_id(secret), Secret(secret), file)


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
        self._id = _key_id(key.reveal())
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


def normalised(value: str) -> str:
    """NFKC and case-folded, so that a name typed in full width or capitals is the same name. Spec: UAX #15."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())


def search_tokens(name: str) -> set[str]:
    """What a sealed name can be found by: store `lookup("name", token)` of each.

    Prefixes (to 12 characters) of each word and of all words run together; for Chinese also each character, each two
    neighbours, and prefixes of the pinyin: by syllables, run together (also without a surname of one or two), initials,
    with every reading of a character (up to 16 combinations). No two-letter pieces of Latin words: they would tell
    much of a name to whoever counts them.
    """
    words = _words(name)
    tokens = _prefixes([*words, "".join(words)])
    for han in _HAN.findall(_plain(name)):
        tokens.update(han, map("".join, itertools.pairwise(han)))
        for reading in itertools.islice(itertools.product(*_readings(han)), _READINGS):
            tokens |= _prefixes([*reading, "".join(syllable[0] for syllable in reading)])
            tokens |= _prefixes(["".join(reading[start:]) for start in range(min(len(reading), 3))])
    return tokens


def query_tokens(query: str) -> set[str]:
    """What to ask for: a name matches when it has all of these tokens. Empty when nothing can be searched."""
    tokens = set()
    for word in _words(query):
        if _HAN.fullmatch(word) and len(word) > 1:
            tokens |= set(map("".join, itertools.pairwise(word)))
        else:
            tokens.add(word[:_PREFIX])
    return tokens


_PREFIX, _READINGS = 12, 16
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]+")
_WORDS = re.compile(r"[^\W_]+")


def _plain(text: str) -> str:
    """Normalised, without accents: Zoë is found by zoe."""
    return "".join(c for c in unicodedata.normalize("NFKD", normalised(text)) if not unicodedata.combining(c))


def _words(text: str) -> list[str]:
    return _WORDS.findall(_plain(text).replace("'", "").replace("\u2019", ""))


def _prefixes(words: Sequence[str]) -> set[str]:
    return {word[:end] for word in words for end in range(1, min(len(word), _PREFIX) + 1)}


def _readings(han: str) -> list[list[str]]:
    """For each character its syllables without tones; ü as v, u and yu, as people type it and passports print it."""
    found = (pinyin(char, style=Style.NORMAL, heteronym=True)[0] for char in han)
    return [
        list(dict.fromkeys(way for one in ways for way in (one, one.replace("v", "u"), one.replace("v", "yu"))))
        for ways in found
    ]


def _key_id(secret: bytes) -> bytes:
    return _derive(secret, b"gerege key id", KEY_ID_BYTES)


def _subkey(key: Secret[bytes], purpose: Purpose) -> bytes:
    return _derive(key.reveal(), b"gerege 1 " + purpose.encode(), KEY_BYTES)


def _derive(secret: bytes, label: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=label).derive(secret)


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


def _read_private(file: Path) -> str:
    """The file's text, judged by the open descriptor, so that it cannot be exchanged between look and read."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError as error:
        fix = "Restore it from its offline copy; a first start makes one. Backups of the database do not contain it."
        problem = (
            "the master key file is missing. Without it nobody can open the sealed columns: names, mail addresses, "
        )
        raise MasterKeyLost(
            problem + "factors and signing keys are lost, and people must be enrolled anew.", file=file, fix=fix
        ) from error
    except OSError as error:
        raise MasterKeyDamaged(f"the master key file cannot be opened ({error.strerror}).", file=file) from error
    try:
        _require_private(file, os.fstat(descriptor))
        return os.read(descriptor, 64 * 1024).decode("ascii", errors="replace")
    finally:
        os.close(descriptor)


def _require_private(file: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise MasterKeyDamaged("not a regular file.", file=file)
    if status.st_mode & 0o077 or status.st_uid not in (0, os.geteuid()):
        fix = f"Run: chown <service user> {file} && chmod 600 {file}; if others could have read it, change the key."
        raise MasterKeyExposed("others than its owner can read or change the master key.", file=file, fix=fix)


def _parse(file: Path, text: str) -> bytes:
    fix = "Restore it from its offline copy."
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) != 1 or len(lines[0]) != 3 or lines[0][0] != _WORD:
        raise MasterKeyDamaged(f"expected one line: {_WORD}, key id, key.", file=file, fix=fix)
    try:
        secret = base64.b64decode(lines[0][2], validate=True)
    except (Base64Error, ValueError) as error:
        raise MasterKeyDamaged("the key is not base64.", file=file, fix=fix) from error
    if len(secret) != KEY_BYTES:
        raise MasterKeyDamaged(f"the key has {len(secret)} bytes, not {KEY_BYTES}.", file=file, fix=fix)
    if _key_id(secret).hex() != lines[0][1]:
        raise MasterKeyDamaged("the key id does not belong to the key.", file=file, fix=fix)
    return secret


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
