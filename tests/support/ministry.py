"""A house whose Ministry of Finance is a real slapd, changed as its own administrator would."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.connectors.ldap import LdapConnector
from demo.directories import edit
from idp.flows.sync import rounds
from idp.model import Department, Subject, SyncRun
from tests.support.house import House, house_in
from tests.support.slapd import Directory, directory

PEOPLE = "ou=people,dc=mof,dc=example"
GROUPS = "ou=groups,dc=mof,dc=example"


@dataclass
class Ministry:
    """One department, its directory, and what a round of reading it came to."""

    house: House
    directory: Directory
    connector: LdapConnector

    def sync(self, *, full: bool = False) -> SyncRun:
        self.house.clock.move(minutes=5)
        return rounds.run(self.house.idp, self.house.idp.department("mof") or self.department(), "test", full=full)

    def department(self, **settings: object) -> Department:
        """As its file has it, with these terms of its own."""
        kept = self.directory.file.department
        return replace(kept, parent_id="country", settings={**kept.settings, **settings})

    def put(self, **settings: object) -> None:
        with self.house.idp.ports.truth.begin() as tx:
            tx.registry.put_department(self.department(**settings))

    def person(self, uid: str) -> Subject:
        found = self.house.idp.ports.truth.people.find(uid, "mof")
        assert found is not None, uid
        return found

    def roles(self, uid: str) -> frozenset[str]:
        standing = self.house.idp.ports.truth.people.standing(self.person(uid).id, self.house.clock())
        return frozenset() if standing is None else standing.roles

    def joins(self, uid: str) -> None:
        words = {"uid": uid, "cn": uid.title(), "sn": uid, "mail": f"{uid}@mof.example", "title": "Clerk"}
        edit.add(self.directory.prepared, f"uid={uid},{PEOPLE}", {"objectClass": "inetOrgPerson", **words})

    def leaves(self, uid: str) -> None:
        edit.delete(self.directory.prepared, self.directory.dn(uid))

    def says(self, uid: str, attribute: str, *values: str) -> None:
        edit.replace(self.directory.prepared, self.directory.dn(uid), attribute, values)

    def leaves_group(self, uid: str, group: str) -> None:
        edit.remove_value(self.directory.prepared, f"cn={group},{GROUPS}", "member", self.directory.dn(uid))

    def comes_to_group(self, uid: str, group: str) -> None:
        edit.add_value(self.directory.prepared, f"cn={group},{GROUPS}", "member", self.directory.dn(uid))

    def live(self) -> int:
        return self.house.idp.ports.truth.links.count("mof")


@contextmanager
def ministry_in(folder: Path) -> Iterator[Ministry]:
    """A house and the Ministry's directory, for as long as the block lasts."""
    with directory(folder / "ldap", "mof") as running:
        connector = running.connector()
        with house_in(folder / "house", {"mof": connector}) as house:
            found = Ministry(house, running, connector)
            found.put()
            yield found
        connector.close()
