"""What somebody has at Keycloak, in one flat set of names: groups and those above them, roles and those within them.

    /payroll/approvers      a group, by its path
    realm:clerk             a realm role                    client:portal:editor    a role of a client

A department's mapping names these as the groups that give roles here. Bounded, and total over cycles.
Deliberately decides nothing: what nobody mapped gives nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from adapters.keycloak.document import Node, WrongExport

DEEPEST = 32
"""Groups within groups."""
MOST_FOR_ONE = 5_000
"""Names that one person, or one composite, may come to."""


@dataclass(slots=True)
class Granted:
    """Composites and group roles of one realm."""

    composites: dict[str, frozenset[str]] = field(default_factory=dict)
    groups: dict[str, frozenset[str]] = field(default_factory=dict)
    builtin: frozenset[str] = frozenset()
    """Every realm's own roles, which say nothing of a person."""

    def of(self, groups: Iterable[str], roles: Iterable[str], place: str) -> tuple[str, ...]:
        """Everything that follows from groups (by path) and roles. Raises WrongExport: it never ends."""
        paths = [above for path in groups for above in _upwards(path)]
        waiting = [*roles, *(role for path in paths for role in self.groups.get(path, ()))]
        found = set(paths)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.composites.get(name, ())
            if len(found) > MOST_FOR_ONE:
                raise WrongExport(f"{place}: it comes to more than {MOST_FOR_ONE} groups and roles")
        return tuple(sorted(found - self.builtin))


def read(realm: Node, name: str) -> Granted:
    """Roles and groups of the realm. Raises WrongExport."""
    roles = realm.node("roles")
    composites = {f"realm:{one.text('name')}": _within(one.node("composites")) for one in roles.nodes("realm")}
    clients = roles.node("client")
    for client in clients.values:
        for one in clients.nodes(client):
            composites[f"client:{client}:{one.text('name')}"] = _within(one.node("composites"))
    groups = dict(_groups(realm.nodes("groups"), "", 0))
    builtin = {f"realm:{one}" for one in (f"default-roles-{name}", "offline_access", "uma_authorization")}
    return Granted(composites, groups, frozenset(builtin) | {f"client:account:{one}" for one in ACCOUNT})


ACCOUNT = (
    "manage-account",
    "manage-account-links",
    "view-profile",
    "view-applications",
    "view-consent",
    "manage-consent",
    "view-groups",
    "delete-account",
)


def roles_of(node: Node) -> frozenset[str]:
    """`realmRoles` and `clientRoles` of a person or a group."""
    clients = node.node("clientRoles")
    return frozenset(
        [f"realm:{one}" for one in node.texts("realmRoles")]
        + [f"client:{client}:{one}" for client in clients.values for one in clients.texts(client)]
    )


def _within(composites: Node) -> frozenset[str]:
    clients = composites.node("client")
    return frozenset(
        [f"realm:{one}" for one in composites.texts("realm")]
        + [f"client:{client}:{one}" for client in clients.values for one in clients.texts(client)]
    )


def _groups(nodes: Iterable[Node], above: str, depth: int) -> Iterator[tuple[str, frozenset[str]]]:
    for one in nodes:
        if depth >= DEEPEST:
            raise WrongExport(f"{one.place}: groups stand more than {DEEPEST} deep")
        path = one.text("path", "") or f"{above}/{one.text('name')}"
        yield path, roles_of(one)
        yield from _groups(one.nodes("subGroups"), path, depth + 1)


def _upwards(path: str) -> Iterator[str]:
    """`/a/b` and `/a`: a member of a group below is one of those above. Bounded by DEEPEST."""
    parts = [part for part in path.split("/") if part]
    for count in range(min(len(parts), DEEPEST), 0, -1):
        yield "/" + "/".join(parts[:count])
