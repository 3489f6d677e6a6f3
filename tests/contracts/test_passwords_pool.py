"""The pool of hashes: a full row is told at once, nobody else waits; failures keep one pace; breaches are found."""

import threading
from pathlib import Path
from time import monotonic, sleep

import pytest

from adapters import breached
from adapters.breached import Lists
from adapters.passwords import Argon2Passwords
from adapters.passwords_pace import LEAST, MOST, Pace
from idp.errors import Unavailable
from idp.secret import Secret


def test_one_password_however_it_is_typed() -> None:
    passwords = Argon2Passwords()
    stored = passwords.hash(Secret("ｌｉｌａｃ tree é"))
    assert passwords.verify(stored, Secret("lilac tree e\u0301"))


def test_two_hundred_at_once_are_hashed_or_told_at_once() -> None:
    passwords = Argon2Passwords(at_once=1, row=4)
    outcomes: list[tuple[str, float]] = []

    def verify() -> None:
        begun = monotonic()
        try:
            passwords.verify(None, Secret("x"))
            outcomes.append(("hashed", monotonic() - begun))
        except Unavailable as error:
            outcomes.append((error.what, monotonic() - begun))

    threads = [threading.Thread(target=verify) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = [took for what, took in outcomes if what == "passwords"]
    hashed = [took for what, took in outcomes if what == "hashed"]
    assert len(told) + len(hashed) == 200 and 4 <= len(hashed) < 200
    assert sorted(told)[len(told) // 2] < max(hashed)  # whoever finds no place does not stand in the row
    assert passwords.verify(None, Secret("x")) is False  # every place was given back


def test_failures_of_a_department_keep_its_pace() -> None:
    pace = Pace()
    assert pace.of("mof") == LEAST
    begun = pace.begin()
    sleep(0.08)
    pace.even("mof", begun, measured=True)
    assert pace.of("mof") >= 0.08 and pace.of("moe") == LEAST
    begun = pace.begin()
    pace.even("mof", begun, measured=False)
    assert monotonic() - begun >= 0.08


def test_the_pace_is_bounded_and_stragglers_do_not_set_it() -> None:
    pace = Pace()
    for took in (0.1, 0.1, 0.1, 9.0, 9.0):
        pace._learn("mof", took)
    assert pace.of("mof") == pytest.approx(0.11)
    for _ in range(40):
        pace._learn("mof", 9.0)
    assert pace.of("mof") == MOST


def test_who_waits_for_the_pace_is_bounded_and_every_place_comes_back() -> None:
    pace = Pace(places=2)
    waiting = [threading.Thread(target=lambda: pace.even("mof", pace.begin() + 0.2, measured=False)) for _ in range(2)]
    for one in waiting:
        one.start()
    sleep(0.05)
    begun = monotonic()
    with pytest.raises(Unavailable):
        pace.even("mof", pace.begin(), measured=False)
    assert monotonic() - begun < LEAST  # told at once
    for one in waiting:
        one.join()
    pace.even("mof", pace.begin(), measured=False)


def test_all_who_wait_share_one_clock_and_leave_in_their_time() -> None:
    pace, left = Pace(), list[tuple[float, float]]()

    def wait(more: float) -> None:
        begun = pace.begin()
        pace.even("mof", begun + more, measured=False)
        left.append((more, monotonic() - begun))

    mores = [0.25, 0.0, 0.15, 0.05]
    threads = [threading.Thread(target=wait, args=(more,)) for more in mores]
    for one in threads:
        one.start()
    assert sum(one.name == "pace" for one in threading.enumerate()) >= 1
    for one in threads:
        one.join()
    assert [more for more, _ in left] == sorted(mores)
    assert all(took >= more + LEAST for more, took in left)


def test_a_clock_that_stands_still_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    pace = Pace(places=1)
    monkeypatch.setattr(pace._clock, "_run", lambda: None)
    for _ in range(2):
        with pytest.raises(Unavailable, match="slowly"):
            pace.even("mof", pace.begin(), measured=False)


def test_breached_passwords_are_found_by_word_and_by_digest(tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text("Summer2026\n5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:37\n\n密码ｌｉｌａｃ\n", encoding="utf-8")
    target = tmp_path / "breached.bloom"
    assert breached.build(listed, target) == 3
    blocked = tmp_path / "blocked.txt"
    blocked.write_text("Great Hall\n", encoding="utf-8")
    passwords = Argon2Passwords(lists=Lists.open(target, blocked))
    for known in ("Summer2026", "password", "密码lilac"):
        assert passwords.known_as(Secret(known)) == "breached"
    assert passwords.known_as(Secret("GREAT hall")) == "blocked"
    assert [passwords.known_as(Secret(f"not there {number}")) for number in range(200)] == [None] * 200


def test_files_that_cannot_be_used_name_their_setting(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(ValueError, match="holds no password"):
        breached.build(tmp_path / "empty", tmp_path / "out")
    with pytest.raises(ValueError, match=r"passwords\.breached_file"):
        Lists.open(tmp_path / "missing", None)
    with pytest.raises(ValueError, match=r"passwords\.blocked_file"):
        Lists.open(None, tmp_path / "missing")
