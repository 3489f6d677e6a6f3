"""The code that a person reads off a device and types into a browser.

Eight letters of twenty: no vowels, so that no word comes of it, and nothing that looks like something else. That is
2.56·10¹⁰ codes, 34.5 bits. Only somebody who is signed in is heard, five wrong codes at once and then one in fifteen
minutes: at most six within the ten minutes of a code, one chance in 2³², as RFC 8628 §5.1 works it out.
Whoever guesses one all the same can only sign somebody's device in as themselves; no token comes to the guesser.
Spec: RFC 8628 §6.1. Deliberately not here: counting tries.
"""

import unicodedata
from collections.abc import Callable
from datetime import timedelta

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8
OF_PERSON = 5, timedelta(minutes=15)
"""Wrong codes that are heard at once of one person, and after how long one more."""
OF_NETWORK = 30, timedelta(seconds=30)
"""The same of all who come from one network."""
_FAIR = 256 - 256 % len(ALPHABET)


def make(random: Callable[[int], bytes]) -> str:
    """A new code, each letter as likely as any other."""
    letters: list[str] = []
    while len(letters) < LENGTH:
        letters += [ALPHABET[octet % len(ALPHABET)] for octet in random(2 * LENGTH) if octet < _FAIR]
    return "".join(letters[:LENGTH])


def shown(code: str) -> str:
    """In two groups, as it is read aloud: WDJB-MJHT."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def clean(typed: str) -> str | None:
    """What was typed, without case, width, dashes and spaces; None when it cannot be a code."""
    folded = unicodedata.normalize("NFKC", typed[:64]).upper()
    letters = "".join(letter for letter in folded if letter.isalnum())
    return letters if len(letters) == LENGTH and set(letters) <= set(ALPHABET) else None
