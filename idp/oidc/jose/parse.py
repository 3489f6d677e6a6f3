"""JSON from strangers: one object, no member twice, nothing deep, no number or text that others would trip over.

Spec: RFC 8259 §4 (unique names), RFC 7515 §4 and RFC 7519 §4 (duplicates are refused), RFC 8725 §2.4, §3.2, RFC 7493.
"""

import json
from typing import Any

import orjson

from idp.oidc.jose import JoseError

DEPTH = 24
"""Objects and arrays inside each other. Claims need five or six."""

EXACT, DIGITS = 2**53, 17
"""Whole numbers below it are the same for every parser (RFC 7493 §2.2), and no clock counts further."""


def object_of(raw: bytes) -> dict[str, Any]:
    """The one JSON object in these octets.

    Two parsers read them: the first is strict about UTF-8, surrogates and infinite numbers, the second sees a member
    that comes twice or a number that is not exact. What only one of them understands is refused.
    Raises: JoseError.
    """
    # A bracket inside a text counts too: that only means to look.
    deep = raw.count(b"[") + raw.count(b"{") > DEPTH
    try:
        strict = orjson.loads(raw)
        if deep and not _shallow(strict):
            raise JoseError("JSON too deep")
        found = _DECODER.decode(raw.decode())
    except JoseError:
        raise
    except (ValueError, RecursionError) as error:
        raise JoseError(f"not JSON: {error}") from error
    if not isinstance(found, dict):
        raise JoseError("not a JSON object")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise JoseError("a member comes twice")
    return found


def _whole(digits: str) -> int:
    number = int(digits) if len(digits) <= DIGITS else EXACT
    if abs(number) >= EXACT:
        raise JoseError("a number that is not exact everywhere")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_int=_whole)


def _shallow(value: object) -> bool:
    """Whether nothing lies deeper than `DEPTH`; level by level, so that depth cannot exhaust the stack."""
    level = [value]
    for _ in range(DEPTH + 1):
        level = [child for one in level for child in _children(one)]
        if not level:
            return True
    return False


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
