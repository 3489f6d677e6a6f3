"""People of a realm: who they are, what they have there, and what they prove themselves with.

A person keeps Keycloak's id where it is a random one (a UUID): applications know them by it, and passkeys name them by
it. Nobody comes twice: an id, a user name or a mail address that stands there twice ends the reading.
Deliberately not here: roles of ours. The department's mapping gives them, from the names that are gathered here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from adapters.keycloak import credentials, mappers
from adapters.keycloak.credentials import Here
from adapters.keycloak.document import Node, WrongExport
from adapters.keycloak.granted import Granted, roles_of
from idp.flows.migration.moved import Left, MovedCodes, MovedPasskey, MovedPassword, MovedPerson

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOST_CREDENTIALS = 50
REQUIRED = {
    "UPDATE_PASSWORD": "",
    "CONFIGURE_TOTP": "the sign-in asks for a second factor where a policy wants one",
    "webauthn-register": "the sign-in asks for a passkey where a policy wants one",
    "webauthn-register-passwordless": "the sign-in asks for a passkey where a policy wants one",
    "VERIFY_EMAIL": "addresses are taken as the department says them",
    "UPDATE_PROFILE": "people see and mend their names under /me",
}


@dataclass(slots=True)
class _Seen:
    """What nobody may have twice."""

    names: dict[str, str] = field(default_factory=dict)

    def once(self, kind: str, value: str, place: str) -> None:
        if f"{kind}:{value}" in self.names:
            raise WrongExport(f"{place}: the same {kind} stands at {self.names[f'{kind}:{value}']}")
        self.names[f"{kind}:{value}"] = place


def read(
    users: Iterable[Node], granted: Granted, attributes: Mapping[str, str], here: Here
) -> tuple[tuple[MovedPerson, ...], tuple[Left, ...]]:
    """Everybody, and what of them does not come. Raises WrongExport."""
    people, left, seen = list[MovedPerson](), list[Left](), _Seen()
    for user in users:
        if user.text("serviceAccountClientId", ""):
            continue  # no person: it comes with its client
        person, stays = _person(user, granted, attributes, here, seen)
        people.append(person)
        left += stays
    return tuple(people), tuple(left)


def _person(
    user: Node, granted: Granted, attributes: Mapping[str, str], here: Here, seen: _Seen
) -> tuple[MovedPerson, list[Left]]:
    stable_id, username, mail = user.text("id"), user.text("username"), user.text("email", "")
    name = " ".join(part for part in (user.text("firstName", ""), user.text("lastName", "")) if part) or username
    for key, value in (("id", stable_id), ("username", username), ("email", mail), ("firstName", name)):
        if not value.isprintable() or len(value) > 255 or (key in ("id", "username") and not value.strip()):
            user.wrong(key, "is no printable name of at most 255 characters")
    seen.once("id", stable_id, user.place)
    for one in dict.fromkeys((username.casefold(), mail.casefold())):
        if one:
            seen.once("name", one, user.place)
    if len(list(user.nodes("credentials"))) > MOST_CREDENTIALS:
        user.wrong("credentials", f"more than {MOST_CREDENTIALS}")
    kept, stays = credentials.read(user, here)
    for proof in kept:
        if isinstance(proof, MovedPasskey):
            seen.once("passkey", proof.credential_id, user.place)
    left = [Left(f"person {username}: {stay.place}", stay.why, stay.fix) for stay in stays]
    left += _not_here(user, username)
    password = next((one for one in kept if isinstance(one, MovedPassword)), None)
    if password is not None and "UPDATE_PASSWORD" in user.texts("requiredActions"):
        password = MovedPassword(password.stored, password.made_at, must_change=True)
    found = MovedPerson(
        stable_id=stable_id,
        identifiers=tuple(dict.fromkeys(one for one in (mail, username) if one)),
        name=name,
        mail=mail or None,
        disabled=not user.flag("enabled", True),
        keeps_id=UUID.fullmatch(stable_id) is not None,
        groups=granted.of(user.texts("groups"), roles_of(user), user.place),
        claims=mappers.claims_of(user, attributes),
        password=password,
        codes=tuple(one for one in kept if isinstance(one, MovedCodes)),
        passkeys=tuple(one for one in kept if isinstance(one, MovedPasskey)),
    )
    return found, left


def _not_here(user: Node, username: str) -> list[Left]:
    """What else Keycloak kept of this person."""
    found = []
    place = f"person {username}"
    if not UUID.fullmatch(user.text("id")):
        found.append(Left(place, "their id is no random one: applications see a new `sub`", "tell the applications"))
    for identity in user.nodes("federatedIdentities"):
        via = identity.text("identityProvider", "?")
        found.append(Left(place, f"they signed in through {via!r} too", "connect that provider as a department"))
    if user.text("federationLink", ""):
        found.append(Left(place, "they come from a directory", "connect that directory as a department instead"))
    for action in user.texts("requiredActions"):
        if fix := REQUIRED.get(action, "see whether it still matters"):
            found.append(Left(place, f"the required action {action[:60]!r} is not known here", fix))
    return found
