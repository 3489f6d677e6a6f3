"""How a refresh token is written: the id of its family, a dot, 256 random bits. Stores keep the hash of the whole.

Spec: RFC 6749 §1.5, §10.4; RFC 9700 §4.14. Deliberately not here: whether it is good.
"""

import re

_SHAPE = re.compile(r"(?P<family>[A-Za-z0-9_-]{8,64})\.[A-Za-z0-9_-]{16,128}")


def write(family_id: str, secret: str) -> str:
    return f"{family_id}.{secret}"


def family_of(token: str) -> str | None:
    """The family that it names; None: we never wrote such a thing, so that no store need be asked."""
    found = _SHAPE.fullmatch(token)
    return found["family"] if found else None
