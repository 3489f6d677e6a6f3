"""Why an address is not one of the registered ones, said so that a developer can mend it.

`is_registered` alone decides; this only explains what it decided. Spec: RFC 9700 §2.1 (exact match), RFC 8252 §7.3.
Deliberately not here: words in a language. `why` is a closed set that pages translate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from idp.oidc.redirects import is_registered, problem_of

Why = Literal[
    "exact",
    "port-free",
    "none-registered",
    "malformed",
    "scheme",
    "host",
    "port",
    "slash",
    "case",
    "path",
    "query",
    "spelling",
]
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Difference:
    """What would happen with this address.

    nearest: the registered address that is most like it. problem: what `problem_of` says, where `why` is malformed.
    """

    accepted: bool
    why: Why
    nearest: str | None = None
    problem: str | None = None


def explain(uri: str, registered: Sequence[str]) -> Difference:
    """Accepted, or the first part that differs from the registered address that is most like it."""
    if uri in registered:
        return Difference(True, "exact", uri)
    nearest = max(registered, key=lambda one: _likeness(uri, one), default=None)
    if is_registered(uri, registered):
        return Difference(True, "port-free", nearest)
    if nearest is None:
        return Difference(False, "none-registered")
    if len(uri) > LONGEST:
        return Difference(False, "malformed", nearest, f"is longer than {LONGEST} characters")
    if problem := problem_of(uri):
        return Difference(False, "malformed", nearest, problem)
    return Difference(False, _part(urlsplit(uri), urlsplit(nearest)), nearest)


def _part(mine: SplitResult, theirs: SplitResult) -> Why:
    if mine.scheme != theirs.scheme:
        return "scheme"
    if mine.hostname != theirs.hostname:
        return "host"
    if mine.port != theirs.port:
        return "port"
    if mine.path != theirs.path:
        return _of_path(mine.path, theirs.path)
    return "query" if mine.query != theirs.query else "spelling"


def _of_path(mine: str, theirs: str) -> Why:
    if mine.rstrip("/") == theirs.rstrip("/"):
        return "slash"
    if mine.lower() == theirs.lower():
        return "case"
    return "spelling" if unquote(mine) == unquote(theirs) else "path"


def _likeness(one: str, other: str) -> float:
    """From 0 to 1. Both are cut: the comparison is quadratic, and nobody types more."""
    return SequenceMatcher(None, one[:300], other[:300], autojunk=False).ratio()
