"""What every store must do when a person is erased, and when what is kept grows too old."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from adapters.memory import MemoryTruth
from idp.audit.verify import verify
from idp.errors import Conflict
from idp.events import PersonDisabled
from idp.model import (
    AAL2,
    Authenticator,
    DecisionRecord,
    Delegation,
    Device,
    EnrolmentCode,
    Notice,
    PendingChange,
    RoleGrant,
)
from idp.ports import ReasonState, Truth
from tests.support.stores import ALICE, ALICE_POST, HOUR, NOW, WANG, family, grant, session, sign_in, totp

DAY = timedelta(days=1)


def furnished(truth: Truth) -> None:
    """Something of hers in every store, and his beside it."""
    with truth.begin() as tx:
        tx.people.grant_role(RoleGrant("r-1", ALICE_POST.id, "payroll-clerk", "administrator", "hired", None, NOW))
        tx.authenticators.add(totp())
        recovery = Authenticator("r-set", ALICE.id, "recovery", "", None, {}, AAL2, ("totp",), NOW)
        tx.authenticators.add_recovery(recovery, ["h-1"])
        tx.authenticators.add_code(EnrolmentCode("c-1", ALICE.id, "hash", "s-boss", NOW + HOUR))
        tx.sessions.add(session())
        tx.sessions.see_device(Device("device-1", ALICE.id, NOW, NOW))
        tx.grants.add(grant())
        tx.grants.add_family(family())
        tx.grants.consent(ALICE.id, "payroll", ("openid",), NOW)
        tx.history.add_sign_in(sign_in("t-1"))
        tx.history.add_sign_in(sign_in("t-2", subject=WANG))
        tx.history.add_decision(DecisionRecord("AAAA-0001", NOW, ALICE.id, "payroll", "asked", {"q": 1}, {}, {}))
        tx.notices.add(Notice("n-1", ALICE.id, "factor-added", NOW, {"name": "Phone"}, "th"))
        tx.delegations.add(Delegation("d-1", WANG.id, ALICE.id, ("payroll",), NOW, NOW + DAY, "ill", WANG.id, NOW))
        tx.desk.ask_change(PendingChange("ch-1", "correction", ALICE.id, NOW, {"field": "name", "wanted": "A"}, "x"))
        tx.desk.ask_change(PendingChange("ch-2", "erasure", ALICE.id, NOW, {"subject": ALICE.id}, ""))
        tx.record(PersonDisabled(subject_id=ALICE.id, by="s-boss", disabled=True, reason="Alice left us"))
    truth.audit.sequence()


def erase(truth: Truth, subject_id: str = ALICE.id) -> bool:
    with truth.begin() as tx:
        return tx.people.erase(subject_id)


def test_what_is_kept_about_one_person_can_be_listed(truth: Truth) -> None:
    furnished(truth)
    assert [one.id for one in truth.grants.families_of(ALICE.id)] == ["f-1"]
    assert truth.grants.families_of(WANG.id) == []
    assert list(truth.grants.consents(ALICE.id)) == [("payroll", "openid")]
    assert [one.reference for one in truth.history.decisions(ALICE.id, NOW - DAY)] == ["AAAA-0001"]
    assert truth.history.decisions(ALICE.id, NOW + DAY) == truth.history.decisions(WANG.id, NOW) == []
    assert {one.id for one in truth.desk.changes_by(ALICE.id)} == {"ch-1", "ch-2"}
    assert truth.desk.changes_by(WANG.id) == []


def test_an_erased_person_is_nowhere_and_everybody_else_stays(truth: Truth) -> None:
    furnished(truth)
    assert erase(truth) and not erase(truth) and not erase(truth, "nobody")
    people, grants = truth.people, truth.grants
    assert people.get(ALICE.id) is None and people.find("alice", "mof") is None
    assert people.by_link("mof", "3f7c0000-entry") is None and people.link_of(ALICE.id) is None
    assert people.posts(ALICE.id) == people.role_grants(ALICE.id) == []
    assert people.standing(ALICE.id, NOW) is None and people.holders("payroll-clerk", NOW) == []
    assert people.counts() == {WANG.department_id: 1}
    found, total = people.search("", branch=None, offset=0, limit=10)
    assert ([one.id for one in found], total) == ([WANG.id], 1)
    assert people.search("Alice", branch=None, offset=0, limit=10) == ([], 0)
    assert truth.authenticators.of(ALICE.id) == [] and truth.authenticators.recovery_left(ALICE.id) == 0
    assert truth.sessions.of(ALICE.id, NOW) == truth.sessions.devices_of(ALICE.id) == []
    assert truth.sessions.by_sid("sid-1") is None and truth.sessions.by_id_hash("hash-sid-1") is None
    assert grants.families_of(ALICE.id) == grants.consents(ALICE.id) == [] and grants.family("f-1") is None
    assert truth.history.sign_ins(ALICE.id, NOW - DAY) == truth.history.decisions(ALICE.id, NOW - DAY) == []
    assert truth.history.decision("AAAA-0001") is None and truth.notices.by_token("th") is None
    assert truth.notices.of(ALICE.id, NOW - DAY) == truth.delegations.held_by(ALICE.id) == []
    assert [one.id for one in truth.desk.changes_by(ALICE.id)] == ["ch-2"]
    assert len(truth.history.sign_ins(WANG.id, NOW - DAY)) == 1 and people.get(WANG.id) == WANG


def test_the_log_of_an_erased_person_still_verifies_and_the_id_stays_taken(truth: Any) -> None:
    furnished(truth)
    erase(truth)
    (row,) = truth.audit.search(subject_id=ALICE.id)
    assert (row.reason, row.reason_state) == (None, ReasonState.DELETED)
    audit = truth.audit
    assert verify(audit.stored_rows(), audit.stored_checkpoints(), audit.vkey(), reasons=audit.reasons()).ok
    with pytest.raises(Conflict), truth.begin() as tx:
        tx.people.add(ALICE, ALICE_POST, None)


def test_no_table_keeps_a_word_of_an_erased_person(truth: Any) -> None:
    furnished(truth)
    erase(truth)
    if isinstance(truth, MemoryTruth):
        assert truth.people.get(ALICE.id) is None  # there is nothing beneath it to read
        return
    with truth.database.write() as line:
        assert line.all(text("SELECT * FROM person_key WHERE subject_id = 's-alice'")) == []
        (person,) = line.all(text("SELECT sealed, language, disabled FROM person WHERE id = 's-alice'"))
        assert bytes(person.sealed) == b"" and person.language is None and person.disabled
        (kept,) = line.all(text("SELECT sealed, network, country, device_hash FROM session"))
        assert (bytes(kept.sealed), kept.network, kept.country, kept.device_hash) == (b"", "", None, None)


def test_an_administrator_is_not_erased(truth: Truth) -> None:
    with truth.begin() as tx:
        role = RoleGrant("r-2", ALICE_POST.id, "audit-administrator", "administrator", "x", None, NOW)
        tx.people.grant_role(role)
    with pytest.raises(Conflict):
        erase(truth)
    assert truth.people.get(ALICE.id) is not None


def test_what_is_too_old_is_forgotten(truth: Truth) -> None:
    furnished(truth)
    with truth.begin() as tx:
        tx.history.add_sign_in(sign_in("t-old", NOW - 200 * DAY))
        old = DecisionRecord("AAAA-0002", NOW - 200 * DAY, ALICE.id, "payroll", "asked", {}, {}, {})
        tx.history.add_decision(old)
        tx.notices.add(Notice("n-0", ALICE.id, "factor-added", NOW - 200 * DAY, {}))
        assert tx.history.forget(NOW - 180 * DAY, NOW - 180 * DAY) == 2
        assert tx.notices.forget(NOW - 180 * DAY) == 1
    assert [one.id for one in truth.history.sign_ins(ALICE.id, NOW - 900 * DAY)] == ["t-1"]
    assert [one.reference for one in truth.history.decisions(ALICE.id, NOW - 900 * DAY)] == ["AAAA-0001"]
    assert [one.id for one in truth.notices.of(ALICE.id, NOW - 900 * DAY)] == ["n-1"]
