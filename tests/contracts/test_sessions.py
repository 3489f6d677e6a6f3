"""What every store of sessions must do."""

from dataclasses import replace

import pytest

from idp.errors import Conflict
from idp.model import AAL2, Device
from idp.ports import Truth
from tests.support.stores import ALICE, HOUR, NOW, WANG, family, grant, session


def test_what_goes_in_comes_out(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.sessions.add(session())
    assert truth.sessions.by_id_hash("hash-sid-1") == session()
    assert truth.sessions.by_sid("sid-1") == session()
    assert truth.sessions.by_id_hash("other") is None
    assert truth.sessions.by_sid("other") is None


def test_a_session_belongs_to_a_person_and_a_post_that_are_there(truth: Truth) -> None:
    with pytest.raises(Conflict), truth.begin() as tx:
        tx.sessions.add(session(post_id="no such"))
    with pytest.raises(Conflict), truth.begin() as tx:
        tx.sessions.add(session())
        tx.sessions.add(session("sid-2", id_hash="hash-sid-1"))
    assert truth.sessions.by_sid("sid-1") is None


def test_live_ones_newest_contact_first(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.sessions.add(session("old"))
        tx.sessions.add(session("new", last_seen_at=NOW + HOUR / 2))
        tx.sessions.add(session("short", expires_at=NOW + HOUR / 4))
        tx.sessions.add(session("ended", ended_at=NOW))
    at = NOW + HOUR / 2
    assert [one.sid for one in truth.sessions.of(ALICE.id, at)] == ["new", "old"]
    assert [one.sid for one in truth.sessions.of(ALICE.id, NOW + HOUR)] == ["new"]  # the other is idle too long
    assert truth.sessions.of(WANG.id, at) == []


def test_signing_out_everywhere_leaves_none_alive(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.sessions.add(session())
        tx.people.change(replace(ALICE, ended_before=NOW))
    assert truth.sessions.of(ALICE.id, NOW) == []
    assert truth.sessions.live_subjects("mof", NOW) == []


def test_step_up_keeps_the_session_and_changes_its_cookie(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.sessions.add(session())
        raised = session(id_hash="hash-new", acr=AAL2, authenticated_at=NOW + HOUR)
        tx.sessions.renew(raised, "hash-sid-1")
    assert truth.sessions.by_id_hash("hash-sid-1") is None
    assert truth.sessions.by_id_hash("hash-new") == raised
    with pytest.raises(Conflict), truth.begin() as tx:
        tx.sessions.renew(session(id_hash="hash-x"), "hash-sid-1")
    with pytest.raises(Conflict), truth.begin() as tx:
        tx.sessions.renew(session(id_hash="hash-x", subject_id=WANG.id, post_id="p-wang"), "hash-new")
    with truth.begin() as tx:
        tx.sessions.end("sid-1", NOW)
    with pytest.raises(Conflict), truth.begin() as tx:
        tx.sessions.renew(session(id_hash="hash-x"), "hash-new")


def test_contact_is_remembered_while_it_lives(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.sessions.add(session())
        tx.sessions.touch("sid-1", NOW + HOUR / 2, "net-2", "SG", None, ())
    found = truth.sessions.by_sid("sid-1")
    assert found == session(last_seen_at=NOW + HOUR / 2, network="net-2", country="SG", asn=None, zones=())
    with truth.begin() as tx:
        tx.sessions.end("sid-1", NOW + HOUR)
        tx.sessions.touch("sid-1", NOW + 2 * HOUR, "net-3", None, None, ())
    assert truth.sessions.by_sid("sid-1") == replace(found, ended_at=NOW + HOUR)


def test_a_session_ends_once(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.sessions.add(session())
        assert tx.sessions.end("sid-1", NOW) == session(ended_at=NOW)
        assert tx.sessions.end("sid-1", NOW + HOUR) is None
        assert tx.sessions.end("other", NOW) is None
    assert truth.sessions.by_sid("sid-1") == session(ended_at=NOW)


def test_who_must_be_read_again(truth: Truth) -> None:
    """By a session or by a refresh family, of that department alone."""
    with truth.begin() as tx:
        tx.sessions.add(session())
        tx.grants.add(grant())
        tx.grants.add_family(family())
    assert truth.sessions.live_subjects("mof", NOW) == [ALICE.id]
    assert truth.sessions.live_subjects("moe", NOW) == []
    with truth.begin() as tx:
        tx.sessions.end("sid-1", NOW)
    assert truth.sessions.live_subjects("mof", NOW) == [ALICE.id]
    assert truth.sessions.live_subjects("mof", NOW + 168 * HOUR) == []
    with truth.begin() as tx:
        tx.grants.revoke("g-1", NOW)
    assert truth.sessions.live_subjects("mof", NOW) == []


def test_devices_belong_to_one_person(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.sessions.see_device(Device("d-1", ALICE.id, NOW, NOW))
        tx.sessions.see_device(Device("d-1", ALICE.id, NOW + HOUR, NOW + HOUR))
    assert truth.sessions.device("d-1", ALICE.id) == Device("d-1", ALICE.id, NOW, NOW + HOUR)
    assert truth.sessions.device("d-1", WANG.id) is None
