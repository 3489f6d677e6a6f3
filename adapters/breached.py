"""Passwords that are known to be known: a filter of breached ones, made once from a list, and an operator's own list.

The filter is a Bloom filter on disk: it never misses one that was put in, and takes one in a million for known that is
not. Nothing leaves the machine and nothing typed is kept. Lists are of passwords, or of SHA-1 digests as
haveibeenpwned.com gives them away (`DIGEST:count`). Spec: NIST SP 800-63B-4 §3.1.1.2; ASVS 5.0 V6.2.4, V6.2.12.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rbloom import Bloom

from idp.authn.passwords import normal
from idp.secret import Secret

FALSE_POSITIVES = 1e-6
_DIGEST = re.compile(r"^([0-9A-Fa-f]{40})(?::\d+)?$")


@dataclass(frozen=True, slots=True)
class Lists:
    """Both lists, open. Without a file nothing is known."""

    breached: Bloom | None = None
    blocked: frozenset[bytes] = frozenset()

    @classmethod
    def open(cls, breached_file: Path | None, blocked_file: Path | None) -> "Lists":
        """Raises ValueError: a file cannot be read; it names the setting."""
        return cls(_filter(breached_file), _blocked(blocked_file))

    def knows(self, password: Secret[str]) -> Literal["breached", "blocked"] | None:
        text = normal(password.reveal())
        if _digest(text.casefold()) in self.blocked:
            return "blocked"
        return "breached" if self.breached is not None and _digest(text) in self.breached else None


def build(source: Path, target: Path) -> int:
    """Write the filter of a list; how many lines it holds. Raises ValueError: the list is empty or no text."""
    try:
        count = sum(1 for _ in _digests(source))
        if not count:
            raise ValueError(f"{source}: holds no password")
        made = Bloom(count, FALSE_POSITIVES, hash_func=_number)
        made.update(_digests(source))
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{source}: {error}") from error
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f"{target.name}.new")
    made.save(str(beside))
    beside.replace(target)  # whoever reads meanwhile reads the old one whole
    return count


def _digests(source: Path) -> Iterator[bytes]:
    with source.open(encoding="utf-8") as lines:
        for line in lines:
            text = line.rstrip("\r\n")
            if found := _DIGEST.match(text):
                yield bytes.fromhex(found[1])
            elif text:
                yield _digest(normal(text))


def _digest(text: str) -> bytes:
    """As the lists of breaches are kept; nothing rests on its strength."""
    return hashlib.sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()


def _number(digest: object) -> int:
    """What the filter is asked by: the same in every process. Digests are uniform already."""
    if not isinstance(digest, bytes):
        raise TypeError("the filter holds digests")
    return int.from_bytes(digest[:16], "big", signed=True)


def _filter(path: Path | None) -> Bloom | None:
    if path is None:
        return None
    try:
        return Bloom.load(str(path), _number)
    except (OSError, ValueError) as error:
        raise ValueError(f"passwords.breached_file: {path}: {error}") from error


def _blocked(path: Path | None) -> frozenset[bytes]:
    if path is None:
        return frozenset()
    try:
        return frozenset(_of(path.read_text(encoding="utf-8").splitlines()))
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"passwords.blocked_file: {path}: {error}") from error


def _of(lines: Iterable[str]) -> Iterator[bytes]:
    return (_digest(normal(line.strip()).casefold()) for line in lines if line.strip())
