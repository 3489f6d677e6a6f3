"""All values of an attribute that a directory hands out in parts, as Active Directory does from 1,500 values on.

Spec: MS-ADTS §3.1.1.3.1.3.3 (range retrieval); RFC 4512 §2.5 (attribute options).
Deliberately knows no vendor: whoever answers with `;range=` is asked for the rest, to the end or to `MOST_PARTS`.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

Row = dict[str, Any]
_RANGED = re.compile(r"(?P<name>[^;]+);range=(?P<first>[0-9]{1,9})-(?P<last>[0-9]{1,9}|\*)", re.IGNORECASE)
MANY_VALUED = ("member", "memberOf")
MOST_PARTS = 1000


def stepped(attributes: Sequence[str], step: int) -> list[str]:
    """The names to ask for, so that no more than `step` values come at once; 0: whatever the directory gives."""
    return [f"{name};range=0-{step - 1}" if step and name in MANY_VALUED else name for name in attributes]


def completed(row: Row, ask: Callable[[str, str], Row | None]) -> Row:
    """The row with whole attributes under their own names.

    Args:
        ask: (dn, attribute with its range) → that entry with it; None: the entry is gone.
    Raises:
        whatever `ask` raises.
        ValueError: it ends nowhere, goes backwards, or leaves a part out.
    """
    raw = row["raw_attributes"]
    ranged = [found for name in raw if (found := _RANGED.fullmatch(name))]
    if not ranged:
        return row
    whole = {name: values for name, values in raw.items() if not _RANGED.fullmatch(name)}
    for found in ranged:
        kept = next((name for name in whole if name.lower() == found["name"].lower()), found["name"])
        whole[kept] = _rest(str(row["dn"]), found, list(raw[found.group()]), ask)
    return row | {"raw_attributes": whole}


def _rest(dn: str, found: re.Match[str], values: list[bytes], ask: Callable[[str, str], Row | None]) -> list[bytes]:
    for _ in range(MOST_PARTS):
        if found["last"] == "*":
            return values
        begin = int(found["last"]) + 1
        step = begin - int(found["first"])
        row = ask(dn, f"{found['name']};range={begin}-{begin + step - 1}")
        parts = row["raw_attributes"] if row else {}
        following = (match for name in parts if (match := _RANGED.fullmatch(name)))
        after = next((match for match in following if match["name"].lower() == found["name"].lower()), None)
        if after is None or int(after["first"]) != begin:
            raise ValueError(f"{dn} gave {found['name']} up to {found['last']}, and nothing that follows it")
        values += parts[after.group()]
        found = after
    raise ValueError(f"{dn} has no end of {found['name']}")
