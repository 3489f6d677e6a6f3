"""A department as an operator writes it: one TOML file with its names, its directory, its groups and its own examples.

Obeys no specification but TOML 1.0.0. Every problem of the file is told at once, with line, key and fix.
Deliberately calls no directory: `gerege dept test` does that with the connector, after this has passed.
"""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, get_args

from adapters.connectors.crest import WrongCrest, load_crest
from adapters.connectors.ldap_profile import to_profile_table
from adapters.connectors.ldap_settings import LdapSettings, read_ldap_settings
from adapters.connectors.toml_table import Table, read_toml
from idp.authn.passwords import REGIMES
from idp.mapping import (
    HIGHEST_CLEARANCE,
    LOWEST_CLEARANCE,
    Example,
    RoleMapping,
    check_examples,
    forbidden_roles,
    to_table,
)
from idp.model import CREST, OUTAGE, SYNC, Department, Level, Text

Kept = Literal["local", "ldap"]
HELP_DESK = "help_desk"
LONGEST_OUTAGE_HOURS = 7 * 24
OWN = frozenset({HELP_DESK, CREST, OUTAGE, SYNC})
"""Keys of `Department.settings` that are no directory's."""


@dataclass(frozen=True, slots=True)
class DepartmentFile:
    """A department ready to be kept, and what its file says besides."""

    department: Department
    mapping: RoleMapping
    examples: tuple[Example, ...]
    ldap: LdapSettings | None


def load_department(path: Path, givable: frozenset[str] | None = None) -> DepartmentFile:
    """Read and check one file; its examples are run.

    Args:
        givable: roles that this department's groups may give; None: every role but an administrator's.
    Raises:
        WrongFile: with everything that is wrong.
    """
    reader, root = read_toml(path)
    found = read_department(root, path.resolve().parent, givable=givable)
    reader.finish()
    return found


def read_department(
    root: Table,
    folder: Path,
    *,
    department_id: str | None = None,
    givable: frozenset[str] | None = None,
) -> DepartmentFile:
    """One department's table, wherever it stands; what is wrong is noted with its reader.

    Args:
        folder: what its file names are relative to.
        department_id: where the table is headed by it; None: it has the key `id`.
    """
    department_id = root.text("id") if department_id is None else department_id
    connector = _connector(root)
    name = Text(root.text("name"), root.text("name_zh"))
    parent, level, forgotten = root.text("parent", ""), _level(root), root.text("forgotten_url", "")
    domains, prefixes = root.texts("domains", ()), root.texts("prefixes", ())
    directory = root.table("directory") if connector == "ldap" else None
    ldap = read_ldap_settings(department_id, directory, folder) if directory else None
    kept = to_settings_table(ldap) | _outage(root) | _sync(root) if ldap else _password(root, connector)
    kept = kept | _help_desk(root) | _crest(root, folder)
    mapping, examples = _mapping(root, givable), _examples(root)
    root.close()
    _run(root, mapping, examples)
    department = Department(
        id=department_id,
        parent_id=parent or None,
        level=level,
        name=name,
        connector=connector,
        settings=kept,
        mapping=to_table(mapping),
        domains=tuple(domain.lower() for domain in domains),
        prefixes=prefixes,
        forgotten_url=forgotten or None,
    )
    return DepartmentFile(department, mapping, examples, ldap)


def to_settings_table(settings: LdapSettings) -> dict[str, object]:
    """The form kept with the department (`Department.settings`): what `open_ldap` reads, file names absolute."""
    seconds = ("connect_timeout", "receive_timeout", "pool_wait", "connection_lifetime", "rest")
    table: dict[str, object] = {
        "urls": list(settings.urls),
        "starttls": settings.starttls,
        "vendor": settings.vendor.name,
        "library": settings.library,
        "base_dn": settings.base_dn,
        "people_filter": settings.people_filter,
        "pool_size": settings.pool_size,
        "failures_to_rest": settings.failures_to_rest,
        "attributes": _table(settings.attributes),
        "group_scheme": _table(settings.groups),
        "disabled": _table(settings.disabled),
        **{f"{name}_seconds": int(getattr(settings, name).total_seconds()) for name in seconds},
    }
    said: dict[str, object] = {
        "ca_file": settings.ca_file and str(settings.ca_file),
        "ca_pem": settings.ca_pem,
        "bind_dn": settings.bind_dn,
        "bind_password_file": settings.bind_password_file and str(settings.bind_password_file),
        "client_certificate_file": settings.client_certificate_file and str(settings.client_certificate_file),
        "client_key_file": settings.client_key_file and str(settings.client_key_file),
        "pins": list(settings.pins),
        "netbios_domains": list(settings.netbios_domains),
        "change_password": settings.change_password,
        "policies_base_dn": settings.policies_base_dn,
        "profile": to_profile_table(settings.vendor),
    }
    return table | {name: value for name, value in said.items() if value}


