"""Which passkeys open what: a table, and what nothing gets round."""

from datetime import UTC, datetime
from itertools import product

import pytest

from idp.authn.authenticator_policy import BROKEN, KINDS, Lack, Wanted, is_broken, strictest
from idp.model import AAL1, AAL2_PHR, AAL3, Authenticator, AuthenticatorKind, FactorName, Proof

AT = datetime(2026, 11, 23, tzinfo=UTC)
MODEL, OTHER = "2fc0579f-8113-47ea-b116-bb5a8db9202a", "c1f9a0bc-1dd2-404a-b27f-8e29047a43fd"


def held(
    *, synced: object = False, attested: object = False, model: str | None = MODEL, factor: FactorName = "passkey"
) -> Authenticator:
    state = {"backup_eligible": synced, "attested": attested}
    return Authenticator("f", "s", factor, "", None, state, AAL3, (), AT, aaguid=model)


@pytest.mark.parametrize(
    ("one", "kind", "models", "lack"),
    [
        (held(synced=True), "any", (), None),
        (held(synced=True), "device-bound", (), "synced"),
        (held(synced=True, attested=True), "attested", (), "synced"),
        (held(), "device-bound", (), None),
        (held(), "attested", (), "unattested"),
        (held(attested="yes"), "attested", (), "unattested"),
        (held(attested=True), "attested", (), None),
        (held(attested=True), "attested", (MODEL,), None),
        (held(attested=True), "attested", (OTHER,), "other-model"),
        (held(attested=True, model=None), "attested", (OTHER,), "other-model"),
        (held(attested=True), "device-bound", (OTHER,), None),
        (held(synced=None), "device-bound", (), "synced"),
        (held(factor="totp"), "attested", (), None),
    ],
)
def test_the_table(one: Authenticator, kind: AuthenticatorKind, models: tuple[str, ...], lack: Lack | None) -> None:
    assert Wanted(kind, frozenset(models)).lack(one) == lack


@pytest.mark.parametrize("kind", KINDS)
def test_a_recalled_model_opens_nothing(kind: AuthenticatorKind) -> None:
    wanted = Wanted(kind, recalled=frozenset({MODEL}))
    assert wanted.lack(held(attested=True)) == "recalled"
    proof = Proof("passkey", "f", AT, ("hwk", "user"), AAL3)
    assert [one.acr for one in wanted.weigh([proof], [held(attested=True)])] == [AAL1]


@pytest.mark.parametrize(("synced", "attested", "kind"), list(product((True, False), (True, False), KINDS)))
def test_a_stricter_kind_never_accepts_more(synced: bool, attested: bool, kind: AuthenticatorKind) -> None:
    one = held(synced=synced, attested=attested)
    for weaker in KINDS[: KINDS.index(kind)]:
        assert Wanted(kind).lack(one) is not None or Wanted(weaker).lack(one) is None


def test_what_does_not_do_counts_as_a_password_and_everything_else_stays() -> None:
    passkey = Proof("passkey", "f", AT, ("swk", "user"), AAL2_PHR)
    code = Proof("totp", "t", AT, ("otp",), "urn:gerege:aal2")
    one = held(synced=True)
    assert [proof.acr for proof in Wanted("device-bound").weigh([passkey, code], [one])] == [AAL1, code.acr]
    assert Wanted("any").weigh([passkey, code], [one]) == (passkey, code)
    assert Wanted("device-bound").usable([one, held()]) == (held(),)


def test_a_passkey_that_was_removed_since_satisfies_no_stricter_kind() -> None:
    proof = Proof("passkey", "gone", AT, ("hwk", "user"), AAL3)
    assert [one.acr for one in Wanted("device-bound").weigh([proof], [])] == [AAL1]
    assert [one.acr for one in Wanted("any").weigh([proof], [])] == [AAL3]


def test_no_weaker_factor_is_a_way_round_a_stricter_kind() -> None:
    assert [Wanted(kind).acr for kind in KINDS] == [None, AAL2_PHR, AAL2_PHR]


def test_who_asks_for_most_wins() -> None:
    assert strictest([]) == "any"
    assert strictest(["device-bound", "any"]) == "device-bound"
    assert strictest(["device-bound", "attested", "any"]) == "attested"


@pytest.mark.parametrize("status", sorted(BROKEN))
def test_broken_models(status: str) -> None:
    assert is_broken(["FIDO_CERTIFIED_L1", status])
    assert not is_broken(["FIDO_CERTIFIED_L1", "UPDATE_AVAILABLE"])
