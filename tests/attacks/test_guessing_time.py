"""Time tells no more than text: wrong, unknown and slowed take as long, by ranks and medians of interleaved tries."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from tests.support.directory import Directory
from tests.support.house import Browser, House, house_in

SAMPLES = 60
BOUND = 0.25
"""Of the longer median: about how much a busy machine adds by itself."""
KEPT = Directory("kept", None)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    many = {"network_burst": 100_000, "stranger_burst": 100_000, "stranger_daily_burst": 100_000}
    with house_in(tmp_path_factory.mktemp("house"), {"kept": KEPT}, guessing=many) as found:
        yield found


@pytest.mark.ci
@pytest.mark.parametrize("domain", ["local", "kept"])
def test_wrong_and_unknown_take_as_long(house: House, domain: str) -> None:
    house.person(f"{domain}ann", "quiet harbour in winter")
    KEPT.add("keptann", "hers")
    one, other = _timed(house, f"{domain}ann@{domain}.example"), _timed(house, f"nobody@{domain}.example")
    _alike(one, other)


@pytest.mark.ci
def test_slowed_takes_as_long_as_wrong(tmp_path_factory: pytest.TempPathFactory) -> None:
    with house_in(tmp_path_factory.mktemp("slow"), guessing={"network_burst": 100_000}) as house:
        house.person("slowed", "quiet harbour in winter")

        def timed(name: str) -> float:
            house.clock.move(seconds=30)  # before each: what is done once a minute falls on both
            return _timed(house, f"{name}@local.example")()

        def slowed() -> float:
            return timed("slowed")

        def wrong() -> float:
            return timed(f"other{random.random()}")

        for _ in range(6):
            slowed()

        _alike(slowed, wrong)


def _timed(house: House, name: str) -> Callable[[], float]:
    browser = Browser(house).get("/sign-in").submit(username=name)

    def once() -> float:
        action, fields = browser.hidden(password="")
        begun = perf_counter()
        answer = browser.post(action, fields | {"password": "a wrong one"})
        took = perf_counter() - begun
        assert answer.status_code == 303
        return took

    return once


def _alike(one: Callable[[], float], other: Callable[[], float]) -> None:
    for _ in range(8):  # the pace is learnt
        one(), other()
    ones, others = zip(*((one(), other()) for _ in range(SAMPLES)), strict=True)
    longer = max(median(ones), median(others))
    assert abs(median(ones) - median(others)) <= BOUND * longer
    # Whoever guesses from one time which of the two it was is right little more often than by a coin.
    wins = sum(a > b for a in ones for b in others) / SAMPLES**2
    assert 0.2 < wins < 0.8, (wins, median(ones), median(others))


@pytest.mark.ci
@pytest.mark.parametrize("page", ["recovery", "pass"])
def test_codes_of_nobody_and_wrong_codes_are_answered_alike(tmp_path: Path, page: str) -> None:
    """In status, text, size and time; slowed ones too, and as slow as those that are looked at."""
    guessing = {"network_burst": 100_000, "window_minutes": 10_000_000, "factor_burst": 3}
    with house_in(tmp_path, guessing=guessing) as house:
        for number in range(2 * SAMPLES):
            house.person(f"real{number}", "quiet harbour in winter")
        house.person("slowed", "quiet harbour in winter")
        people = iter(range(2 * SAMPLES))
        seen: dict[str, set[tuple[int, int, str]]] = {}

        def tried(kind: str, name: str) -> float:
            took, answer = _code_timed(house, page, name)
            seen.setdefault(kind, set()).add(answer)
            return took

        def of_nobody() -> float:
            return tried("wrong", f"none{random.randrange(1000, 9999)}")

        def wrong() -> float:
            return tried("wrong", f"real{next(people)}")

        def slowed() -> float:
            return tried("slowed", "slowed")

        def slowed_nobody() -> float:
            return tried("slowed", "nobody")

        for name in ("slowed", "nobody") * 4:
            _code_timed(house, page, name)
        _alike(wrong, of_nobody)
        _alike(slowed, slowed_nobody)
        _alike(slowed, of_nobody)
        assert {kind: len(answers) for kind, answers in seen.items()} == {"wrong": 1, "slowed": 1}


def _code_timed(house: House, page: str, name: str) -> tuple[float, tuple[int, int, str]]:
    """Seconds of one wrong code, and what came of it: status, size and text without names and tokens."""
    house.clock.move(seconds=30)  # before each: what is done once a minute falls on all
    browser = Browser(house).get("/me").submit(username=f"{name}@local.example")
    browser.get(f"/sign-in/{page}?i={browser.query['i']}")
    action, fields = browser.hidden(code="")
    begun = perf_counter()
    answer = browser.post(action, fields | {"code": "WRON-GWRO-NGWR"})
    took = perf_counter() - begun
    shown = browser.get(answer.headers["Location"])
    text = shown.page.replace(name, "*").replace(browser.query["i"], "*")
    text = text.replace(browser.hidden(code="")[1]["csrf"], "*").replace(browser.language, "*")
    return took, (answer.status_code, len(text), text)