def _help_desk(root: Table) -> dict[str, object]:
    """Whom this department's people ask when nothing lets them in; in Chinese too where `…_zh` is there."""
    if "help_desk" not in root:
        return {}
    table = root.table("help_desk")
    keys = ("name_zh", "phone", "email", "hours", "hours_zh", "bring", "bring_zh", "url")
    said = {"name": table.text("name"), **{key: table.text(key, "") for key in keys}}
    table.close()
    return {HELP_DESK: {key: value for key, value in said.items() if value}}


def _outage(root: Table) -> dict[str, object]:
    """For how many hours after the last reading a passkey opens what can live with that; 0 is never."""
    if OUTAGE not in root:
        return {}
    table = root.table(OUTAGE)
    hours = table.number("passkey_hours", 12, 0, LONGEST_OUTAGE_HOURS)
    table.close()
    return {OUTAGE: {"passkey_hours": hours}}


def _sync(root: Table) -> dict[str, object]:
    """How often its directory is read whole, and how many may leave it without a question; only what is written."""
    if SYNC not in root:
        return {}
    table, most = root.table(SYNC), 10_000_000
    bounds = {"full_hours": 1, "delta_minutes": 1, "few": 0, "most": 0, "percent": 0}
    said = {
        key: table.number(key, 1, least, 100 if key == "percent" else most)
        for key, least in bounds.items()
        if key in table
    }
    table.close()
    return {SYNC: said}


def _crest(root: Table, folder: Path) -> dict[str, object]:
    """The picture itself is kept with the department, so that every node shows it and nobody needs the file again."""
    if CREST not in root:
        return {}
    try:
        return {CREST: load_crest(folder, root.text(CREST))}
    except WrongCrest as wrong:
        root.refuse(CREST, wrong.told, wrong.fix)
        return {}


def _table(nested: object) -> dict[str, object]:
    """The fields of a nested setting that are not empty; lists for JSON."""
    named = {one.name: getattr(nested, one.name) for one in fields(nested)}  # type: ignore[arg-type]
    return {name: list(value) if isinstance(value, tuple) else value for name, value in named.items() if value}


def _connector(root: Table) -> Kept:
    found = root.text("connector")
    for known in get_args(Kept):
        if found == known:
            return known  # type: ignore[no-any-return]
    root.refuse("connector", f"{found!r} is not a kind of directory", f"use one of {', '.join(get_args(Kept))}")
    return "local"


def _password(root: Table, connector: Kept) -> dict[str, object]:
    """The rules of passwords that are kept here; a directory keeps its own."""
    if "password" not in root:
        return {}
    if connector != "local":
        root.refuse("password", "is for people who are kept here", "set the rules in the directory itself")
    table = root.table("password")
    rules = {"regime": table.choice("regime", "nist", REGIMES), "multi_factor": table.flag("multi_factor", False)}
    table.close()
    return {"password": rules}


def _level(root: Table) -> Level:
    found = root.text("level", "bureau")
    for known in get_args(Level):
        if found == known:
            return known  # type: ignore[no-any-return]
    root.refuse("level", f"{found!r} is not a level", f"use one of {', '.join(get_args(Level))}")
    return "bureau"


def _mapping(root: Table, givable: frozenset[str] | None) -> RoleMapping:
    groups = root.table("groups")
    roles = {group: groups.texts(group, ()) for group in groups.keys()}  # noqa: SIM118 - not a dict
    table = root.table("clearance")
    default = table.number("default", LOWEST_CLEARANCE, LOWEST_CLEARANCE, HIGHEST_CLEARANCE)
    by_group = table.table("groups")
    keys = by_group.keys()
    clearance = {key: by_group.number(key, LOWEST_CLEARANCE, LOWEST_CLEARANCE, HIGHEST_CLEARANCE) for key in keys}
    table.close()
    mapping = RoleMapping(roles, clearance, default)
    for group, role in forbidden_roles(mapping, givable):
        groups.refuse(
            group, f"may not give the role {role!r}", "a directory gives roles of its own branch, no administrator's"
        )
    return mapping


def _examples(root: Table) -> tuple[Example, ...]:
    found = []
    for table in root.tables("examples"):
        clearance = table.number("clearance", 0, LOWEST_CLEARANCE, HIGHEST_CLEARANCE) if "clearance" in table else None
        roles = frozenset(table.texts("roles", ()))
        groups, disabled = table.texts("groups", ()), table.flag("disabled", False)
        found.append(Example(table.text("name"), groups, roles, clearance, disabled))
        table.close()
    return tuple(found)


def _run(root: Table, mapping: RoleMapping, examples: tuple[Example, ...]) -> None:
    for wrong in check_examples(mapping, examples):
        told = f"{wrong.name!r} expects {wrong.expected} and gets {wrong.found}"
        root.refuse(f"examples#{wrong.example}.{wrong.field}", told, "correct [groups] or [clearance], or the example")
