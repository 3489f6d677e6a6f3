"""What durable truth must do as a whole: transactions, configuration, leases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from idp.errors import Conflict
from idp.events import SessionEnded, SignedIn
from idp.model import Department, Permission, Resource, SigningKey, Text
from idp.ports import Truth
from idp.secret import Secret
from tests.support.stores import ALICE, EDUCATION, FINANCE, HOUR, NOW, PAYROLL, session


class Trouble(Exception):
    """What a flow may raise in the middle."""


def signed_in(sid: str = "sid-1") -> SignedIn:
    return SignedIn(subject_id=ALICE.id, client_id="payroll", sid=sid, acr="urn:gerege:aal1", amr=("pwd",), band="low")


def test_an_exception_undoes_everything_with_its_event(truth: Truth) -> None:
    with pytest.raises(Trouble), truth.begin() as tx:
        tx.sessions.add(session())
        tx.registry.put_client(replace(PAYROLL, grade=4))
        tx.record(signed_in())
        raise Trouble
    assert truth.sessions.by_sid("sid-1") is None
    assert truth.configuration().clients["payroll"].grade == 1
    assert truth.audit.search() == []


def test_what_is_written_is_seen_inside_and_not_outside_until_it_is_committed(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.sessions.add(session())
        assert tx.sessions.by_sid("sid-1") is not None
        assert truth.sessions.by_sid("sid-1") is None
    assert truth.sessions.by_sid("sid-1") is not None


def test_nothing_is_written_outside_a_transaction(truth: Truth) -> None:
    with pytest.raises((RuntimeError, TypeError, AttributeError)):
        truth.sessions.add(session())
    with pytest.raises((RuntimeError, TypeError, AttributeError)):
        truth.people.change(replace(ALICE, disabled=True))
    assert truth.sessions.by_sid("sid-1") is None
    assert truth.people.get(ALICE.id) == ALICE


def test_parallel_writers_wait_for_each_other(truth: Truth) -> None:
    def add(number: int) -> None:
        with truth.begin() as tx:
            tx.sessions.add(session(f"sid-{number}"))
            tx.people.bump_access(ALICE.id)
            tx.record(signed_in(f"sid-{number}"))

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(add, range(60)))
    person = truth.people.get(ALICE.id)
    assert person is not None
    assert person.access_version == 60
    assert len(truth.audit.search(limit=100)) == 60


def test_configuration_is_what_was_put(truth: Truth) -> None:
    permission = Permission("payroll.read", 3, frozenset({"reader"}), Text("Read", "读"))
    api = Resource("urn:example:payroll", Text("Payroll", "工资"), (permission,))
    key = SigningKey("kid-1", "ES256", Secret(b"pkcs8"), {"kty": "EC", "x": "1"}, NOW, NOW)
    private = replace(EDUCATION, connector="ldap", settings={"url": "ldaps://x", "bind": {"password": "p"}, "n": 3})
    before = truth.configuration()
    assert before.departments["mof"] == FINANCE
    assert before.clients["payroll"] == PAYROLL
    with truth.begin() as tx:
        tx.registry.put_resource(api)
        tx.registry.add_key(key)
        tx.registry.put_department(private)
        tx.registry.put_client(replace(PAYROLL, ended_before=NOW, audiences=("urn:example:payroll",)))
    after = truth.configuration()
    assert after.epoch > before.epoch
    assert after.resources == {"urn:example:payroll": api}
    assert after.departments["moe"] == private
    assert after.clients["payroll"].ended_before == NOW
    assert after.lineage("mof") == ("mof", "cn")
    (found,) = after.keys
    assert found.private.equals(b"pkcs8")
    assert (found.kid, found.public_jwk, found.retired_at) == ("kid-1", key.public_jwk, None)
    with truth.begin() as tx:
        tx.registry.retire_key("kid-1", NOW + HOUR)
    assert truth.configuration().keys[0].retired_at == NOW + HOUR
    with truth.begin() as tx:
        tx.registry.retire_key("kid-1", NOW + 2 * HOUR)  # it stays as it is
        tx.registry.revoke_key("nobody")
    (retired,) = truth.configuration().keys
    assert (retired.retired_at, retired.revoked) == (NOW + HOUR, False)
    with truth.begin() as tx:
        tx.registry.revoke_key("kid-1")
    (revoked,) = truth.configuration().keys
    assert (revoked.retired_at, revoked.revoked) == (NOW, True)
    with pytest.raises(Conflict), truth.begin() as tx:
        tx.registry.add_key(key)
    assert before.resources == {}  # a snapshot that was handed out does not move


def test_a_department_may_be_put_again(truth: Truth) -> None:
    renamed = Department("mof", None, "country", Text("Treasury", "国库"))
    with truth.begin() as tx:
        tx.registry.put_department(renamed)
    assert truth.configuration().departments["mof"] == renamed


def test_one_holder_of_a_lease_at_a_time(truth: Truth) -> None:
    minute = timedelta(minutes=1)
    assert truth.lease("watcher", "one", NOW, minute)
    assert truth.lease("watcher", "one", NOW + minute / 2, minute)
    assert not truth.lease("watcher", "two", NOW + minute, minute)
    assert truth.lease("other", "two", NOW, minute)
    assert truth.lease("watcher", "two", NOW + minute * 3 / 2, minute)
    assert not truth.lease("watcher", "one", NOW + minute * 3 / 2, minute)


def test_of_twenty_who_want_a_lease_one_gets_it(truth: Truth) -> None:
    with ThreadPoolExecutor(10) as threads:
        got = threads.map(lambda number: truth.lease("w", f"holder-{number}", NOW, HOUR), range(20))
        assert sum(got) == 1


def test_ping_is_a_write(truth: Truth) -> None:
    truth.ping()
    truth.ping()


def test_events_that_are_recorded_soon_are_in_the_log_soon(truth: Truth) -> None:
    for number in range(200):
        truth.record_soon(SessionEnded(subject_id=ALICE.id, sid=f"sid-{number}", why="sign-out"))
    truth.close()  # type: ignore[attr-defined]
    assert len(truth.audit.search(name="session.ended", limit=300)) == 200
