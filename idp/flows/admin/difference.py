"""What differs between two nouns, field by field, in the names of the plan. Pure.

Spec: none. Deliberately not here: secrets, and what is told by others than a plan (`disabled`, counters, times).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime

from idp.model import CREST, Text

NAMES = {
    "department_id": "department",
    "parent_id": "parent",
    "auth_method": "token_endpoint_auth_method",
    "display_name": "name",
    "name_text": "name",
    "client_id": "client",
    "from_audience": "from",
    "to_audience": "to",
}
"""Field of ours → key of the plan, where they are not the same."""
SILENT = frozenset(
    {
        "id",
        "audience",
        "issuer",
        "secret_hashes",
        "secrets",
        "disabled",
        "disabled_by",
        "ended_before",
        "registration_token_hash",
        "access_version",
        "created_at",
        "language",
    }
)
EMPTY: tuple[object, ...] = (None, [], "", False)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """JSON values; None where there was, or is, nothing."""

    field: str
    before: object
    after: object


def between(before: object | None, then: object) -> tuple[FieldChange, ...]:
    """What changes from one noun to the other; everything that says something where there was none."""
    old = dict(_flat("", before)) if before is not None else {}
    new = dict(_flat("", then))
    if before is None:
        return tuple(FieldChange(name, None, value) for name, value in new.items() if value not in EMPTY)
    names = dict.fromkeys([*old, *new])
    return tuple(FieldChange(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name))


def _flat(path: str, value: object) -> Iterator[tuple[str, object]]:
    """(dotted key, JSON value) of everything inside."""
    if path == f"settings.{CREST}":
        yield path, f"sha256:{hashlib.sha256(str(value).encode()).hexdigest()[:12]}"
    elif isinstance(value, Text):
        yield path, value.en
        yield f"{path}_zh", value.zh
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            if path or one.name not in SILENT:
                yield from _flat(_below(path, NAMES.get(one.name, one.name)), getattr(value, one.name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(_below(path, str(key)), item)
    elif isinstance(value, tuple) and value and is_dataclass(value[0]):
        for item in value:
            head = str(getattr(item, fields(item)[0].name))
            yield from _flat(_below(path, head), item)
    elif isinstance(value, frozenset | set):
        yield path, sorted(str(one) for one in value)
    elif isinstance(value, tuple):
        yield path, list(value)
    else:
        yield path, value.isoformat() if isinstance(value, datetime) else value


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
