"""What was typed so far of a directory's settings, and the department that would come of it.

The password is sealed for its department when it is typed and is never shown again. It is forgotten as soon as the
address, the authority or the pin changes: what was typed for one server is not sent to another, and neither is the one
that the department keeps.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from idp.mapping import HIGHEST_CLEARANCE, LOWEST_CLEARANCE, RoleMapping, from_table, to_table
from idp.model import CREST, OUTAGE, SYNC, Department

HELP_DESK = "help_desk"
OWN = (HELP_DESK, CREST, OUTAGE, SYNC)
"""Keys of `Department.settings` that are no directory's."""
ATTRIBUTES = ("stable_id", "display_name", "display_name_zh", "mail", "title")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "address": ("url", "vendor"),
    "tls": ("ca_pem", "pin"),
    "bind": ("bind_dn",),
    "base": ("base_dn", "people_filter", "groups_base"),
    "map": (*ATTRIBUTES, "identifiers", "groups", "clearance", "clearances", "sample"),
    "sign-in": ("sample",),
    "dry-run": (),
    "save": (),
}
"""What each step asks for, besides passwords."""
TRUST = ("url", "ca_pem", "pin")
SECRETS = ("bind_password_file", "bind_password_sealed", "client_certificate_file", "client_key_file")
LONGEST = {"ca_pem": 64_000, "groups": 20_000, "clearances": 20_000}
LONGEST_FIELD = 1000
NOWHERE = "cn=not-named-yet"
"""Stands in for a name that a later step asks for."""


@dataclass(frozen=True, slots=True)
class Draft:
    """typed: by field. password: sealed; "": none was typed. keeps: the department's own secrets may be used.
    passed: steps that went well with what is typed now."""

    typed: Mapping[str, str] = field(default_factory=dict)
    password: str = ""
    keeps: bool = True
    passed: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> str:
        return self.typed.get(name, "")


def draft_of(kept: Department) -> Draft:
    """What the department has now, as it would be typed."""
    settings = kept.settings if kept.connector == "ldap" else {}
    attributes, scheme = _table(settings, "attributes"), _table(settings, "group_scheme")
    mapping = from_table(kept.mapping)
    typed = {
        "url": next(iter(_list(settings, "urls")), ""),
        "vendor": str(settings.get("vendor", "")),
        "ca_pem": str(settings.get("ca_pem", "")),
        "pin": next(iter(_list(settings, "pins")), ""),
        "bind_dn": str(settings.get("bind_dn", "")),
        "base_dn": str(settings.get("base_dn", "")),
        "people_filter": str(settings.get("people_filter", "")),
        "groups_base": str(scheme.get("base_dn", "")),
        "identifiers": ", ".join(_list(attributes, "identifiers")),
        **{name: str(attributes.get(name, "")) for name in ATTRIBUTES},
        "groups": "\n".join(f"{group} = {', '.join(roles)}" for group, roles in mapping.roles.items()),
        "clearance": str(mapping.default_clearance),
        "clearances": "\n".join(f"{group} = {grade}" for group, grade in mapping.clearance.items()),
    }
    return Draft({name: value for name, value in typed.items() if value})


def with_typed(draft: Draft, step: str, given: Mapping[str, str], sealed: str = "") -> Draft:
    """With what one step was given; that step and those after it have to be proved again."""
    fresh = {name: _clean(name, given.get(name, "")) for name in FIELDS[step] if name in given}
    was = draft.typed
    draft = replace(draft, typed={**was, **fresh}, passed=_before(draft.passed, step))
    moved = any(was.get(name, "") != draft[name] for name in TRUST)
    renamed = "bind_dn" in fresh and was.get("bind_dn", "") != fresh["bind_dn"]
    if moved or renamed:
        draft = replace(draft, password="", keeps=False)
    if "vendor" in fresh and was.get("vendor", "") != fresh["vendor"]:
        named = (*ATTRIBUTES, "identifiers", "people_filter")
        draft = replace(draft, typed={key: value for key, value in draft.typed.items() if key not in named})
    return replace(draft, password=sealed) if sealed else draft


def has_password(draft: Draft, kept: Department) -> bool:
    """Whether something is there to bind with."""
    return bool(draft.password) or (draft.keeps and any(name in kept.settings for name in SECRETS))


