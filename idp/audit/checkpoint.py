"""Signed checkpoints: the log's size and root, as a note that anyone can verify with the log's public key.

    gerege.example/audit
    256
    qL0W…=

    — gerege.example/audit Az3gr…=

Obeys C2SP tlog-checkpoint and signed-note (Ed25519, signature type 0x01). The private key is not here: signing
takes a callable, so that it may live in a file, a token or an HSM. Cosignatures of witnesses (lines by keys that are
not asked for) are carried, not judged.
"""

import base64
import hashlib
import re
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from idp.audit.tree import HASH_BYTES

ED25519 = b"\x01"
MAX_NOTE_CHARS = 64 * 1024
_NAME = re.compile(r"[^\s+]+")
_SIZE = re.compile(r"0|[1-9][0-9]{0,19}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f]")


class CheckpointRejected(Exception):
    """The note is not a checkpoint of this log; the message says why, for the operator."""


class MalformedCheckpoint(CheckpointRejected):
    """Not the format."""


class UnknownSigner(CheckpointRejected):
    """None of its signatures is by a key that was asked for."""


class BadSignature(CheckpointRejected):
    """A signature that claims to be by a known key is not."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head. `origin` names the log, `size` counts leaves, `root` is 32 bytes."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """What is signed: lines, each ended by a newline. Spec: C2SP tlog-checkpoint."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, _b64(self.root), *self.extensions))


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A log's public key under its name. Text form (vkey): `name+hex key id+base64(0x01‖public key)`."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or len(self.public_key) != 32:
            raise ValueError("a verifier key has a name without spaces or plus, and 32 bytes")

    @property
    def key_id(self) -> bytes:
        """4 bytes. Spec: C2SP signed-note, SHA-256(name ‖ 0x0A ‖ type ‖ key)[:4]."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public_key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_b64(ED25519 + self.public_key)}"

    @classmethod
    def parse(cls, vkey: str) -> "VerifierKey":
        """Raises:
        ValueError: not a vkey, not Ed25519, or its key id does not belong to it.
        """
        name, _, rest = vkey.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        try:
            key = _unb64(encoded)
        except ValueError as error:
            raise ValueError(f"not a vkey: {vkey!r}") from error
        if key[:1] != ED25519:
            raise ValueError("only Ed25519 vkeys are known here")
        parsed = cls(name, key[1:])
        if parsed.key_id.hex() != key_id:
            raise ValueError("the vkey's key id does not belong to its key")
        return parsed


def sign(checkpoint: Checkpoint, key: VerifierKey, signer: Callable[[bytes], bytes]) -> str:
    """The signed note.

    Args:
        key: the public half; its name goes on the signature line.
        signer: Ed25519 over the bytes it is given, 64 bytes back.
    """
    text = checkpoint.text()
    return f"{text}\n\u2014 {key.name} {_b64(key.key_id + signer(text.encode()))}\n"


def open_note(note: str, keys: Iterable[VerifierKey]) -> str:
    """The signed text of a note that at least one of `keys` signed.

    Raises:
        MalformedCheckpoint, UnknownSigner, BadSignature.
    Spec: C2SP signed-note.
    """
    if len(note) > MAX_NOTE_CHARS or _CONTROL.search(note) or not note.endswith("\n"):
        raise MalformedCheckpoint("a note is at most 64 Ki characters without control characters, ended by a newline")
    if not note.isascii() and _SURROGATE.search(note):
        raise MalformedCheckpoint("not UTF-8")
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not text:
        raise MalformedCheckpoint("no blank line between text and signatures")
    text += "\n"
    known = {(key.name, key.key_id): key for key in keys}
    verified = 0
    for line in signatures[:-1].split("\n"):
        name, signature = _signature(line)
        key = known.get((name, signature[:4]))
        if key is not None:
            _verify(key, signature[4:], text)
            verified += 1
    if not verified:
        raise UnknownSigner("no signature by the log's key")
    return text


def open_checkpoint(note: str, keys: Iterable[VerifierKey], origin: str | None = None) -> Checkpoint:
    """The checkpoint inside a note that one of `keys` signed.

    Args:
        origin: the log it must be of; without it, the name of one of the keys.
    Raises:
        MalformedCheckpoint, UnknownSigner, BadSignature; CheckpointRejected for another log's.
    Spec: C2SP tlog-checkpoint.
    """
    keys = tuple(keys)
    checkpoint = parse(open_note(note, keys))
    if checkpoint.origin not in ({origin} if origin is not None else {key.name for key in keys}):
        raise CheckpointRejected(f"a checkpoint of another log, {checkpoint.origin!r}")
    return checkpoint


def parse(text: str) -> Checkpoint:
    """A checkpoint's text, without judging who signed it.

    Raises:
        MalformedCheckpoint.
    """
    lines = text.split("\n")
    if len(lines) < 4 or not all(lines[:-1]) or lines[-1]:
        raise MalformedCheckpoint("a checkpoint is an origin, a size, a root and no empty line")
    origin, size, root, *extensions = lines[:-1]
    if not _SIZE.fullmatch(size) or int(size) >= 1 << 64:
        raise MalformedCheckpoint(f"not a tree size: {size[:30]!r}")
    try:
        decoded = _unb64(root)
    except ValueError as error:
        raise MalformedCheckpoint("the root is not base64") from error
    if len(decoded) != HASH_BYTES:
        raise MalformedCheckpoint(f"the root is not {HASH_BYTES} bytes")
    return Checkpoint(origin, int(size), decoded, tuple(extensions))


def _signature(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "\u2014" or not _NAME.fullmatch(name):
        raise MalformedCheckpoint("a signature line is an em dash, a name and base64")
    try:
        signature = _unb64(encoded)
    except ValueError as error:
        raise MalformedCheckpoint("a signature is not base64") from error
    if len(signature) < 5:
        raise MalformedCheckpoint("a signature is too short")
    return name, signature


def _verify(key: VerifierKey, signature: bytes, text: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, text.encode())
    except InvalidSignature as error:
        raise BadSignature(f"the signature by {key.name} does not belong to this text") from error


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _unb64(text: str) -> bytes:
    """Strict: the one standard encoding, so that no two texts mean the same bytes."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (Base64Error, UnicodeEncodeError) as error:
        raise ValueError("not base64") from error
    if _b64(raw) != text:
        raise ValueError("not canonical base64")
    return raw
