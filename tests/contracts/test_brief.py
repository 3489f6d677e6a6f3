"""What every store of codes, interactions and counters must do."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from idp.errors import Conflict, Expired, Throttled
from idp.model import AuthorizationRequest, BackchannelRequest, Code, DeviceRequest, Interaction, PushedRequest
from idp.ports import Brief, Limit
from idp.ports.brief import MOST_OF_OWNER
from tests.support.stores import NOW, PROOF

MINUTE = timedelta(minutes=1)
CODE = Code("g-1", "payroll", "https://payroll.example/cb", "challenge", ("openid",), "urn:x", "nonce\n工", NOW)
REQUEST = AuthorizationRequest("payroll", "https://payroll.example/cb", ("openid",), state="s", max_age=5)


def interaction(id_: str = "i-1", network: str = "net-1") -> Interaction:
    return Interaction(
        id_,
        0,
        "binding",
        REQUEST,
        "zh-CN",
        NOW,
        network,
        identifier="alice@mof.example",
        proofs=(PROOF,),
        stage={"challenge": "c", "seed": "\n1\n"},
    )


def test_a_code_is_taken_once_and_then_tells_whose_it_was(brief: Brief) -> None:
    brief.put_code("h-1", CODE, MINUTE)
    first, second, third = (brief.take_code("h-1") for _ in range(3))
    assert (first.code, first.spent_grant_id) == (CODE, None)
    assert (second.code, second.spent_grant_id) == (None, "g-1")
    assert third == second
    unknown = brief.take_code("other")
    assert (unknown.code, unknown.spent_grant_id) == (None, None)


def test_of_a_hundred_with_one_code_one_gets_it(brief: Brief) -> None:
    brief.put_code("h-1", CODE, MINUTE)
    with ThreadPoolExecutor(32) as threads:
        taken = list(threads.map(lambda _: brief.take_code("h-1"), range(100)))
    assert sum(one.code is not None for one in taken) == 1
    assert sum(one.spent_grant_id == "g-1" for one in taken) == 99


def test_a_code_is_not_issued_twice_not_even_when_spent(brief: Brief) -> None:
    brief.put_code("h-1", CODE, MINUTE)
    with pytest.raises(Conflict):
        brief.put_code("h-1", replace(CODE, grant_id="g-2"), MINUTE)
    brief.take_code("h-1")
    with pytest.raises(Conflict):
        brief.put_code("h-1", replace(CODE, grant_id="g-2"), MINUTE)


def test_an_interaction_moves_by_compare_and_set(brief: Brief) -> None:
    brief.open_interaction(interaction(), MINUTE)
    read = brief.interaction("i-1")
    assert read == interaction()
    moved = brief.save_interaction(replace(read, subject_id="s-alice"))
    assert (moved.version, moved.subject_id) == (1, "s-alice")
    assert brief.interaction("i-1") == moved
    with pytest.raises(Conflict):
        brief.save_interaction(replace(read, subject_id="s-thief"))
    assert brief.save_interaction(moved).version == 2


def test_of_fifty_who_save_one_wins(brief: Brief) -> None:
    brief.open_interaction(interaction(), MINUTE)

    def save(number: int) -> bool:
        try:
            brief.save_interaction(replace(interaction(), subject_id=f"s-{number}"))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(save, range(50))) == 1


def test_a_closed_interaction_is_gone(brief: Brief) -> None:
    brief.open_interaction(interaction(), MINUTE)
    brief.close_interaction("i-1")
    brief.close_interaction("i-1")
    assert brief.interaction("i-1") is None
    with pytest.raises(Expired):
        brief.save_interaction(interaction())


def test_one_network_holds_so_many_interactions_and_no_more(brief: Brief) -> None:
    for number in range(5):
        brief.open_interaction(interaction(f"i-{number}"), MINUTE)
    with pytest.raises(Throttled) as refused:
        brief.open_interaction(interaction("i-5"), MINUTE)
    assert timedelta(0) < refused.value.retry_after <= MINUTE
    assert brief.interaction("i-5") is None
    brief.open_interaction(interaction("elsewhere", "net-2"), MINUTE)
    brief.close_interaction("i-3")
    brief.open_interaction(interaction("i-6"), MINUTE)


def test_a_bucket_holds_its_burst(brief: Brief) -> None:
    limit = Limit("factor:a", 3, MINUTE)
    used = [brief.take([limit])[0] for _ in range(4)]
    assert [one.allowed for one in used] == [True, True, True, False]
    assert [one.used for one in used] == [1, 2, 3, 3]
    assert used[0].retry_after == timedelta(0)
    assert MINUTE - timedelta(seconds=5) < used[3].retry_after <= MINUTE
    assert brief.peek([limit])[0].allowed is False
    assert brief.peek([limit])[0].used == 3


def test_all_or_nothing(brief: Brief) -> None:
    small, large = Limit("factor:a", 1, MINUTE), Limit("net:a", 10, MINUTE)
    assert all(one.allowed for one in brief.take([large, small]))
    refused = brief.take([large, small])
    assert [one.allowed for one in refused] == [True, False]
    assert brief.peek([large])[0].used == 1
    assert brief.take([]) == ()


def test_a_bucket_of_nothing_lets_nothing_through(brief: Brief) -> None:
    assert brief.take([Limit("bind:a:stranger", 0, MINUTE)])[0].allowed is False


def test_looking_takes_nothing(brief: Brief) -> None:
    limit = Limit("net:a", 2, MINUTE)
    assert [brief.peek([limit])[0].used for _ in range(5)] == [0] * 5


def test_what_is_given_back_can_be_taken_again(brief: Brief) -> None:
    one, two = Limit("bind:a:stranger", 1, MINUTE), Limit("net:a", 5, MINUTE)
    brief.take([one, two])
    brief.give_back([one], clear=["net:a"])
    assert brief.peek([one, two])[0].allowed
    assert [reading.used for reading in brief.peek([one, two])] == [0, 0]
    brief.give_back([one, one], clear=["never:seen"])  # more than was taken gives no credit
    assert [brief.take([one])[0].allowed for _ in range(2)] == [True, False]
    brief.give_back([])


def test_of_fifty_with_five_left_five_pass(brief: Brief) -> None:
    limits = [Limit("net:a", 5, MINUTE), Limit("factor:a", 50, MINUTE)]
    with ThreadPoolExecutor(16) as threads:
        passed = threads.map(lambda _: all(one.allowed for one in brief.take(limits)), range(50))
        assert sum(passed) == 5
    assert brief.peek(limits)[1].used == 5


def test_a_bucket_refills_with_time(brief: Brief) -> None:
    limit = Limit("net:a", 1, timedelta(milliseconds=30))
    assert brief.take([limit])[0].allowed
    until = time.monotonic() + 5
    while not brief.take([limit])[0].allowed:
        assert time.monotonic() < until, "it never refilled"


def test_spent_is_spent(brief: Brief) -> None:
    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(lambda _: brief.spend("dpop", "jti-1", MINUTE), range(50))) == 1
    assert brief.spend("dpop", "jti-2", MINUTE)
    assert brief.spend("other", "jti-1", MINUTE)
    assert not brief.spend("dpop", "jti-1", MINUTE)


def test_ping(brief: Brief) -> None:
    brief.ping()


PUSHED = PushedRequest("payroll", (("scope", "openid"), ("state", "工\n")), NOW + MINUTE, dpop_jkt="jkt")
ASKED = BackchannelRequest("q-1", "payroll", "alice", ("openid",), None, NOW + MINUTE, 5, binding_message="7-工")


def test_a_slip_comes_back_as_it_was_and_is_spent_once(brief: Brief) -> None:
    brief.keep("s-1", PUSHED, MINUTE)
    assert brief.kept(PushedRequest, "s-1") == PUSHED
    assert brief.kept(PushedRequest, "s-1") == PUSHED, "looking does not spend"
    assert brief.kept(DeviceRequest, "s-1") is None, "another kind is another thing"
    assert (brief.drop(PushedRequest, "s-1"), brief.drop(PushedRequest, "s-1")) == (True, False)
    assert brief.kept(PushedRequest, "s-1") is None


def test_of_a_hundred_who_drop_a_slip_one_had_it(brief: Brief) -> None:
    brief.keep("s-1", PUSHED, MINUTE)
    with ThreadPoolExecutor(32) as threads:
        assert sum(threads.map(lambda _: brief.drop(PushedRequest, "s-1"), range(100))) == 1


def test_a_slip_is_not_written_over(brief: Brief) -> None:
    brief.keep("s-1", PUSHED, MINUTE)
    with pytest.raises(Conflict):
        brief.keep("s-1", replace(PUSHED, client_id="docs"), MINUTE)


def test_a_slip_moves_by_compare_and_set(brief: Brief) -> None:
    brief.keep("s-1", ASKED, MINUTE, owner="alice")
    moved = brief.change("s-1", replace(ASKED, state="approved", grant_id="g-1"))
    assert (moved.version, brief.kept(BackchannelRequest, "s-1")) == (2, moved)
    with pytest.raises(Conflict):
        brief.change("s-1", replace(ASKED, state="denied"))
    assert brief.kept_of(BackchannelRequest, "alice") == [("s-1", moved)], "it keeps its owner"
    brief.drop(BackchannelRequest, "s-1")
    with pytest.raises(Expired):
        brief.change("s-1", moved)


def test_slips_are_listed_for_their_owner_alone(brief: Brief) -> None:
    for number in range(3):
        brief.keep(f"s-{number}", replace(ASKED, id=f"q-{number}"), (number + 1) * MINUTE, owner="alice")
    brief.keep("s-9", replace(ASKED, id="q-9"), MINUTE, owner="wang")
    assert [id_hash for id_hash, _ in brief.kept_of(BackchannelRequest, "alice")] == ["s-0", "s-1", "s-2"]
    brief.drop(BackchannelRequest, "s-1")
    assert [id_hash for id_hash, _ in brief.kept_of(BackchannelRequest, "alice")] == ["s-0", "s-2"]


def test_nobody_is_buried_in_slips(brief: Brief) -> None:
    for number in range(MOST_OF_OWNER):
        brief.keep(f"s-{number}", ASKED, MINUTE, owner="alice")
    with pytest.raises(Throttled):
        brief.keep("one-more", ASKED, MINUTE, owner="alice")


def test_several_values_are_spent_in_one_trip(brief: Brief) -> None:
    assert brief.spend("jti", "a", MINUTE)
    assert brief.spend_all((("jti", "a", MINUTE), ("jti", "b", MINUTE), ("dpop", "a", MINUTE))) == (False, True, True)
    assert not brief.spend("dpop", "a", MINUTE)
