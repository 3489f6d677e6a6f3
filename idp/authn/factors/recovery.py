"""Recovery codes: look-up secrets that a person saved. Spec: NIST SP 800-63B-4 §3.1.2; ASVS 5.0 V6.5.

Each is one-time, and of enough random bits that a fast keyed hash keeps it. With a password a code is AAL2, never
resistant to phishing. Does not hash or spend them: the flow does, by one conditional UPDATE.
"""

import unicodedata
from collections.abc import Callable

CODES = 10
BITS = 120
"""Of one code; ASVS 5.0 V6.5.2 asks for 112 where the hash is fast."""
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no I, L, O or U, so that nothing is misread."""
_MISREAD = str.maketrans("OIL", "011")
LENGTH = BITS // 5
GROUP = 6


def make(random: Callable[[int], bytes]) -> tuple[str, ...]:
    """A whole set of new codes, cleaned (no dashes)."""
    return tuple(_code(int.from_bytes(random(BITS // 8), "big")) for _ in range(CODES))


def shown(code: str) -> str:
    """In groups, as people read and copy it."""
    return "-".join(code[place : place + GROUP] for place in range(0, len(code), GROUP))


def clean(typed: str) -> str:
    """What was meant: capitals, no dashes or spaces, full-width forms folded, O as 0, I and L as 1; "" is no code."""
    folded = unicodedata.normalize("NFKC", typed[:200]).upper().translate(_MISREAD)
    kept = "".join(char for char in folded if char.isascii() and char.isalnum())
    return kept if len(kept) == LENGTH and all(char in ALPHABET for char in kept) else ""


def _code(number: int) -> str:
    return "".join(ALPHABET[number >> shift & 31] for shift in range(BITS - 5, -1, -5))
