"""What is new in a directory, without reading everybody: marks, whoever was written since one, and who is there.

Spec: RFC 4512 §3.4 (modifyTimestamp), §5.1 (root DSE); MS-ADTS §3.1.1.1.9 (uSNChanged, highestCommittedUSN), §3.1.1.1.6
(invocationId). A mark of Active Directory counts for one server alone, whose invocationId stands in it; everywhere
else a mark is a time, set back by more than clocks differ. Deliberately believes neither for deletions and groups:
those show in no person's entry, and are seen by `present` and by the groups' own markers.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from ldap3 import Connection

from adapters.connectors.ldap_entry import ids_in, out_of_use, state_attributes, texts
from adapters.connectors.ldap_groups import group_filter, groups_base
from adapters.connectors.ldap_search import search, sweep
from adapters.connectors.ldap_settings import LdapSettings
from idp.ports import Mark

OVERLAP = timedelta(minutes=2)
"""How far the directory's clock may be behind ours; also its granularity, and the time of a replica."""
STAMP = "%Y%m%d%H%M%SZ"
ANY_GROUP = "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup)(objectClass=group))"
_TIME = re.compile(r"time:(\d{14}Z)")
_USN = re.compile(r"usn:([0-9a-f]+):(\d{1,20})")


def mark(settings: LdapSettings, connection: Connection, now: datetime | None = None) -> Mark:
    """Where the directory stands. Raises Unavailable."""
    now = now or datetime.now(UTC)
    number = _number(settings, connection)
    since = f"usn:{number[0]}:{number[1]}" if number else f"time:{now - OVERLAP:{STAMP}}"
    return Mark(since, _groups(settings, connection, now))


def query_since(settings: LdapSettings, connection: Connection, since: str) -> str | None:
    """The filter of people written since then. None: not this server's mark, or none that can be read."""
    if found := _TIME.fullmatch(since):
        return f"(&{settings.people_filter}(modifyTimestamp>={found[1]}))"
    found, number = _USN.fullmatch(since), _number(settings, connection)
    if found is None or number is None or number[0] != found[1] or number[1] < int(found[2]):
        return None  # another server, or one that was set back to an earlier day
    return f"(&{settings.people_filter}(uSNChanged>={int(found[2]) + 1}))"


def present(settings: LdapSettings, connection: Connection) -> Iterator[str]:
    """Stable ids of everybody there who is not disabled. Raises Unavailable: what came before it is not all."""
    name, rule = settings.attributes.stable_id, settings.disabled.filter
    gone = set(_ids(settings, connection, f"(&{settings.people_filter}{rule})")) if rule else frozenset()
    for one in _ids(settings, connection, f"(&{settings.people_filter}({name}=*))"):
        if one not in gone:
            yield one


def _ids(settings: LdapSettings, connection: Connection, query: str) -> Iterator[str]:
    """Of those whom no attribute of their own puts out of use."""
    wanted = [settings.attributes.stable_id, *state_attributes(settings)]
    for row in sweep(settings, connection, settings.base_dn, query, wanted):
        # Most rows have the id alone: nothing in them says anything of a state.
        if len(row["raw_attributes"]) < 2 or not out_of_use(settings, texts(row)):
            yield from ids_in(settings, row)[:1]


def _number(settings: LdapSettings, connection: Connection) -> tuple[str, int] | None:
    """(invocationId, highestCommittedUSN) of an Active Directory; None: it is none."""
    wanted = ["highestCommittedUSN", "dsServiceName"]
    root = search(settings, connection, "", "(objectClass=*)", wanted, at_base=True).entries
    said = texts(root[0]) if root else {}
    highest, service = said.get("highestCommittedUSN", ()), said.get("dsServiceName", ())
    if not highest or not service or not highest[0].isdecimal():
        return None
    rows = search(settings, connection, service[0], "(objectClass=*)", ["invocationId"], at_base=True).entries
    held = {name.lower(): values for row in rows for name, values in row["raw_attributes"].items()}
    ids = held.get("invocationid", ())
    return (ids[0].hex(), int(highest[0])) if ids else None


def _groups(settings: LdapSettings, connection: Connection, now: datetime) -> str:
    """A digest that moves when a group comes, goes, is renamed or written. In any order: servers have none."""
    scheme, wanted, total = settings.groups, ["entryCSN", "uSNChanged", "modifyTimestamp"], 0
    if not scheme.base_dn:
        return ""
    for row in sweep(settings, connection, groups_base(scheme), group_filter(scheme) or ANY_GROUP, wanted):
        said = texts(row)
        exact = said.get("entryCSN") or said.get("uSNChanged")
        marker = exact[0] if exact else _coarse(said.get("modifyTimestamp", ("",)), now)
        total += int.from_bytes(hashlib.sha256(f"{row['dn']}\0{marker}".encode()).digest()[:16], "big")
    return f"{total % 2**128:032x}"


def _coarse(said: Sequence[str], now: datetime) -> str:
    """A time in whole seconds: one of just now may be written again within its second, so that it counts once more."""
    fresh = bool(said) and said[0] >= f"{now - OVERLAP:{STAMP}}"
    return f"{said[0]}~{now.timestamp()}" if fresh else said[0] if said else ""