def department_of(kept: Department, draft: Draft, *, unbound: str = "") -> Department:
    """The department as it would be. unbound: a sealed password that stands in where none is needed yet."""
    was = dict(kept.settings) if kept.connector == "ldap" else {}
    own = {name: kept.settings[name] for name in OWN if name in kept.settings}
    for name in () if draft.keeps else SECRETS:
        was.pop(name, None)
    if draft.password or not any(name in was for name in SECRETS):
        was.pop("bind_password_file", None)
        was["bind_password_sealed"] = draft.password or unbound
    if draft["ca_pem"]:
        was.pop("ca_file", None)
    same_vendor = str(was.get("vendor", "openldap")) == (draft["vendor"] or "openldap")
    same_door = draft["url"] in _list(was, "urls")[:1]
    groups = draft["groups_base"] or NOWHERE
    said: dict[str, object] = {
        "urls": _list(was, "urls") if same_door else [draft["url"]],
        "starttls": draft["url"].startswith("ldap:"),
        "vendor": draft["vendor"] or "openldap",
        "ca_pem": draft["ca_pem"] or ("" if "ca_file" in was else "-"),
        "pins": [draft["pin"]] if draft["pin"] else [],
        "bind_dn": draft["bind_dn"] or NOWHERE,
        "base_dn": draft["base_dn"] or NOWHERE,
        "people_filter": draft["people_filter"],
        "group_scheme": (_table(was, "group_scheme") if same_vendor else {}) | {"base_dn": groups},
        "attributes": _attributes(draft, _table(was, "attributes") if same_vendor else {}),
    }
    for name in () if same_vendor else ("profile", "disabled"):
        was.pop(name, None)
    settings = {key: value for key, value in (was | said).items() if value not in ("", [], {})} | own
    return replace(kept, connector="ldap", settings=settings, mapping=to_table(mapping_of(draft)))


def mapping_of(draft: Draft) -> RoleMapping:
    """The table of groups, as far as its lines can be read; `wrong_lines` tells the others."""
    roles = {group: tuple(_words(given)) for group, given in _lines(draft["groups"]) if group}
    grades = {group: int(given) for group, given in _lines(draft["clearances"]) if _is_grade(given)}
    return RoleMapping(roles, grades, int(draft["clearance"]) if _is_grade(draft["clearance"]) else LOWEST_CLEARANCE)


def wrong_lines(draft: Draft) -> tuple[str, ...]:
    """Lines of the two tables that say nothing."""
    wrong = [f"{group} = {given}" for group, given in _lines(draft["groups"]) if not (group and _words(given))]
    return (*wrong, *(f"{group} = {given}" for group, given in _lines(draft["clearances"]) if not _is_grade(given)))


def _attributes(draft: Draft, was: Mapping[str, object]) -> dict[str, object]:
    given: dict[str, object] = {name: draft[name] for name in ATTRIBUTES if draft[name]}
    kept = {key: value for key, value in was.items() if key not in ATTRIBUTES}
    return kept | given | ({"identifiers": _words(draft["identifiers"])} if draft["identifiers"] else {})


def _before(passed: tuple[str, ...], step: str) -> tuple[str, ...]:
    road = tuple(FIELDS)
    return tuple(one for one in passed if road.index(one) < road.index(step))


def _clean(name: str, value: str) -> str:
    return value.replace("\r\n", "\n").strip()[: LONGEST.get(name, LONGEST_FIELD)]


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if line.strip():
            group, _, given = line.rpartition("=")
            yield group.strip(), given.strip()


def _words(text: str) -> list[str]:
    return [one.strip() for one in text.replace("，", ",").split(",") if one.strip()]


def _is_grade(text: str) -> bool:
    return text in {str(grade) for grade in range(LOWEST_CLEARANCE, HIGHEST_CLEARANCE + 1)}


def _table(settings: Mapping[str, object], name: str) -> dict[str, object]:
    found = settings.get(name)
    return dict(cast(Mapping[str, object], found)) if isinstance(found, Mapping) else {}


def _list(settings: Mapping[str, object], name: str) -> list[str]:
    found = settings.get(name)
    return [str(one) for one in found] if isinstance(found, list | tuple) else []
