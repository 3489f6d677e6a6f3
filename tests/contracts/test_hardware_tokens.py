"""What every store of hardware tokens must do."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from idp.model import HardwareToken
from idp.ports import Truth
from idp.secret import Secret
from tests.support.stores import ALICE, NOW, WANG

ONE = HardwareToken("GE-0001", Secret(b"12345678901234567890"), "SHA256", 8, 60, NOW)
TWO = replace(ONE, serial="GE-0002", secret=Secret(b"another seed of 20 oct"))


def test_what_was_added_is_read_and_never_overwritten(truth: Truth) -> None:
    with truth.begin() as tx:
        assert tx.tokens.add(ONE)
        assert not tx.tokens.add(replace(ONE, secret=Secret(b"of somebody else")))
        assert tx.tokens.add(TWO)
    kept = truth.tokens.get("GE-0001")
    assert kept is not None
    assert (replace(kept, secret=ONE.secret), kept.secret.reveal()) == (ONE, ONE.secret.reveal())
    assert truth.tokens.get("GE-0003") is None
    assert truth.tokens.unassigned() == 2


def test_a_token_is_one_persons_until_it_is_given_back(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.tokens.add(ONE)
        assert tx.tokens.assign("GE-0001", ALICE.id)
        assert not tx.tokens.assign("GE-0001", WANG.id)
        assert not tx.tokens.assign("GE-0009", WANG.id)
    assert [one.serial for one in truth.tokens.of(ALICE.id)] == ["GE-0001"]
    assert (truth.tokens.of(WANG.id), truth.tokens.unassigned()) == ([], 0)
    with truth.begin() as tx:
        assert not tx.tokens.release("GE-0001", WANG.id)
        assert tx.tokens.release("GE-0001", ALICE.id)
        assert tx.tokens.assign("GE-0001", WANG.id)


def test_a_lost_token_is_nobodys_ever_again(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.tokens.add(ONE)
        tx.tokens.assign("GE-0001", ALICE.id)
        assert tx.tokens.lose("GE-0001", NOW)
        assert not tx.tokens.lose("GE-0001", NOW)
        assert not tx.tokens.assign("GE-0001", WANG.id)
        assert not tx.tokens.add(ONE)
    kept = truth.tokens.get("GE-0001")
    assert kept is not None
    assert (kept.lost_at, kept.assigned_to, kept.secret.reveal()) == (NOW, None, b"")
    assert truth.tokens.unassigned() == 0


def test_of_thirty_who_take_one_token_one_gets_it(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.tokens.add(ONE)

    def take(number: int) -> bool:
        with truth.begin() as tx:
            return tx.tokens.assign("GE-0001", (ALICE, WANG)[number % 2].id)

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(take, range(30))) == 1
