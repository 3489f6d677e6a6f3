"""A vendor's table with single entries written otherwise: `[directory.profile]` of a department, and back.

Obeys no specification. What is written is only what differs from the vendor's own table, so that a table which is
corrected in a later release reaches every department that did not ask for something else.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, get_args

from adapters.connectors.ldap_vendors import VENDORS, Change, Lockout, Marker, Means, Sign, StateRule, Vendor
from adapters.connectors.toml_table import Table

LARGEST_STEP = 100_000
_ENTRIES = ("changes_by", "modified", "range_step", "states", "sub_codes", "lockout")


def read_profile(table: Table, vendor: Vendor) -> Vendor:
    """The vendor's table with these entries; problems are noted in the table's reader."""
    profile = replace(
        vendor,
        changes_by=table.choice("changes_by", vendor.changes_by, get_args(Change)),
        modified=table.choice("modified", vendor.modified, get_args(Marker)),
        range_step=table.number("range_step", vendor.range_step, 0, LARGEST_STEP),
        states=_states(table) if "states" in table else vendor.states,
        sub_codes=_sub_codes(table.table("sub_codes")) if "sub_codes" in table else vendor.sub_codes,
        lockout=_lockout(table.table("lockout"), vendor.lockout),
    )
    table.close()
    return profile


def to_profile_table(profile: Vendor) -> dict[str, object]:
    """What differs from the vendor's own table, as `read_profile` reads it; empty when nothing does."""
    usual = asdict(VENDORS[profile.name])
    return {name: _plain(value) for name, value in asdict(profile).items() if name in _ENTRIES and value != usual[name]}


def _plain(value: Any) -> Any:
    """Lists for tuples, as JSON has them; what is empty in a table is left out."""
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return value


def _states(table: Table) -> tuple[StateRule, ...]:
    rules = []
    for row in table.tables("states"):
        sign = row.choice("sign", "text", get_args(Sign))
        rules.append(StateRule(row.text("attribute"), sign, row.texts("values", ())))
        if sign == "bit" and not all(value.isdecimal() for value in rules[-1].values):
            row.refuse("values", "must be numbers", 'write the bit as ["2"]')
        row.close()
    return tuple(rules)


def _sub_codes(table: Table) -> dict[str, Means]:
    return {code: table.choice(code, "wrong", get_args(Means)) for code in table.keys()}  # noqa: SIM118 - not a dict


def _lockout(table: Table, usual: Lockout) -> Lockout:
    base, query = table.text("base", usual.base), table.text("filter", usual.filter)
    attribute, switch = table.text("attribute", usual.attribute), table.texts("switch", usual.switch)
    if len(switch) not in (0, 2):
        table.refuse("switch", "is an attribute and its value", 'write ["pwdLockout", "TRUE"]')
    table.close()
    return Lockout(base, query, attribute, (switch[0], switch[1]) if len(switch) == 2 else ())
