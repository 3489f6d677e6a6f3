"""Set the cast back to how a story begins: no factors, no sessions, no given roles, at home, their directories whole.

Through the product's own ports, beside the running server, as its operator would; what was counted against them is
forgotten as well, so that a story can be told again at once. Deliberately keeps the log: it is never set back.
"""

from dataclasses import replace
from datetime import datetime

from demo.control import start_missing
from demo.directories.cast import Actor, load, stable_id
from demo.story_house import House
from demo.strays import remembered
from demo.travel import Itinerary
from idp.flows.context import Idp
from idp.flows.sessions import end_everything
from idp.flows.sign_in.password import account_of
from idp.model import Subject
from risk.zones import network_of

LOOPBACK = "127.0.0.1"
BUCKETS = ("stranger", "known", "all")
CODES = ("totp", "enrolment", "enrol-totp")


def set_back(house: House, cast: dict[str, tuple[str, ...]]) -> None:
    """Set these people back. `cast`: department → uids.

    Raises:
        demo.control.NotRunning: a directory does not come back.
        demo.directories.edit.NotChanged: a directory refuses what its administrator sets right.
    """
    for department in cast:
        if department not in remembered(house.state_dir, ready=True):
            start_missing(house.state_dir, department)
    for department, uids in cast.items():
        for actor in load(department).people:
            if actor.uid in uids:
                house.travel(actor.uid, "home")
                _in_directory(house, department, actor)
                _in_product(house.idp, department, actor)
    forget_networks(house, LOOPBACK)


def forget_networks(house: House, *addresses: str) -> None:
    """Forget what was counted against the networks of these addresses."""
    idp = house.idp
    digests = [idp.ports.sealer.digest("network", str(network_of(address))) for address in addresses]
    _clear(idp, [f"net:{way}{digest}" for digest in digests for way in ("", "passkey:")])


def forget_guesses(idp: Idp, department: str, *actors: Actor) -> None:
    """Forget what was counted against these people's passwords."""
    kept = idp.department(department)
    if kept is None:
        return
    for actor in actors:
        subject = idp.ports.truth.people.find(actor.mail, department)
        link = idp.ports.truth.people.link_of(subject.id) if subject else None
        entry = stable_id(load(department), actor)
        names = {actor.mail, actor.uid, actor.number, entry, *([link.stable_id] if link else [])}
        accounts = [account_of(idp, kept, name) for name in names]
        _clear(idp, [f"bind:{account}:{whose}" for account in accounts for whose in BUCKETS])


def address_of(house: House, uid: str) -> str:
    """From where a person's requests come now."""
    place = Itinerary(house.state_dir / "travel.json").place(uid)
    return place.address if place else LOOPBACK


def subject_of(house: House, department: str, uid: str) -> Subject | None:
    """Whom the product knows under that name, if anybody."""
    mail = next(actor.mail for actor in load(department).people if actor.uid == uid)
    return house.idp.ports.truth.people.find(mail, department)


def _in_directory(house: House, department: str, actor: Actor) -> None:
    if department == "mof":
        house.left(actor.uid, actor.disabled)
    else:
        for group in actor.groups:
            house.in_group(department, group, actor.uid, member=True)


def _in_product(idp: Idp, department: str, actor: Actor) -> None:
    subject = idp.ports.truth.people.find(actor.mail, department)
    if subject is not None:
        _forget(idp, subject, idp.ports.now())
    forget_guesses(idp, department, actor)


def _forget(idp: Idp, subject: Subject, now: datetime) -> None:
    """Factors, sessions and given roles go; the person may sign in."""
    truth = idp.ports.truth
    with truth.begin() as tx:
        end_everything(idp, tx, subject.id, now, why="administrator", by="operator")
        for one in truth.authenticators.of(subject.id):
            if one.factor != "password" and one.disabled_at is None:
                tx.authenticators.remove(one.id, now)
        for grant in truth.people.role_grants(subject.id):
            if grant.source == "administrator" and (grant.ends_at is None or grant.ends_at > now):
                tx.people.take_role(grant.id, now)
        tx.people.change(replace(subject, disabled=False, access_version=subject.access_version + 1))
    _clear(idp, [f"factor:{subject.id}:{which}" for which in CODES])


def _clear(idp: Idp, keys: list[str]) -> None:
    idp.ports.brief.give_back([], clear=keys)
