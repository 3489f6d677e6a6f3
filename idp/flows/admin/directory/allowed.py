"""Where an administrator may make us knock: at the department's own directory, and at those that the operator listed.

Spec: OWASP SSRF Prevention (allow-list). Denies by default. A name is compared as it is typed and never resolved here:
who may give names to addresses is the operator, who listed that name. One sentence for every refusal, given before
anything is sent, so that it tells nothing of what is inside.
"""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from config.directories import AllowedDirectory
from idp.errors import Invalid
from idp.flows.admin.scope import Admin
from idp.flows.context import Idp
from idp.model import Department

USUAL = {"ldap": 389, "ldaps": 636}
Door = tuple[str, int]


def require(idp: Idp, admin: Admin, department: Department, url: str) -> None:
    """Raises Invalid: not an address of a directory, or not one that may be named here."""
    door = door_of(url)
    if door is None:
        raise Invalid("directory.address.not-one", f"not an address: {url[:100]}")
    if door in doors_of(department):
        return
    theirs = {
        one
        for other in idp.ports.truth.configuration().departments.values()
        if not admin.sees(other.id)
        for one in doors_of(other)
    }
    lineage = {department.id, *idp.ports.truth.configuration().lineage(department.id)}
    listed = any(_covers(one, door, lineage) for one in idp.settings.directories.allowed)
    if not listed or door in theirs:
        raise Invalid("directory.address.not-allowed", f"not allowed from the console: {door[0]}:{door[1]}")


def door_of(url: str) -> Door | None:
    """Host in small letters and port; None: not an address of a directory."""
    try:
        parts: SplitResult = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    odd = parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password
    if parts.scheme not in USUAL or not parts.hostname or odd or port == 0 or not url.isprintable() or " " in url:
        return None
    return parts.hostname.lower().rstrip("."), port or USUAL[parts.scheme]


def doors_of(department: Department) -> frozenset[Door]:
    """Where the directory is that it has now."""
    urls = department.settings.get("urls")
    found = (door_of(url) for url in urls if isinstance(url, str)) if isinstance(urls, list | tuple) else ()
    return frozenset(one for one in found if one is not None)


def _covers(entry: AllowedDirectory, door: Door, lineage: set[str]) -> bool:
    host, port = door
    right_port = port == entry.port if entry.port is not None else port in USUAL.values()
    right_department = entry.department is None or entry.department in lineage
    return right_port and right_department and (host == entry.host.lower() or _within(host, entry.host))


def _within(host: str, network: str) -> bool:
    """An address in digits within a network; never a name, whoever it leads to."""
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network)
    except ValueError:
        return False
