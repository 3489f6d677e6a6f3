"""What there is to do so that what was read elsewhere is in force here, and what is left alone.

A second time there is nothing to do. What changed at the source since comes too, unless somebody changed it here: each
person and each application remembers a digest of what was written last, and whoever is not so any more stays as they
are. Nothing of somebody else's is ever taken over: a name that is taken, an id that is taken stay with who has them.
Spec: none. Deliberately writes nothing; the steps do, in `carry`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from idp.errors import Invalid
from idp.flows.admin import clients as registrations
from idp.flows.admin.client_secrets import holds, with_secret
from idp.flows.context import Idp
from idp.flows.migration.moved import Left, Moved, MovedClient, MovedPerson
from idp.mapping import Derived, derive, from_table
from idp.model import Client, Department, Entry, Subject

What = Literal["added", "changed", "unchanged", "kept"]
"""kept: it was changed here since, and stays so."""
LABEL = "moved:"
"""Label of an application that came from elsewhere, with the digest of what was written."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """vouched: whoever imports answers for how codes and passkeys were bound at the source. Else they are worth what a
    password is, until they are vouched for. whole: somebody who cannot come stops everybody."""

    department_id: str
    vouched: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that a step is made of."""

    idp: Idp
    department: Department
    wishes: Wishes
    now: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """A person as they should be. said: the digest of it. held: as they are."""

    person: MovedPerson
    subject: Subject
    roles: dict[str, str]
    said: str
    held: Subject | None
    what: What


def case_of(idp: Idp, moved: Moved, wishes: Wishes, now: datetime) -> Case:
    """Raises Invalid: the department cannot take people."""
    department = idp.department(wishes.department_id)
    if department is None:
        raise Invalid(f"there is no department {wishes.department_id!r}; `gerege dept add` makes one")
    if moved.people and department.connector != "local":
        raise Invalid(
            f'people of {department.id} are kept by its directory; a department with connector = "local" is needed'
        )
    return Case(idp, department, wishes, now)


def wanted_person(case: Case, person: MovedPerson) -> Wanted | Left:
    """What is to be done about one person. Raises Invalid: they are somebody else's, here."""
    people = case.idp.ports.truth.people
    held = people.by_link(case.department.id, person.stable_id)
    if held is None and person.keeps_id and people.get(person.stable_id) is not None:
        raise Invalid(f"person {person.identifiers[0]}: somebody else here has the id {person.stable_id}")
    for name in person.identifiers:
        other = people.find(name, case.department.id)
        if other is not None and (held is None or other.id != held.id):
            return _taken(person, name)
    derived = derive(_entry(person), from_table(case.department.mapping))
    roles = {role: ", ".join(groups) for role, groups in derived.because.items()}
    subject = _subject(case, person, derived, held)
    said = _digest(case, subject, roles)
    if held is None:
        return Wanted(person, subject, roles, said, None, "added")
    link = people.link_of(held.id)
    before = link.said if link is not None else ""
    if before == said:
        return Wanted(person, held, roles, said, held, "unchanged")
    here = _digest(case, held, _given(case, held))
    return Wanted(person, subject, roles, said, held, "changed" if before == here else "kept")


def wanted_client(case: Case, moved: MovedClient) -> tuple[Client, What] | Left:
    """The registration as it should be; its secret is minted where it is written."""
    held = case.idp.ports.truth.configuration().clients.get(moved.client.id)
    wanted = replace(moved.client, department_id=case.department.id)
    if moved.secret is not None:
        wanted = with_secret(wanted, moved.secret.reveal())
    place = f"client {wanted.id}"
    if problems := [*registrations.problems_of(wanted, (), case.idp.ports.truth.configuration())]:
        return Left(place, problems[0], "mend it at the source, or register it with `gerege client add`")
    said = _Said(_look_of(case, wanted), _secret_of(case, moved))
    if held is None:
        return _labelled(wanted, said), "added"
    before = _said_of(held)
    if before is None or held.department_id != case.department.id:
        return Left(place, "an application of that name is registered here", "give one of them another name")
    said = replace(said, secret=said.secret or before.secret)
    if before == said:
        return held, "unchanged"
    if before.look != _look_of(case, held):
        return held, "kept"
    # Secrets that are good here stay so: one that came anew is put before them.
    wanted = replace(wanted, secret_hashes=held.secret_hashes, secrets=held.secrets)
    if moved.secret is not None and not holds(wanted, moved.secret.reveal()):
        wanted = with_secret(wanted, moved.secret.reveal())
    return _labelled(wanted, said), "changed"


