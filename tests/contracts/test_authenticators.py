"""What every store of factors must do: what is spent, is spent by one."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from idp.errors import Conflict
from idp.model import EnrolmentCode
from idp.ports import Truth
from idp.secret import Secret
from tests.support.stores import ALICE, HOUR, NOW, WANG, passkey, totp


def code(id_: str = "c-1", hash_: str = "h-1") -> EnrolmentCode:
    return EnrolmentCode(id_, ALICE.id, hash_, "s-desk", NOW + HOUR)


def test_what_goes_in_comes_out(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.authenticators.add(totp())
        tx.authenticators.add(passkey())
    seed, key = truth.authenticators.of(ALICE.id)
    assert seed.secret is not None
    assert seed.secret.equals(b"seed-of-totp")
    assert (seed.id, seed.label, seed.state, seed.bound_by) == ("a-1", "My phone", {"digits": 6}, ("password",))
    assert key.state == passkey().state
    found = truth.authenticators.by_credential_id("Y3JlZA")
    assert found is not None
    assert found.id == "k-1"
    assert truth.authenticators.by_credential_id("other") is None
    assert truth.authenticators.of(WANG.id) == []


def test_one_credential_is_enrolled_once(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.authenticators.add(passkey())
    with pytest.raises(Conflict), truth.begin() as tx:
        tx.authenticators.add(passkey("k-2"))


def test_a_step_is_spent_once_and_never_backwards(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.authenticators.add(totp())
    outcomes = []
    for step in (100, 100, 99, 101):
        with truth.begin() as tx:
            outcomes.append(tx.authenticators.spend_step("a-1", step, NOW))
    assert outcomes == [True, False, False, True]
    (one,) = truth.authenticators.of(ALICE.id)
    assert (one.state["last_step"], one.last_used_at) == (101, NOW)
    with truth.begin() as tx:
        assert not tx.authenticators.spend_step("no such", 1, NOW)


def test_of_fifty_with_one_step_one_wins(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.authenticators.add(totp())

    def spend(_: int) -> bool:
        with truth.begin() as tx:
            return tx.authenticators.spend_step("a-1", 7, NOW)

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(spend, range(50))) == 1


def test_a_counter_only_grows(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.authenticators.add(passkey())
    outcomes = []
    for counter in (0, 0, 5, 5, 4, 6, 0):
        with truth.begin() as tx:
            outcomes.append(tx.authenticators.move_counter("k-1", counter, NOW))
    # The last: a key that once counted and now says that it does not is a copy.
    assert outcomes == [True, True, True, False, False, True, False]


def test_a_removed_factor_is_gone_with_its_secret(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.authenticators.add(passkey())
        assert tx.authenticators.remove("k-1", NOW)
        assert not tx.authenticators.remove("k-1", NOW)
    assert truth.authenticators.of(ALICE.id) == []
    assert truth.authenticators.by_credential_id("Y3JlZA") is None
    with truth.begin() as tx:
        assert not tx.authenticators.move_counter("k-1", 9, NOW)
        tx.authenticators.add(passkey("k-2"))  # the same key may be enrolled again


def test_a_secret_is_replaced(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.authenticators.add(replace(totp(), factor="password"))
        tx.authenticators.change_secret("a-1", Secret(b"rehashed"))
    (one,) = truth.authenticators.of(ALICE.id)
    assert one.secret is not None
    assert one.secret.equals(b"rehashed")


def test_an_enrolment_code_is_spent_once_by_its_person_in_its_time(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.authenticators.add_code(code())
    with truth.begin() as tx:
        assert tx.authenticators.spend_code(WANG.id, "h-1", NOW, "enrolment") is None
        assert tx.authenticators.spend_code(ALICE.id, "other", NOW, "enrolment") is None
        assert tx.authenticators.spend_code(ALICE.id, "h-1", NOW + HOUR, "enrolment") is None
        assert tx.authenticators.spend_code(ALICE.id, "h-1", NOW, "enrolment") == replace(code(), spent_at=NOW)
        assert tx.authenticators.spend_code(ALICE.id, "h-1", NOW, "enrolment") is None


def test_a_new_code_voids_the_one_before(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.authenticators.add_code(code())
        tx.authenticators.add_code(code("c-2", "h-2"))
        assert tx.authenticators.spend_code(ALICE.id, "h-1", NOW, "enrolment") is None
        assert tx.authenticators.spend_code(ALICE.id, "h-2", NOW, "enrolment") is not None
