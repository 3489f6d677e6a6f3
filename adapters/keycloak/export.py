"""A realm's export read whole: `kc.sh export` as one file or many, or the partial export of the console.

Everything in it either comes or is told of; nothing falls away in silence. What cannot be believed ends the reading.
Deliberately writes nothing and asks no server: REST tells neither hashes nor seeds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from adapters.keycloak import clients, granted, mappers, people
from adapters.keycloak.credentials import Here
from adapters.keycloak.document import LONGEST, Node, WrongExport, read
from idp.flows.migration.moved import Left, Moved
from idp.model import ADMINISTRATOR_ROLES

MOST_FILES = 10_000


@dataclass(frozen=True, slots=True)
class Wishes:
    """rp_id: the relying party id here. made_for: what the source's passkeys were made for, where it does not say it.
    compat: see `clients.Wishes`."""

    rp_id: str = ""
    made_for: str | None = None
    compat: bool = False


def load(path: Path, wishes: Wishes) -> Moved:
    """One realm out of a file or a folder. Raises WrongExport."""
    realm, users = _files(path)
    name = realm.text("realm")
    registered = [one for one in realm.nodes("clients") if not clients.own(one)]
    given = granted.read(realm, name)
    attributes, unknown = mappers.read(realm, [one for one in registered if _speaks_oidc(one)])
    here = Here(wishes.rp_id, wishes.made_for or realm.text("webAuthnPolicyPasswordlessRpId", "") or None)
    persons, of_people = people.read(users, given, attributes, here)
    alg = realm.text("defaultSignatureAlgorithm", "RS256")
    moved, of_clients = clients.read(registered, clients.Wishes(wishes.compat, alg))
    left = (*of_clients, *unknown, *of_people, *_of_realm(realm, bool(persons)), *_smuggled(realm, given))
    return Moved(f"keycloak realm {name}", persons, moved, left)


def _speaks_oidc(one: Node) -> bool:
    return one.text("protocol", "openid-connect") == "openid-connect"


def _files(path: Path) -> tuple[Node, Iterator[Node]]:
    """The realm's document, and every person of all its files. Raises WrongExport."""
    if path.is_file():
        realm = read(path)
        return realm, realm.nodes("users")
    realms = sorted(path.glob("*-realm.json"))
    if len(realms) != 1:
        raise WrongExport(f"{path}: there are {len(realms)} files *-realm.json; name the one that is meant")
    left = LONGEST - realms[0].stat().st_size
    realm = read(realms[0])
    beside = sorted(path.glob(f"{realms[0].name.removesuffix('-realm.json')}-users-*.json"))
    if len(beside) > MOST_FILES:
        raise WrongExport(f"{path}: more than {MOST_FILES} files of people")
    found = list(realm.nodes("users"))
    for file in beside:
        part = read(file, left)
        left -= file.stat().st_size
        if part.text("realm", realm.text("realm")) != realm.text("realm"):
            raise WrongExport(f"{file.name}: its people are of another realm")
        found += [Node(f"{file.name}: {one.place}", one.values) for one in part.nodes("users")]
    return realm, iter(found)


def _of_realm(realm: Node, has_people: bool) -> Iterator[Left]:
    """What a realm says besides people and clients."""
    if not has_people:
        yield Left("realm", "people do not stand in this file", "export with --users realm_file, or give the folder")
    if realm.flag("bruteForceProtected"):
        yield Left("realm", "its guards against guessing do not come", "[guessing] of the settings is in force here")
    if policy := realm.text("passwordPolicy", ""):
        yield Left(
            "realm", f"its password policy does not come ({policy[:100]})", "[password] of the department's file"
        )
    for key, what, fix in (
        ("identityProviders", "the identity provider", "connect it as a department of its own"),
        ("organizations", "the organisation", "make a department of it"),
    ):
        for one in realm.nodes(key):
            yield Left(f"{key}", f"{what} {one.text('alias', one.text('name', '?'))[:60]!r} does not come", fix)
    components = realm.node("components")
    for one in components.nodes("org.keycloak.storage.UserStorageProvider"):
        told = f"the directory {one.text('name', '?')[:60]!r} does not come"
        yield Left("components", told, "connect it: docs/howto/connect-a-directory.md")
    if realm.node("smtpServer").values:
        yield Left("realm", "its mail server does not come", "[mail] of the settings")
    for flow in realm.nodes("authenticationFlows"):
        if not flow.flag("builtIn"):
            told = f"the sign-in flow {flow.text('alias', '?')[:60]!r} does not come"
            yield Left("authenticationFlows", told, "write what it asks for as a policy")
    for name in ("accessTokenLifespan", "ssoSessionMaxLifespan"):
        if name in realm.values:
            yield Left("realm", f"{name} does not come", "[life] of the settings is in force here")


def _smuggled(realm: Node, given: granted.Granted) -> Iterator[Left]:
    """Names that sound like an administrator's: they give nothing, whatever a mapping says."""
    names = {*given.composites, *given.groups, *(role for roles in given.groups.values() for role in roles)}
    for name in sorted(names):
        if name.replace("/", ":").rpartition(":")[2] in ADMINISTRATOR_ROLES:
            told = "an administrator's role is never given by an import"
            yield Left(f"{name} of {realm.text('realm')}", told, "ask for it in the console: it takes a second person")
