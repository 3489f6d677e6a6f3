"""Families of real User-Agent strings, and of garbage."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.agent import families

KHTML = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", ("Firefox", "Linux")),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KHTML} Chrome/142.0.0.0 Safari/537.36", ("Chrome", "Windows")),
        (f"Mozilla/5.0 (Windows NT 10.0) {KHTML} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", ("Edge", "Windows")),
        (f"Mozilla/5.0 (Linux; Android 10; K) {KHTML} Chrome/142.0.0.0 Mobile Safari/537.36", ("Chrome", "Android")),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
            " Version/18.6 Mobile/15E148 Safari/604.1",
            ("Safari", "iOS"),
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
            " Version/18.6 Safari/605.1.15",
            ("Safari", "macOS"),
        ),
        (
            "Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36"
            " HuaweiBrowser/5.0.4.300",
            ("Huawei Browser", "HarmonyOS"),
        ),
        (
            f"Mozilla/5.0 (Linux; Android 14; V2307A) {KHTML} Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.50",
            ("WeChat", "Android"),
        ),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {KHTML} Chrome/142.0.0.0 Safari/537.36", ("Chrome", "ChromeOS")),
        (
            f"Mozilla/5.0 (X11; Linux x86_64) {KHTML} HeadlessChrome/142.0.0.0 Safari/537.36",
            ("Headless Chrome", "Linux"),
        ),
        ("curl/8.5.0", ("curl", None)),
        ("", (None, None)),
        (None, (None, None)),
        ("\x00\uffff Firefox", (None, None)),
    ],
)
def test_families(text, expected):
    assert families(text) == expected


def test_an_update_changes_nothing():
    old = families("Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0")
    new = families("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    assert old == new


@given(st.text())
def test_any_text_will_do(text):
    assert len(families(text)) == 2


def test_a_very_long_text_is_read_no_further_than_its_beginning():
    assert families("x" * 10_000 + "Firefox/1 Linux") == (None, None)
    started = time.perf_counter()
    for _ in range(100):
        families("Safar" * 2_000_000)
    assert time.perf_counter() - started < 1
