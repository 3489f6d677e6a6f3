"""Budgets of guesses: whatever a directory's limit is, we stay below it, and strangers never shut an owner out."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authn.throttle import LEAST, ROOM_FOR_BOTH, factor_buckets, passkey_buckets, password_buckets, share

WINDOW = timedelta(minutes=15)
bursts = st.integers(1, 50)


@given(bursts, bursts, st.integers(ROOM_FOR_BOTH, 100))
def test_both_shares_stay_two_below_the_limit_and_nobody_is_left_without(
    stranger: int, known: int, threshold: int
) -> None:
    """A bucket of `burst` lets burst + 1 through in a window; one bind may count twice at the directory."""
    for_strangers, for_owner = share(stranger, known, threshold)
    assert (for_strangers + 1) + (for_owner + 1) <= threshold - 2
    assert 1 <= for_strangers <= stranger
    assert 1 <= for_owner <= known


@given(bursts, bursts)
def test_without_a_limit_the_settings_stand(stranger: int, known: int) -> None:
    assert share(stranger, known, None) == (stranger, known)


@given(bursts, bursts, st.integers(0, 100))
def test_all_tries_of_one_account_together_stay_below_any_limit(stranger: int, known: int, threshold: int) -> None:
    told = {
        bucket.key: bucket.burst
        for is_known in (True, False)
        for bucket in password_buckets("a", "n", is_known, (stranger, known, 30, 10), WINDOW, threshold)
        if bucket.key.startswith("bind:")
    }
    tries = sum(burst + 1 for burst in told.values() if burst > 0)
    assert tries < max(threshold, 1)
    assert (tries == 0) == (threshold < LEAST)


@pytest.mark.parametrize(("threshold", "shares"), [(6, (1, 1)), (7, (1, 2)), (8, (1, 3)), (9, (2, 3)), (10, (3, 3))])
def test_shares_of_usual_limits(threshold: int, shares: tuple[int, int]) -> None:
    assert share(3, 3, threshold) == shares


@pytest.mark.parametrize("known", [True, False])
def test_a_small_limit_is_one_bucket_for_everybody(known: bool) -> None:
    _, account, *_ = password_buckets("a", "n", known, (3, 3, 30, 10), WINDOW, 5)
    assert (account.key, account.burst) == ("bind:a:all", 2)


def test_an_account_and_a_network_are_always_counted() -> None:
    network, account, over_days = password_buckets("a", "n", False, (3, 4, 30, 10), WINDOW, None)
    assert (network.key, network.burst, network.every) == ("net:n", 30, WINDOW / 30)
    assert (account.key, account.burst, account.every) == ("bind:a:stranger", 3, WINDOW)
    assert (over_days.key, over_days.burst, over_days.every) == ("long:a", 10, timedelta(days=1))
    _, account = password_buckets("a", "n", True, (3, 4, 30, 10), WINDOW, None)
    assert (account.key, account.burst) == ("own:a", 4)


def test_codes_are_counted_by_authenticator_and_passkeys_by_network_alone() -> None:
    assert [one.key for one in factor_buckets("f", "n", 5, 30, WINDOW)] == ["net:n", "factor:f"]
    assert [one.key for one in passkey_buckets("n", 30, WINDOW)] == ["net:passkey:n"]
