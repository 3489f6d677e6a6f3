"""The parts of the LDAP connector that need no directory: breaker, pool, policy control, groups."""

import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.connectors import ldap_ppolicy
from adapters.connectors.ldap_breaker import Breaker
from adapters.connectors.ldap_groups import Membership, Roll, dn_key, membership_filter, names_from_member_of
from adapters.connectors.ldap_pool import Pool, PoolExhausted
from adapters.connectors.ldap_ppolicy import Told, decode
from adapters.connectors.ldap_settings import GroupScheme


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


# --- breaker ---


def test_a_breaker_opens_after_failures_in_a_row_and_admits_one_probe() -> None:
    clock = Clock()
    breaker = Breaker(3, timedelta(seconds=5), clock)
    for _ in range(2):
        breaker.failed("down")
    breaker.succeeded()
    for _ in range(3):
        assert breaker.admit() is None
        breaker.failed("down")
    assert breaker.admit() == "down"
    clock.now += 5
    assert breaker.admit() is None  # the probe
    assert breaker.admit() == "down"  # everybody else
    breaker.failed("still down")
    assert breaker.admit() == "still down"
    clock.now += 5
    assert breaker.admit() is None
    breaker.succeeded()
    assert [breaker.admit() for _ in range(3)] == [None, None, None]


def test_a_probe_that_never_comes_back_does_not_close_the_door_for_ever() -> None:
    clock = Clock()
    breaker = Breaker(1, timedelta(seconds=5), clock)
    breaker.failed("down")
    clock.now += 5
    assert breaker.admit() is None
    clock.now += 5
    assert breaker.admit() is None


# --- pool ---


class Line:
    def __init__(self) -> None:
        self.closed = False


def pool(clock: Clock, size: int = 1, opened: list[Line] | None = None) -> Pool[Line]:
    lines = opened if opened is not None else []

    def open_one() -> Line:
        lines.append(Line())
        return lines[-1]

    def close_one(line: Line) -> None:
        line.closed = True

    return Pool(open_one, close_one, size=size, wait=timedelta(0), lifetime=timedelta(minutes=10), clock=clock)


def test_a_connection_is_kept_until_its_life_is_over() -> None:
    clock, opened = Clock(), list[Line]()
    lines = pool(clock, opened=opened)
    with lines.lend() as (first, kept):
        assert not kept
    clock.now += 599
    with lines.lend() as (again, kept):
        assert again is first and kept
    clock.now += 1
    with lines.lend() as (another, kept):
        assert another is not first and not kept and first.closed
    assert len(opened) == 2


def test_a_connection_that_failed_is_never_lent_again() -> None:
    lines = pool(Clock())
    with pytest.raises(RuntimeError), lines.lend() as (broken, _):
        raise RuntimeError
    with lines.lend() as (fresh, kept):
        assert broken.closed and fresh is not broken and not kept


def test_a_pool_is_bounded_and_waits_no_longer_than_its_deadline() -> None:
    lines = pool(Clock(), size=1)
    with lines.lend(), pytest.raises(PoolExhausted), lines.lend():
        pass
    with lines.lend():
        pass  # the slot came back, from the failure too


def test_a_failure_to_open_gives_the_slot_back() -> None:
    def fail() -> Line:
        raise OSError

    lines = Pool(fail, lambda line: None, size=1, wait=timedelta(0), lifetime=timedelta(1))
    for _ in range(3):
        with pytest.raises(OSError), lines.lend():
            pass


def test_fresh_closes_what_is_idle() -> None:
    opened = list[Line]()
    lines = pool(Clock(), size=3, opened=opened)
    with lines.lend(), lines.lend(), lines.lend():
        pass
    with lines.lend(fresh=True) as (line, kept):
        assert not kept and line is opened[3]
    assert [line.closed for line in opened] == [True, True, True, False]


def test_what_is_lent_at_close_is_closed_on_its_return() -> None:
    lines = pool(Clock())
    with lines.lend() as (line, _):
        lines.close()
        assert not line.closed
    assert line.closed


