"""Who is disabled in a directory, or has left a group, is out; an emptied or silent directory throws nobody out."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from idp.flows import watch
from idp.flows.context import hash_of
from idp.flows.people import take_over
from idp.flows.watch import SINGLY, TOUCH, Counts, Watcher, every
from idp.model import AAL1, Department, Session, Subject, Text
from tests.support.directory import Directory
from tests.support.house import House, house_in

MOF, MOE = Directory("mof"), Directory("moe")


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house"), {"mof": MOF, "moe": MOE}) as found:
        yield found


@pytest.fixture
def house(furnished: House) -> Iterator[House]:
    yield furnished
    for directory in (MOF, MOE):
        directory.people.clear()
        directory.down = False
    now = furnished.clock()
    with furnished.idp.ports.truth.begin() as tx:
        for name in ("mof", "moe"):
            for subject_id in tx.sessions.live_subjects(name, now):
                for session in tx.sessions.of(subject_id, now):
                    tx.sessions.end(session.sid, now)


def department(house: House, name: str, groups: dict[str, list[str]] | None = None) -> Department:
    found = replace(
        house.idp.ports.truth.configuration().departments[name], mapping={"groups": groups or {}}, name=Text(name, name)
    )
    with house.idp.ports.truth.begin() as tx:
        tx.registry.put_department(found)
    return found


def signed_in(house: House, directory: Directory, uid: str, *groups: str) -> Subject:
    """Somebody of that directory with a live session, as a sign-in leaves them."""
    idp, now = house.idp, house.clock()
    entry = replace(directory.add(uid, "x"), groups=groups)
    directory.people[uid] = (entry, "x")
    subject = take_over(idp, idp.ports.truth.configuration().departments[directory.name], entry, now)
    post = idp.ports.truth.people.posts(subject.id)[0]
    session = Session(
        id_hash=hash_of(idp.token()),
        sid=idp.id("sid"),
        subject_id=subject.id,
        post_id=post.id,
        created_at=now,
        authenticated_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(hours=8),
        idle_limit=timedelta(hours=8),
        proofs=(),
        acr=AAL1,
        amr=("pwd",),
        device_hash=None,
        network="n",
        country=None,
        asn=None,
    )
    with idp.ports.truth.begin() as tx:
        tx.sessions.add(session)
    return subject


def live(house: House, subject: Subject) -> int:
    return len(house.idp.ports.truth.sessions.of(subject.id, house.clock()))


def roles_of(house: House, subject: Subject) -> frozenset[str]:
    standing = house.idp.ports.truth.people.standing(subject.id, house.clock())
    assert standing is not None
    return standing.roles


def change(directory: Directory, uid: str, **what: object) -> None:
    entry, password = directory.people[uid]
    directory.people[uid] = (replace(entry, **what), password)  # type: ignore[arg-type]


def test_who_was_disabled_in_the_directory_is_out(house: House) -> None:
    alice, bob = signed_in(house, MOF, "alice"), signed_in(house, MOF, "bob")
    watcher = Watcher(house.idp)
    assert watcher.round() == Counts(read=2)
    change(MOF, "alice", disabled=True)
    house.clock.move(seconds=30)
    assert watcher.round().disabled == 1
    assert (live(house, alice), live(house, bob)) == (0, 1)
    after = house.idp.ports.truth.people.get(alice.id)
    assert after is not None
    assert after.disabled


def test_a_role_follows_its_group(house: House) -> None:
    department(house, "mof", {"clerks": ["payroll-clerk"]})
    carl = signed_in(house, MOF, "carl", "clerks")
    watcher = Watcher(house.idp)
    watcher.round()
    assert roles_of(house, carl) == {"payroll-clerk"}
    version = house.idp.ports.truth.people.get(carl.id).access_version  # type: ignore[union-attr]
    change(MOF, "carl", groups=())
    assert watcher.round().changed == 1
    assert roles_of(house, carl) == frozenset()
    after = house.idp.ports.truth.people.get(carl.id)
    assert after is not None
    assert after.access_version > version
    assert live(house, carl) == 1


def test_a_changed_mapping_reaches_people_whose_entry_did_not_change(house: House) -> None:
    department(house, "mof", {})
    dora = signed_in(house, MOF, "dora", "editors")
    watcher = Watcher(house.idp)
    watcher.round()
    department(house, "mof", {"editors": ["docs-editor"]})
    watcher.round()
    assert roles_of(house, dora) == {"docs-editor"}


def test_a_round_without_news_writes_nothing_until_the_reading_is_old(house: House) -> None:
    signed_in(house, MOF, "emil")
    watcher = Watcher(house.idp)
    watcher.round()
    link = house.idp.ports.truth.people.link_of(house.idp.ports.truth.people.find("emil", "mof").id)  # type: ignore[union-attr]
    house.clock.move(seconds=30)
    watcher.round()
    assert house.idp.ports.truth.people.link_of(link.subject_id) == link  # type: ignore[union-attr]
    house.clock.move(seconds=TOUCH.total_seconds())
    watcher.round()
    assert house.idp.ports.truth.people.link_of(link.subject_id).read_at == house.clock()  # type: ignore[union-attr]


def test_a_few_who_are_gone_are_out(house: House) -> None:
    staying = [signed_in(house, MOE, f"stay{number}") for number in range(3)]
    gone = signed_in(house, MOE, "gone")
    del MOE.people["gone"]
    assert Watcher(house.idp).round().absent == 1
    assert live(house, gone) == 0
    assert all(live(house, one) for one in staying)


def test_an_emptied_directory_throws_nobody_out_and_raises_one_alert(house: House) -> None:
    staff = [signed_in(house, MOE, f"staff{number}") for number in range(8)]
    other = signed_in(house, MOF, "finn")
    MOE.people.clear()
    before = house.alerts("mass-change")
    watcher = Watcher(house.idp)
    assert watcher.round().held_back == 8
    assert watcher.round().held_back == 8
    assert all(live(house, one) for one in staff)
    assert live(house, other)
    assert house.alerts("mass-change") == before + 1


def test_explicit_disabling_passes_the_guard(house: House) -> None:
    staff = [signed_in(house, MOE, f"fired{number}") for number in range(8)]
    for number in range(8):
        change(MOE, f"fired{number}", disabled=True)
    assert Watcher(house.idp).round().disabled == 8
    assert not any(live(house, one) for one in staff)


def test_a_silent_directory_is_skipped_alone(house: House) -> None:
    here, there = signed_in(house, MOF, "gina"), signed_in(house, MOE, "hans")
    MOE.down = True
    change(MOF, "gina", disabled=True)
    counts = Watcher(house.idp).round()
    assert counts.away == ("moe",)
    assert (live(house, here), live(house, there)) == (0, 1)


def test_a_crowd_is_swept(house: House) -> None:
    crowd = [signed_in(house, MOF, f"many{number}") for number in range(SINGLY + 1)]
    change(MOF, "many7", disabled=True)
    counts = Watcher(house.idp).round()
    assert (counts.read, counts.disabled) == (SINGLY + 1, 1)
    assert live(house, crowd[7]) == 0
    assert live(house, crowd[8]) == 1


def test_two_rounds_fit_into_a_minute(house: House) -> None:
    assert 2 * every(house.idp) <= timedelta(minutes=1)


def test_one_slow_directory_keeps_no_other_departments_leaver_in(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ida, joe = signed_in(house, MOF, "ida"), signed_in(house, MOE, "joe")
    hanging, watcher = threading.Event(), Watcher(house.idp)
    read = MOF.read
    monkeypatch.setattr(MOF, "read", lambda stable_id: hanging.wait(30) and read(stable_id))
    monkeypatch.setattr(watch, "every", lambda idp: timedelta(seconds=0.6))
    change(MOE, "joe", disabled=True)
    counts = watcher.round()
    assert (counts.away, counts.disabled) == (("mof",), 1)
    assert (live(house, ida), live(house, joe)) == (1, 0)
    assert watcher.round().away == ("mof",), "it is not begun twice"
    hanging.set()
    monkeypatch.undo()
    change(MOF, "ida", disabled=True)
    while watcher.round().away:
        """The reading that hung ends."""
    assert live(house, ida) == 0
