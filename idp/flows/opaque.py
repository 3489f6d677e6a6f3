"""Access tokens that nobody else can read: the same claims, sealed for ourselves. Nothing is stored for them.

Spec: RFC 6749 §1.4 (an identifier, or self-contained), RFC 9700 §4.10. Deliberately not here: whether it still counts.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from idp.errors import Invalid, InvalidToken
from idp.flows.context import Idp

PREFIX = "gat_"
"""What tells it from a JWT, which begins with `ey`, and lets leaked ones be found."""
LONGEST = 8192
_PURPOSE = "access-token"


def write(idp: Idp, claims: Mapping[str, object]) -> str:
    """A handle that holds these claims, encrypted and authenticated."""
    return PREFIX + idp.ports.sealer.seal(_PURPOSE, orjson.dumps(claims))


def is_ours(value: str) -> bool:
    """Whether it looks like one. Nothing is proved by that."""
    return value.startswith(PREFIX)


def read(idp: Idp, value: str) -> dict[str, Any]:
    """The claims of a handle that we sealed. Raises InvalidToken."""
    if len(value) > LONGEST or not value.isascii():
        raise InvalidToken("the token is not valid", "too long, or not ASCII")
    try:
        claims: dict[str, Any] = orjson.loads(idp.ports.sealer.open(_PURPOSE, value.removeprefix(PREFIX)))
    except Invalid as error:
        raise InvalidToken("the token is not valid", "not a handle of ours") from error
    return claims
