"""What proofs are worth together: the table of levels, and that nothing adds up to more than its parts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authn.assurance import assess, ceiling, fresh, meets, rank, strictest, would_reach
from idp.model import AAL1, AAL2, AAL2_PHR, AAL3, ACR_ORDER, FactorName, Proof

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PASSWORD = Proof("password", None, NOON, ("pwd",), AAL1)
CODE = Proof("totp", "a", NOON, ("otp",), AAL2)
WEAK_CODE = Proof("totp", "b", NOON, ("otp",), AAL1)
PASSKEY = Proof("passkey", "c", NOON, ("hwk", "user"), AAL2_PHR)
UNVERIFIED = Proof("passkey", "d", NOON, ("hwk",), AAL2_PHR)
WEAK_PASSKEY = Proof("passkey", "e", NOON, ("hwk", "user"), AAL1)

levels = st.sampled_from(ACR_ORDER)
proofs = st.lists(st.sampled_from([PASSWORD, CODE, WEAK_CODE, PASSKEY, UNVERIFIED, WEAK_PASSKEY]), max_size=4)


@pytest.mark.parametrize(
    ("given_", "acr", "amr"),
    [
        ((), None, ()),
        ((PASSWORD,), AAL1, ("pwd",)),
        ((CODE,), AAL1, ("otp",)),
        ((CODE, CODE), AAL1, ("otp",)),
        ((PASSWORD, CODE), AAL2, ("mfa", "otp", "pwd")),
        ((PASSWORD, WEAK_CODE), AAL1, ("mfa", "otp", "pwd")),
        ((PASSKEY,), AAL2_PHR, ("hwk", "mfa", "user")),
        ((WEAK_PASSKEY,), AAL1, ("hwk", "mfa", "user")),
        ((UNVERIFIED,), AAL1, ("hwk",)),
        ((PASSWORD, UNVERIFIED), AAL2_PHR, ("hwk", "mfa", "pwd")),
        ((CODE, UNVERIFIED), AAL1, ("hwk", "otp")),
        ((PASSWORD, CODE, PASSKEY), AAL2_PHR, ("hwk", "mfa", "otp", "pwd", "user")),
    ],
)
def test_the_table_of_levels(given_: tuple[Proof, ...], acr: str | None, amr: tuple[str, ...]) -> None:
    assert assess(given_) == (acr, amr)


@given(proofs, proofs)
def test_more_proofs_are_never_worth_less_and_never_more_than_the_best_of_them(
    one: list[Proof], more: list[Proof]
) -> None:
    before, _ = assess(one)
    after, _ = assess([*one, *more])
    assert rank(after) >= rank(before)
    assert rank(after) <= max((rank(proof.acr) for proof in (*one, *more)), default=-1)


@given(proofs)
def test_without_two_kinds_of_factor_the_first_level_is_the_end(some: list[Proof]) -> None:
    knows = any("pwd" in proof.amr or "user" in proof.amr for proof in some)
    has = any(proof.factor != "password" for proof in some)
    if not (knows and has):
        assert assess(some)[0] in (None, AAL1)


@given(levels, levels)
def test_a_ledger_caps_what_an_authenticator_is_worth(worth: str, bound: str) -> None:
    assert rank(ceiling(worth, bound)) == min(rank(worth), rank(bound))


@given(levels, levels)
def test_levels_are_ordered(one: str, other: str) -> None:
    assert meets(one, other) == (rank(one) >= rank(other))
    assert strictest([one, other]) == max(one, other, key=rank)


@pytest.mark.parametrize("unknown", ["", "urn:gerege:aal9", "urn:gerege:AAL3", "phr", "0"])
def test_a_level_that_is_not_ours_proves_nothing_and_is_never_met(unknown: str) -> None:
    assert not meets(unknown, AAL1)
    assert not meets(AAL3, unknown)
    assert strictest([unknown]) is None
    assert rank(ceiling(AAL3, unknown)) == -1


def test_nothing_required_is_met_by_nothing() -> None:
    assert meets(None, None)
    assert not meets(None, AAL1)


@pytest.mark.parametrize(
    ("held", "factor", "worth", "verified", "required", "reached"),
    [
        ((PASSWORD,), "totp", AAL2, False, AAL2, True),
        ((PASSWORD,), "totp", AAL2, False, AAL2_PHR, False),
        ((PASSWORD,), "totp", AAL1, False, AAL2, False),
        ((PASSWORD,), "passkey", AAL2_PHR, True, AAL2_PHR, True),
        ((PASSWORD,), "passkey", AAL1, True, AAL2, False),
        ((), "passkey", AAL2_PHR, True, AAL2_PHR, True),
        ((), "totp", AAL2, False, AAL2, False),
        ((CODE,), "password", AAL1, False, AAL2, True),
        ((PASSKEY,), "passkey", AAL2_PHR, True, AAL3, False),
    ],
)
def test_what_one_more_proof_would_reach(
    held: tuple[Proof, ...], factor: FactorName, worth: str, verified: bool, required: str, reached: bool
) -> None:
    assert would_reach(held, factor, worth, verified, required) is reached


def test_only_proofs_after_the_moment_are_fresh() -> None:
    later = Proof("totp", "a", NOON + timedelta(seconds=1), ("otp",), AAL2)
    assert fresh([PASSWORD, later], None) == (PASSWORD, later)
    assert fresh([PASSWORD, later], NOON) == (later,)
    assert fresh([PASSWORD, later], later.at) == ()
