"""How a refresh token is written: the id of its family, a dot, 256 random bits. Stores keep the hash of the whole.

The bits stand there as a JSON string in base64url: keycloak-js decodes between the dots of whatever token it is given,
and would refuse to hold one that it cannot read. Nothing can be read there, and we never decode it.
Spec: RFC 6749 §1.5, §10.4; RFC 9700 §4.14. Deliberately not here: whether it is good.
"""

import re
from base64 import urlsafe_b64encode

_SHAPE = re.compile(r"(?P<family>[A-Za-z0-9_-]{8,64})\.[A-Za-z0-9_-]{16,256}")


def write(family_id: str, secret: str) -> str:
    """`secret`: base64url characters, which need no escape inside a JSON string."""
    readable = urlsafe_b64encode(b'"%b"' % secret.encode("ascii")).decode("ascii")
    return f"{family_id}.{readable.rstrip('=')}"


def family_of(token: str) -> str | None:
    """The family that it names; None: we never wrote such a thing, so that no store need be asked."""
    found = _SHAPE.fullmatch(token)
    return found["family"] if found else None