def test_no_two_threads_hold_one_connection() -> None:
    lines = Pool(Line, lambda line: None, size=3, wait=timedelta(seconds=5), lifetime=timedelta(1))
    held, lock, doubled = set[int](), threading.Lock(), list[int]()

    def use() -> None:
        for _ in range(200):
            with lines.lend() as (line, _):
                with lock:
                    if id(line) in held or len(held) >= 3:
                        doubled.append(id(line))
                    held.add(id(line))
                with lock:
                    held.discard(id(line))

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert doubled == []


# --- password policy control (values as slapd 2.5 sends them) ---


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("3000", Told()),
        ("3003810100", Told(error=ldap_ppolicy.PASSWORD_EXPIRED)),
        ("3003810101", Told(error=ldap_ppolicy.ACCOUNT_LOCKED)),
        ("3003810102", Told(error=ldap_ppolicy.CHANGE_AFTER_RESET)),
        ("3005a003810103", Told(grace=3)),
        ("3005a003800103", Told()),  # timeBeforeExpiration: nothing to act upon
        ("3008a003810100810102", Told(grace=0, error=2)),
        ("", Told()),
        ("30", Told()),
        ("3080", Told()),
        ("3003810100ff", Told()),
        ("30048102ffff00", Told()),
    ],
)
def test_the_policy_control(value: str, told: Told) -> None:
    assert decode(bytes.fromhex(value)) == told


@given(st.binary(max_size=64))
def test_no_bytes_break_the_policy_control(value: bytes) -> None:
    assert isinstance(decode(value), Told)


# --- groups ---


def member(dn: str = "uid=a,ou=p", posix: tuple[str, ...] = (), member_of: tuple[str, ...] = ()) -> Membership:
    return Membership(dn, posix, member_of)


def test_a_name_with_every_sign_of_a_filter_is_escaped() -> None:
    query = membership_filter(GroupScheme("groupOfNames"), member("uid=a*(b)\\2c,ou=p"))
    assert query == "(&(objectClass=groupOfNames)(member=uid=a\\2a\\28b\\29\\5c2c,ou=p))"
    query = membership_filter(GroupScheme("posixGroup"), member(posix=("a)(b", "c")))
    assert query == "(&(objectClass=posixGroup)(|(memberUid=a\\29\\28b)(memberUid=c)))"
    assert membership_filter(GroupScheme("posixGroup"), member()) is None


def test_names_are_compared_by_their_parts() -> None:
    assert dn_key("CN=A, OU=B,dc=c") == dn_key("cn=a,ou=b,DC=C")
    assert dn_key("cn=a,ou=b") != dn_key("cn=a,ou=bc")


def test_member_of_outside_the_base_gives_nothing() -> None:
    scheme = GroupScheme("memberOf", "ou=groups,dc=x")
    dns = (
        "cn=a,ou=groups,dc=x",
        "cn=b,ou=other,dc=x",
        "cn=c,ou=evilgroups,dc=x",
        "ou=groups,dc=x",
        "CN=d,OU=Groups,DC=X",
    )
    assert names_from_member_of(scheme, member(member_of=dns)) == ("a", "d")


def test_a_roll_answers_for_everybody() -> None:
    names = Roll(GroupScheme("groupOfNames"))
    names.add("g", {"member": ["UID=A, OU=P", "uid=b,ou=p"]})
    assert names.of(member("uid=a,ou=p")) == ("g",)
    assert names.of(member("uid=c,ou=p")) == ()
    posix = Roll(GroupScheme("posixGroup"))
    posix.add("g", {"memberUid": ["a"]})
    posix.add("h", {"memberUid": ["a", "b"]})
    assert posix.of(member(posix=("a",))) == ("g", "h")
    assert posix.of(member(posix=("A",))) == ()  # memberUid is compared exactly (RFC 2307 §3)
