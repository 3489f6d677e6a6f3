"""From the attributes of one LDAP entry to a person: which attribute says what is the department's own table.

Spec: RFC 4512 §2.5 (attributes and options), RFC 4530 (entryUUID).
Deliberately refuses an entry without a stable id: it must never be told apart by a name or an address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.connectors.ldap_groups import Membership
from adapters.connectors.ldap_identity import primary_sid, stable_ids
from adapters.connectors.ldap_settings import LdapSettings
from adapters.connectors.ldap_states import is_out_of_use
from idp.errors import Unavailable
from idp.model import Entry

LONGEST_VALUE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Person:
    """A person's own entry, before the groups are known."""

    stable_id: str
    identifiers: tuple[str, ...]
    display_name: str
    display_name_zh: str | None
    mail: str | None
    title: str | None
    disabled: bool
    membership: Membership

    @property
    def dn(self) -> str:
        return self.membership.dn

    def entry(self, groups: tuple[str, ...], *, disabled: bool) -> Entry:
        """The entry as flows know it."""
        return Entry(
            stable_id=self.stable_id,
            dn=self.dn,
            identifiers=self.identifiers,
            display_name=self.display_name,
            display_name_zh=self.display_name_zh,
            mail=self.mail,
            groups=groups,
            disabled=disabled,
            title=self.title,
        )


def person_attributes(settings: LdapSettings) -> list[str]:
    """Exactly the attributes that are needed: nothing else about a person leaves the directory."""
    names = settings.attributes
    wanted = [names.stable_id, *names.identifiers, names.display_name, names.display_name_zh, names.mail, names.title]
    if settings.groups.kind == "posixGroup":
        wanted.append(names.posix_name)
    if settings.groups.kind == "memberOf":
        wanted.append("memberOf")
    wanted += {"primaryGroupID": ["primaryGroupID", "objectSid"], "gidNumber": ["gidNumber"]}.get(
        settings.groups.primary, []
    )
    wanted += state_attributes(settings)
    return [name for name in dict.fromkeys(wanted) if name]


def state_attributes(settings: LdapSettings) -> list[str]:
    """Those by which somebody is out of use."""
    named = (settings.disabled.attribute, *(rule.attribute for rule in settings.vendor.states))
    return [name for name in named if name]


def to_person(settings: LdapSettings, row: Mapping[str, Any]) -> Person:
    """Read one search result.

    Raises:
        Unavailable: it has no stable id, or several: the directory is not as the settings say.
    """
    names, dn = settings.attributes, str(row["dn"])
    values = texts(row)
    ids = ids_in(settings, row)
    if len(ids) != 1:
        told = f"stable_id: {dn} has {len(ids)} values of {names.stable_id}"
        raise Unavailable(
            settings.department, f"{told}; name an attribute that everybody has once, and let bind_dn read it"
        )

    def first(name: str) -> str | None:
        return next(iter(values.get(name, ())), None) if name else None

    return Person(
        stable_id=ids[0],
        identifiers=tuple(dict.fromkeys(value for name in names.identifiers for value in values.get(name, ()))),
        display_name=first(names.display_name) or first(names.mail) or ids[0],
        display_name_zh=first(names.display_name_zh),
        mail=first(names.mail),
        title=first(names.title),
        disabled=out_of_use(settings, values),
        membership=Membership(
            dn,
            tuple(values.get(names.posix_name, ())),
            tuple(values.get("memberOf", ())),
            _primary(settings, row["raw_attributes"], values),
        ),
    )


def ids_in(settings: LdapSettings, row: Mapping[str, Any]) -> tuple[str, ...]:
    """The values of the stable id in a search result, as text."""
    return stable_ids(settings, row["raw_attributes"], tuple(texts(row).get(settings.attributes.stable_id, ())))


def out_of_use(settings: LdapSettings, values: Mapping[str, Sequence[str]]) -> bool:
    """Whether an attribute says so, of the department's rule or of the vendor's."""
    disabled_by = {value.lower() for value in settings.disabled.values}
    held = values.get(settings.disabled.attribute, ())
    return any(value.lower() in disabled_by for value in held) or is_out_of_use(
        settings.vendor.states, values, datetime.now(UTC)
    )


def _primary(
    settings: LdapSettings, raw: Mapping[str, Any], values: Mapping[str, Sequence[str]]
) -> tuple[str, bytes] | None:
    """The attribute and value by which the person's primary group is found."""
    number = next(iter(values.get(settings.groups.primary, ())), "")
    if settings.groups.primary == "gidNumber":
        return ("gidNumber", number.encode()) if number else None
    sids = [held[0] for name, held in raw.items() if name.lower() == "objectsid" and held]
    sid = primary_sid(sids[0], number) if sids else None
    return ("objectSid", sid) if sid else None


class _CaseBlind(dict[str, tuple[str, ...]]):
    """Attribute names are the same in any case (RFC 4512 §1.4); servers answer in their own."""

    def __init__(self, values: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__({name.lower(): held for name, held in values.items()})

    def get(self, name: str, default: Any = ()) -> Any:
        return super().get(name.lower(), default)


def texts(row: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    """All values of a search result as text. What is no UTF-8, has a NUL or is too long for any name or address is left
    out: nothing is compared to a mangled name, and no store is asked to keep it."""
    found: dict[str, tuple[str, ...]] = {}
    for name, values in row["raw_attributes"].items():
        held = (_text(value) for value in values)
        found[name] = tuple(value for value in held if value is not None)
    return _CaseBlind(found)


def _text(value: bytes) -> str | None:
    if len(value) > LONGEST_VALUE_BYTES or b"\0" in value:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None
