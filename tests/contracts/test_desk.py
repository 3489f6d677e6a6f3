"""What every store of history and of waiting things must do."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from idp.model import Alert, DecisionRecord, LogoutDelivery, PendingChange, SignIn
from idp.ports import Truth
from tests.support.stores import ALICE, HOUR, NOW, WANG, session, sign_in


def test_history_is_newest_first_and_limited(truth: Truth) -> None:
    rows = [sign_in(f"i-{number}", NOW + number * HOUR) for number in range(4)]
    with truth.begin() as tx:
        for row in rows:
            tx.history.add_sign_in(row)
    assert truth.history.sign_ins(ALICE.id, NOW + HOUR) == rows[:0:-1]
    assert truth.history.sign_ins(ALICE.id, NOW, limit=1) == rows[3:]
    assert truth.history.sign_ins(WANG.id, NOW) == []


def test_the_population_counts_confirmed_sign_ins(truth: Truth) -> None:
    unknown = SignIn("i-9", WANG.id, NOW, "succeeded", None, "net-9", None, None, None, None, None, confirmed=True)
    with truth.begin() as tx:
        tx.history.add_sign_in(sign_in("i-1"))
        tx.history.add_sign_in(sign_in("i-2", subject=WANG))
        tx.history.add_sign_in(sign_in("i-3", confirmed=False))
        tx.history.add_sign_in(sign_in("i-4", NOW - 72 * HOUR))
        tx.history.add_sign_in(unknown)
    assert truth.history.population(NOW - HOUR) == {
        "asn": {"4134": 2},
        "browser": {"Firefox": 2},
        "country": {"CN": 2},
        "device": {"device-1": 2},
        "network": {"net-1": 2, "net-9": 1},
        "system": {"Linux": 2},
    }
    assert truth.history.population(NOW - 96 * HOUR)["country"] == {"CN": 3}


def test_a_decision_is_found_by_its_reference(truth: Truth) -> None:
    known = DecisionRecord("ref-1", NOW, ALICE.id, "payroll", "refused", {"a": [1, "二"]}, {"b": None}, {"score": 0.5})
    stranger = replace(known, reference="ref-2", subject_id=None)
    gone = replace(known, reference="ref-3", subject_id="not a person here")
    with truth.begin() as tx:
        for record in (known, stranger, gone):
            tx.history.add_decision(record)
    assert [truth.history.decision(f"ref-{number}") for number in (1, 2, 3, 4)] == [known, stranger, gone, None]


def test_alerts_open_and_close_once(truth: Truth) -> None:
    alert = Alert("al-1", "spray", NOW, "alert.spray", {"network": "net-1"}, ALICE.id)
    with truth.begin() as tx:
        tx.desk.raise_alert(alert)
        tx.desk.raise_alert(replace(alert, id="al-2", at=NOW + HOUR, subject_id=None))
    assert [one.id for one in truth.desk.alerts()] == ["al-2", "al-1"]
    with truth.begin() as tx:
        assert tx.desk.close_alert("al-2", NOW)
        assert not tx.desk.close_alert("al-2", NOW)
    assert truth.desk.alerts() == [alert]
    assert len(truth.desk.alerts(open_only=False)) == 2
    assert len(truth.desk.alerts(open_only=False, limit=1)) == 1


def test_a_change_is_decided_by_one(truth: Truth) -> None:
    change = PendingChange("ch-1", "grant-administrator", "s-boss", NOW, {"role": "audit-administrator"}, "new duty")
    with truth.begin() as tx:
        tx.desk.ask_change(change)
    assert truth.desk.pending() == [change]
    with truth.begin() as tx:
        decided = tx.desk.decide_change("ch-1", "s-second", NOW, "approved")
        assert decided == replace(change, decided_by="s-second", decided_at=NOW, outcome="approved")
        assert tx.desk.decide_change("ch-1", "s-third", NOW, "refused") is None
    assert truth.desk.pending() == []


def delivery(id_: str) -> LogoutDelivery:
    return LogoutDelivery(id_, "payroll", "sid-1", ALICE.id, NOW)


def test_a_logout_token_is_claimed_by_one_and_tried_again_later(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.sessions.add(session())
        tx.desk.queue_logout(delivery("l-1"))
        tx.desk.queue_logout(replace(delivery("l-2"), next_at=NOW + HOUR))
    with truth.begin() as tx:
        assert [one.id for one in tx.desk.due_logouts(NOW, 10)] == ["l-1"]
        assert tx.desk.due_logouts(NOW, 10) == []
    with truth.begin() as tx:
        tx.desk.settle_logout("l-1", done_at=None, next_at=NOW + HOUR, failure="503")
        assert len(tx.desk.due_logouts(NOW + HOUR, 1)) == 1
    with truth.begin() as tx:
        tx.desk.settle_logout("l-1", done_at=NOW + HOUR, next_at=None, failure=None)
        tx.desk.settle_logout("l-2", done_at=None, next_at=None, failure="given up")
        assert tx.desk.due_logouts(NOW + 99 * HOUR, 10) == []
    first, second = truth.desk.deliveries_of("sid-1")
    assert (first.attempts, first.done_at, first.failure) == (2, NOW + HOUR, None)
    assert (second.attempts, second.done_at, second.failure) == (1, None, "given up")


def test_parallel_processes_share_the_work(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.sessions.add(session())
        for number in range(20):
            tx.desk.queue_logout(delivery(f"l-{number}"))

    def claim(_: int) -> list[str]:
        with truth.begin() as tx:
            return [one.id for one in tx.desk.due_logouts(NOW, 3)]

    with ThreadPoolExecutor(8) as threads:
        claimed = [id_ for ids in threads.map(claim, range(20)) for id_ in ids]
    assert sorted(claimed) == sorted(set(claimed))
    assert len(claimed) == 20
