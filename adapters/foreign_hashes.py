"""Password hashes that another system made: kept as they came, verified by one small table, made anew at the first use.

    $foreign$argon2id$v=19$m=7168,t=5,p=1$<salt>$<hash>      $foreign$pbkdf2-sha512$i=210000$<salt>$<hash>

What a hash costs is said by the hash itself, and so by whoever made the file: it is bounded here, where it is taken in
and again where it is verified. The password goes in as it was typed: other systems do not fold what looks alike.
Spec: RFC 9106 §3.1 (Argon2), RFC 8018 §5.2 (PBKDF2); the PHC string format.
Deliberately not here: threads and pace (`adapters.passwords`), and where such hashes stand in a file.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from argon2.exceptions import Argon2Error
from argon2.low_level import Type, hash_secret_raw

MARK = b"$foreign$"
MOST_ITERATIONS = 2_000_000
LEAST_ITERATIONS = 1_000
MOST_MEMORY_KIB = 262_144
MOST_PASSES = 64
MOST_WORK_KIB = 1_048_576
"""KiB times passes: about four seconds of one core; ours is 38,912."""
MOST_LANES = 16
SALTS = range(8, 65)
HASHES = range(16, 129)
"""Octets."""
_KIND = re.compile(r"argon2(id|i|d)|pbkdf2-sha(?:1|256|512)")
_TYPES = {"id": Type.ID, "i": Type.I, "d": Type.D}
_VERSIONS = (16, 19)


class WrongHash(ValueError):
    """It cannot be taken; the words say why, and nothing of the hash."""


@dataclass(frozen=True, slots=True)
class ForeignHash:
    """One hash. kind: `argon2id`, `argon2i`, `argon2d`, `pbkdf2-sha1`, `pbkdf2-sha256`, `pbkdf2-sha512`.

    cost: `i` (iterations) of PBKDF2; `v`, `m` (KiB), `t`, `p` of Argon2.
    """

    kind: str
    cost: Mapping[str, int]
    salt: bytes
    digest: bytes

    def __post_init__(self) -> None:
        """Raises WrongHash: a kind that is not known, or a cost that nobody should pay."""
        if not _KIND.fullmatch(self.kind):
            raise WrongHash("passwords of this kind are not known")
        if len(self.salt) not in SALTS or len(self.digest) not in HASHES:
            raise WrongHash("its salt or its hash has no sound length")
        for problem in (_pbkdf2_problem if self.kind.startswith("pbkdf2") else _argon2_problem)(self.cost):
            raise WrongHash(problem)

    def fits(self, password: str) -> bool:
        """Whether it is the hash of this password."""
        found = (_pbkdf2 if self.kind.startswith("pbkdf2") else _argon2)(self, password.encode())
        return hmac.compare_digest(found, self.digest)

    def text(self) -> bytes:
        """As it is kept."""
        cost = dict(self.cost)
        version = f"v={cost.pop('v')}$" if "v" in cost else ""
        told = ",".join(f"{name}={value}" for name, value in cost.items())
        return MARK + f"{self.kind}${version}{told}${_b64(self.salt)}${_b64(self.digest)}".encode()


def is_foreign(stored: bytes) -> bool:
    return stored.startswith(MARK)


def read(stored: bytes) -> ForeignHash:
    """What `text` wrote. Raises WrongHash."""
    try:
        parts = stored.removeprefix(MARK).decode("ascii").split("$")
        kind, *costs, salt, digest = parts
        pairs = [one.split("=") for part in costs for one in part.split(",")]
        return ForeignHash(kind, {name: int(value) for name, value in pairs}, _octets(salt), _octets(digest))
    except WrongHash:
        raise
    except (ValueError, UnicodeDecodeError) as error:
        raise WrongHash("it is no hash") from error


def _pbkdf2_problem(cost: Mapping[str, int]) -> tuple[str, ...]:
    if set(cost) != {"i"} or not LEAST_ITERATIONS <= cost["i"] <= MOST_ITERATIONS:
        return (f"its iterations are not between {LEAST_ITERATIONS} and {MOST_ITERATIONS}",)
    return ()


def _argon2_problem(cost: Mapping[str, int]) -> tuple[str, ...]:
    if set(cost) != {"v", "m", "t", "p"} or cost["v"] not in _VERSIONS:
        return ("its Argon2 parameters are not whole, or of no version that is known",)
    lanes, memory, passes = cost["p"], cost["m"], cost["t"]
    bounds = 1 <= lanes <= MOST_LANES and 8 * lanes <= memory <= MOST_MEMORY_KIB and 1 <= passes <= MOST_PASSES
    if not bounds or memory * passes > MOST_WORK_KIB:
        return (f"its Argon2 parameters ask for more than {MOST_MEMORY_KIB} KiB, {MOST_PASSES} passes, or both of it",)
    return ()


def _pbkdf2(one: ForeignHash, password: bytes) -> bytes:
    name = one.kind.removeprefix("pbkdf2-")
    return hashlib.pbkdf2_hmac(name, password, one.salt, one.cost["i"], len(one.digest))


def _argon2(one: ForeignHash, password: bytes) -> bytes:
    cost = one.cost
    try:
        return hash_secret_raw(
            password,
            one.salt,
            time_cost=cost["t"],
            memory_cost=cost["m"],
            parallelism=cost["p"],
            hash_len=len(one.digest),
            type=_TYPES[one.kind.removeprefix("argon2")],
            version=cost["v"],
        )
    except Argon2Error as error:
        raise WrongHash("it cannot be computed") from error


def _b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode().rstrip("=")


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise WrongHash("it is no hash") from error
