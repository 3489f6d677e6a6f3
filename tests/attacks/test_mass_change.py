"""Threat: a directory that is emptied, moved or taken over ends a ministry, or somebody releases it who may not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.flows.admin import console_client
from idp.model import Department, SyncRun, Text
from tests.support.console import enter
from tests.support.house import Browser
from tests.support.ministry import Ministry, ministry_in

PAGE = "/admin/departments/mof/sync"
GONE = 12


@pytest.fixture
def emptied(tmp_path: Path) -> Iterator[tuple[Ministry, SyncRun]]:
    """Many have vanished from the directory, and the guard has them."""
    with ministry_in(tmp_path) as ministry:
        console_client.ensure(ministry.house.idp, "local")
        ministry.sync()
        for actor in [one for one in ministry.directory.cast.people if not one.disabled][:GONE]:
            ministry.leaves(actor.uid)
        held = ministry.sync()
        assert held.state == "held"
        yield ministry, held


def press(browser: Browser, ministry: Ministry, **fields: str) -> tuple[int, str]:
    """A form of the page with the token that the console gives this browser."""
    token = ministry.house.idp.ports.sealer.digest("csrf", f"{browser.cookie('binding')}|admin")
    answer = browser.post(PAGE, {"csrf": token, **fields})
    return answer.status_code, answer.get_data(as_text=True)


def state(ministry: Ministry, run: SyncRun) -> str:
    found = ministry.house.idp.ports.truth.runs.get(run.id)
    assert found is not None
    return found.state


def test_an_emptied_directory_ends_nobody_however_often_it_is_read(emptied: tuple[Ministry, SyncRun]) -> None:
    ministry, _ = emptied
    there = ministry.live()
    for full in (False, True, False):
        assert ministry.sync(full=full).state == "held"
    assert ministry.live() == there


def test_only_who_administers_people_and_directories_decides_in_the_console(
    emptied: tuple[Ministry, SyncRun],
) -> None:
    ministry, held = emptied
    house = ministry.house
    auditor, system = (
        enter(house, "aud", "local", "audit-administrator"),
        enter(house, "sys", "local", "system-administrator"),
    )
    seen = auditor.get(PAGE)
    assert seen.status == 200 and "12 people would lose something" in seen.main and "Release" not in seen.main
    status, _ = press(auditor, ministry, do="release", run=held.id, reason="mine now")
    assert status == 403 and state(ministry, held) == "held"
    answer = system.post(PAGE, {"do": "release", "run": held.id, "reason": "no token"})
    assert answer.status_code in (400, 403) and state(ministry, held) == "held"
    status, page = press(system, ministry, do="release", run=held.id, reason=" ")
    assert state(ministry, held) == "held"
    status, page = press(system, ministry, do="release", run=held.id, reason="the office moved")
    assert status == 200 and "Released." in page and state(ministry, held) == "released"
    assert ministry.sync().counts["left"] == GONE


def test_a_decision_about_an_older_list_decides_nothing(emptied: tuple[Ministry, SyncRun]) -> None:
    ministry, held = emptied
    system = enter(ministry.house, "sys", "local", "system-administrator")
    ministry.leaves([one for one in ministry.directory.cast.people if not one.disabled][-1].uid)
    newer = ministry.sync()
    assert newer.state == "held" and len(newer.held) == GONE + 1
    _, page = press(system, ministry, do="release", run=held.id, reason="seen an hour ago")
    assert "look at the newest one" in page
    assert state(ministry, newer) == "held"


def test_a_branch_decides_for_nobody_else(emptied: tuple[Ministry, SyncRun]) -> None:
    ministry, held = emptied
    house = ministry.house
    with house.idp.ports.truth.begin() as tx:
        tx.registry.put_department(
            Department("north", "country", "bureau", Text("N", "N"), "local", prefixes=("NORTH",))
        )
    other = enter(house, "brn", "north", "system-administrator")
    assert other.get(PAGE).status == 404
    status, _ = press(other, ministry, do="refuse", run=held.id, reason="not ours")
    assert status == 404 and state(ministry, held) == "held"


def test_the_dry_run_shows_the_names_of_the_directory_to_nobody_without_the_right(
    emptied: tuple[Ministry, SyncRun],
) -> None:
    ministry, _ = emptied
    auditor, system = (
        enter(ministry.house, "aud", "local", "audit-administrator"),
        enter(ministry.house, "sys", "local", "system-administrator"),
    )
    ministry.joins("secret.newcomer")
    status, page = press(auditor, ministry, do="look")
    assert status == 403 and "Secret.Newcomer" not in page
    status, page = press(system, ministry, do="look")
    assert status == 200 and "Secret.Newcomer" in page and "gives nothing: disabled there" in page
