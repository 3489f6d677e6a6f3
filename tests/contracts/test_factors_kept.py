"""What every store of recovery codes, passes, trusted devices, models, delegations and letters must do."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from idp.model import (
    AAL2,
    FAILURES_CEILING,
    Authenticator,
    AuthenticatorModel,
    Delegation,
    Device,
    EnrolmentCode,
    Notice,
)
from idp.ports import Truth
from tests.support.stores import ALICE, HOUR, NOW, WANG, passkey, sign_in, totp

SET = Authenticator("r-1", ALICE.id, "recovery", "", None, {}, AAL2, ("password", "totp"), NOW)


def test_a_recovery_code_is_spent_once_and_by_its_person(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.authenticators.add_recovery(SET, ["h-1", "h-2"])
    with truth.begin() as tx:
        assert tx.authenticators.spend_recovery(WANG.id, "h-1", NOW) is None
        assert tx.authenticators.spend_recovery(ALICE.id, "h-1", NOW) == "r-1"
        assert tx.authenticators.spend_recovery(ALICE.id, "h-1", NOW) is None
    assert (truth.authenticators.recovery_left(ALICE.id), truth.authenticators.recovery_left(WANG.id)) == (1, 0)


def test_of_fifty_with_one_recovery_code_one_wins(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.authenticators.add_recovery(SET, ["h-1"])

    def spend(_: int) -> bool:
        with truth.begin() as tx:
            return tx.authenticators.spend_recovery(ALICE.id, "h-1", NOW) is not None

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(spend, range(50))) == 1


def test_a_new_set_ends_the_old_one(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.authenticators.add_recovery(SET, ["h-1"])
        tx.authenticators.add_recovery(replace(SET, id="r-2"), ["h-2", "h-3"])
    assert [one.id for one in truth.authenticators.of(ALICE.id)] == ["r-2"]
    assert truth.authenticators.recovery_left(ALICE.id) == 2
    with truth.begin() as tx:
        assert tx.authenticators.spend_recovery(ALICE.id, "h-1", NOW) is None


def test_the_ceiling_of_failures_ends_an_authenticator(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.authenticators.add(totp())
        told = [tx.authenticators.count_failure("a-1", NOW) for _ in range(FAILURES_CEILING - 1)]
        tx.authenticators.used("a-1", NOW)
        told += [tx.authenticators.count_failure("a-1", NOW) for _ in range(FAILURES_CEILING + 1)]
    assert [number for number, one in enumerate(told, 1) if one] == [2 * FAILURES_CEILING - 1]
    assert truth.authenticators.of(ALICE.id) == []


def test_a_spent_step_begins_the_count_anew(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.authenticators.add(totp())
        tx.authenticators.count_failure("a-1", NOW)
        tx.authenticators.spend_step("a-1", 1, NOW)
    assert truth.authenticators.of(ALICE.id)[0].failures == 0


def test_a_changed_label_keeps_what_was_spent(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.authenticators.add(replace(passkey(), aaguid="model-1"))
        tx.authenticators.move_counter("k-1", 5, NOW)
        tx.authenticators.change(replace(passkey(), label="Blue key", state={**passkey().state, "counter": 1}))
    (one,) = truth.authenticators.of(ALICE.id)
    assert (one.label, one.state["counter"], one.aaguid) == ("Blue key", 5, "model-1")
    assert [held.id for held in truth.authenticators.holders(["model-1", "model-2"])] == ["k-1"]
    assert truth.authenticators.holders(["model-2"]) == []


def test_a_pass_that_waits_opens_nothing_until_a_second_person_approves(truth: Truth) -> None:
    made = EnrolmentCode("c-1", ALICE.id, "h-1", "s-desk", NOW + HOUR, kind="pass", ceiling=AAL2, waits=True)
    with truth.begin() as tx:
        tx.authenticators.add_code(made)
        assert tx.authenticators.spend_code(ALICE.id, "h-1", NOW, "pass") is None
        assert tx.authenticators.approve_code("c-1", "s-desk", NOW) is None
    assert truth.authenticators.waiting_codes(NOW) == truth.authenticators.codes_of(ALICE.id, NOW) == [made]
    assert truth.authenticators.codes_of(WANG.id, NOW) == truth.authenticators.codes_of(ALICE.id, NOW + HOUR) == []
    with truth.begin() as tx:
        assert tx.authenticators.approve_code("c-1", "s-other", NOW + HOUR) is None
        approved = tx.authenticators.approve_code("c-1", "s-other", NOW)
        assert approved == replace(made, waits=False, approved_by="s-other")
        assert tx.authenticators.approve_code("c-1", "s-third", NOW) is None
        assert tx.authenticators.spend_code(ALICE.id, "h-1", NOW, "enrolment") is None
        assert tx.authenticators.spend_code(ALICE.id, "h-1", NOW, "pass") == replace(approved, spent_at=NOW)
    assert truth.authenticators.codes_of(ALICE.id, NOW) == []


def test_a_pass_that_a_second_person_refuses_opens_nothing(truth: Truth) -> None:
    made = EnrolmentCode("c-1", ALICE.id, "h-1", "s-desk", NOW + HOUR, kind="pass", ceiling=AAL2, waits=True)
    with truth.begin() as tx:
        tx.authenticators.add_code(made)
        assert not tx.authenticators.refuse_code("c-1", "s-desk", NOW)
        assert not tx.authenticators.refuse_code("c-1", "s-other", NOW + HOUR)
        assert tx.authenticators.refuse_code("c-1", "s-other", NOW)
        assert not tx.authenticators.refuse_code("c-1", "s-other", NOW)
        assert tx.authenticators.approve_code("c-1", "s-third", NOW) is None
        assert tx.authenticators.spend_code(ALICE.id, "h-1", NOW, "pass") is None
    assert truth.authenticators.waiting_codes(NOW) == truth.authenticators.codes_of(ALICE.id, NOW) == []


def test_a_device_is_trusted_until_it_is_forgotten(truth: Truth) -> None:
    seen, key = Device("d-1", ALICE.id, NOW, NOW), {"kty": "EC", "crv": "P-256"}
    trusted = replace(seen, trusted_at=NOW, trusted_until=NOW + HOUR, trusted_acr=AAL2, public_key=key)
    with truth.begin() as tx:
        tx.sessions.trust_device(trusted)
        tx.sessions.see_device(seen)
        tx.sessions.trust_device(trusted)
        tx.sessions.see_device(replace(seen, last_seen_at=NOW + HOUR))
        tx.sessions.see_device(Device("d-2", ALICE.id, NOW, NOW))
    assert truth.sessions.device("d-1", ALICE.id) == replace(trusted, last_seen_at=NOW + HOUR)
    assert [one.device_hash for one in truth.sessions.devices_of(ALICE.id)] == ["d-1", "d-2"]
    with truth.begin() as tx:
        tx.sessions.see_device(Device("d-1", WANG.id, NOW, NOW + 2 * HOUR))
    assert [one.subject_id for one in truth.sessions.people_at("d-1")] == [WANG.id, ALICE.id]
    with truth.begin() as tx:
        assert tx.sessions.forget_devices(WANG.id) == 1
        assert tx.sessions.forget_devices(ALICE.id, "d-1") == 1
        assert tx.sessions.forget_devices(WANG.id) == 0
    assert truth.sessions.device("d-1", ALICE.id) is None
    with truth.begin() as tx:
        assert tx.sessions.forget_devices(ALICE.id) == 1


def test_one_post_is_the_default_and_only_of_its_person(truth: Truth) -> None:
    first = truth.people.posts(ALICE.id)[0]
    second = replace(first, id="post-second", kind="concurrent", is_default=False)
    with truth.begin() as tx:
        tx.people.add_post(second)
        assert tx.people.set_default_post(ALICE.id, second.id)
        assert not tx.people.set_default_post(WANG.id, first.id)
        assert not tx.people.set_default_post(ALICE.id, "post-none")
    assert {one.id: one.is_default for one in truth.people.posts(ALICE.id)} == {first.id: False, second.id: True}


def test_a_person_answers_for_their_own_sign_ins(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.history.add_sign_in(replace(sign_in("t-1"), factors=("password", "totp"), city="Beijing", sid="sid-1"))
        assert tx.history.answer("t-1", WANG.id, "mine") is None
        said = tx.history.answer("t-1", ALICE.id, "not-mine")
    (row,) = truth.history.sign_ins(ALICE.id, NOW)
    assert row == said
    assert (row.answered, row.factors, row.city, row.sid) == ("not-mine", ("password", "totp"), "Beijing", "sid-1")


def test_a_letter_is_claimed_sent_and_answered_once(truth: Truth) -> None:
    letter = Notice("n-1", ALICE.id, "factor-added", NOW, {"name": "My phone"}, "token-1")
    with truth.begin() as tx:
        tx.notices.add(letter)
        tx.notices.add(replace(letter, id="n-2", token_hash=None, next_at=NOW + HOUR))
    assert truth.notices.waiting() == 2
    with truth.begin() as tx:
        assert [one.id for one in tx.notices.due(NOW, 10)] == ["n-1"]
        assert list(tx.notices.due(NOW, 10)) == []
        tx.notices.settle("n-1", sent_at=NOW, next_at=None, failure=None)
        tx.notices.settle("n-2", sent_at=None, next_at=NOW + 2 * HOUR, failure="refused")
    assert truth.notices.waiting() == 1
    first, second = sorted(truth.notices.of(ALICE.id, NOW - HOUR), key=lambda one: one.id)
    assert (first.sent_at, first.params, second.attempts, second.failure) == (NOW, letter.params, 1, "refused")
    with truth.begin() as tx:
        answered = tx.notices.answer("token-1", NOW + timedelta(days=1))
        assert answered is not None
        assert answered.answered_at == NOW + timedelta(days=1)
        assert tx.notices.answer("token-1", NOW) is None
        assert tx.notices.answer("no such", NOW) is None


def test_a_delegation_ends(truth: Truth) -> None:
    one = Delegation("d-1", ALICE.id, WANG.id, ("payroll",), NOW, NOW + HOUR, "on leave", ALICE.id, NOW)
    with truth.begin() as tx:
        tx.delegations.add(one)
    assert truth.delegations.get("d-1") == one
    assert (truth.delegations.given_by(ALICE.id), truth.delegations.held_by(WANG.id)) == ([one], [one])
    assert (truth.delegations.given_by(WANG.id), truth.delegations.held_by(ALICE.id)) == ([], [])
    assert one.in_force(NOW)
    assert not one.in_force(NOW + HOUR)
    with truth.begin() as tx:
        assert tx.delegations.end("d-1", NOW)
        assert not tx.delegations.end("d-1", NOW)
    ended = truth.delegations.get("d-1")
    assert ended is not None
    assert not ended.in_force(NOW)


def test_a_model_is_what_was_read_last(truth: Truth) -> None:
    model = AuthenticatorModel("model-1", "Key 5", ("FIDO_CERTIFIED_L1",), True, (b"root",), NOW, serial=7)
    with truth.begin() as tx:
        tx.models.put(model)
        tx.models.put(replace(model, statuses=("REVOKED",), recalled_at=NOW))
    assert truth.models.get("model-1") == replace(model, statuses=("REVOKED",), recalled_at=NOW)
    assert truth.models.get("model-2") is None
    assert [one.aaguid for one in truth.models.all()] == ["model-1"]