@dataclass(frozen=True, slots=True)
class _Said:
    """Digests of what was written last: the registration without its secrets, and the secret that came."""

    look: str
    secret: str


def _said_of(client: Client) -> _Said | None:
    """None: it did not come from elsewhere."""
    found = next((label for label in client.labels if label.startswith(LABEL)), None)
    return _Said(*found.removeprefix(LABEL).split(":")) if found is not None else None


def _labelled(client: Client, said: _Said) -> Client:
    return replace(client, labels=frozenset({f"{LABEL}{said.look}:{said.secret}"}))


def problems_of(case: Case, moved: Moved) -> Iterator[str]:
    """What may not be, whoever says so: a passkey of somebody else's."""
    truth = case.idp.ports.truth
    for person in moved.people:
        for key in person.passkeys:
            found = truth.authenticators.by_credential_id(key.credential_id)
            owner = truth.people.by_link(case.department.id, person.stable_id) if found is not None else None
            if found is not None and (owner is None or owner.id != found.subject_id):
                yield f"person {person.identifiers[0]}: one of their passkeys is somebody else's here"


def _look_of(case: Case, client: Client) -> str:
    """Secrets apart: a new one that is made here is no change of the registration."""
    plain = replace(client, labels=frozenset(), secret_hashes=(), secrets=(), ended_before=None)
    fields = {name: _plain(getattr(plain, name)) for name in plain.__dataclass_fields__}
    return case.idp.ports.sealer.digest("migration", json.dumps(fields, sort_keys=True))[:24]


def _secret_of(case: Case, moved: MovedClient) -> str:
    """Keyed, and cut: nothing can be learnt of it."""
    return case.idp.ports.sealer.digest("migration secret", moved.secret.reveal())[:24] if moved.secret else ""


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    return repr(value)


def _taken(person: MovedPerson, name: str) -> Left:
    why = "somebody here signs in by that name, and is not taken over"
    return Left(f"person {name}", why, "see whether it is the same person; rename or remove one of them")


def _subject(case: Case, person: MovedPerson, derived: Derived, held: Subject | None) -> Subject:
    own = person.stable_id if person.keeps_id else case.idp.id("sub")
    return replace(
        held or Subject(own, case.department.id, derived.display_name, None, (), created_at=case.now),
        display_name=derived.display_name,
        mail=person.mail,
        identifiers=person.identifiers,
        clearance=derived.clearance,
        claims=person.claims,
        disabled=person.disabled,
        disabled_by="directory" if person.disabled else None,
    )


def _entry(person: MovedPerson) -> Entry:
    """As a directory would say it. Whoever is disabled has nothing until they are not."""
    return Entry(
        stable_id=person.stable_id,
        dn="",
        identifiers=person.identifiers,
        display_name=person.name,
        display_name_zh=person.name_zh,
        mail=person.mail,
        groups=person.groups,
        disabled=person.disabled,
        title=person.title,
    )


def _given(case: Case, held: Subject) -> dict[str, str]:
    grants = case.idp.ports.truth.people.role_grants(held.id)
    live = (one for one in grants if one.ends_at is None or one.ends_at > case.now)
    return {one.role: one.reason for one in live if one.source == "directory"}


def _digest(case: Case, subject: Subject, roles: dict[str, str]) -> str:
    told = [
        subject.display_name.en,
        subject.display_name.zh,
        subject.mail,
        list(subject.identifiers),
        subject.disabled,
        subject.clearance,
        dict(sorted(subject.claims.items())),
        sorted(roles),
    ]
    return case.idp.ports.sealer.digest("migration", json.dumps(told, sort_keys=True, ensure_ascii=False))
