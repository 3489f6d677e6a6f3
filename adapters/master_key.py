"""The master key file: 256 random bits, readable by their owner only. Without it nothing that is sealed can be read.

Obeys NIST SP 800-57 part 1 §6.2.2 in spirit: one file, an id derived from the key, mode 0600. Does not seal anything.
"""

import base64
import os
import stat
from binascii import Error as Base64Error
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from idp.secret import Secret

KEY_BYTES, KEY_ID_BYTES = 32, 4
_WORD = "gerege-master-key-1"
_HEADER = f"""\
# Gerege master key. It opens every sealed column of the database; whoever reads it can read them.
# Keep a copy offline, apart from the backups of the database. If every copy is lost, nobody can open what it sealed.
# One line: {_WORD}, the key's id, 256 random bits in base64.
"""


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
        line = f"{_WORD} {key_id(secret).hex()} {base64.b64encode(secret).decode()}\n"
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
        return cls(key_id(secret), Secret(secret), file)

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read a key.

        Raises:
            MasterKeyLost, MasterKeyExposed, MasterKeyDamaged.
        """
        secret = _parse(file, _read_private(file))
        return cls(key_id(secret), Secret(secret), file)


def key_id(secret: bytes) -> bytes:
    return derive(secret, b"gerege key id", KEY_ID_BYTES)


def derive(secret: bytes, label: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=label).derive(secret)


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
    if key_id(secret).hex() != lines[0][1]:
        raise MasterKeyDamaged("the key id does not belong to the key.", file=file, fix=fix)
    return secret


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
