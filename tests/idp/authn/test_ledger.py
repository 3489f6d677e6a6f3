"""The ledger: what vouches for a new authenticator, and that no path after a loss ends above whoever vouched."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authn import ledger
from idp.authn.assurance import assess, ceiling, rank
from idp.authn.factors import FACTORS
from idp.model import AAL1, AAL2, AAL2_PHR, AAL3, ACR_ORDER, Authenticator, FactorName, Proof

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PASSWORD = Proof("password", None, NOON, ("pwd",), AAL1)
ATTESTED: dict[str, object] = {"attested": True, "backup_eligible": False}
SYNCED: dict[str, object] = {"attested": True, "backup_eligible": True}
BOUND: dict[str, object] = {"backup_eligible": False}
FACTOR_NAMES: tuple[FactorName, ...] = tuple(name for name in FACTORS if name != "pass")


def one(factor: FactorName, bound: str, number: int = 0, state: dict[str, object] | None = None) -> Authenticator:
    return Authenticator(f"{factor}-{number}", "sub", factor, "", None, state or {}, bound, (), NOON)


def proof(held: Authenticator) -> Proof:
    return FACTORS[held.factor].proof(held, NOON)


@pytest.mark.parametrize(
    ("name", "held", "vouched"),
    [
        ("a password alone", [], AAL1),
        ("an app bound at the counter vouches for what resists phishing", [one("totp", AAL2_PHR)], AAL2_PHR),
        ("an app that was recovered does not", [one("totp", AAL2)], AAL2),
        ("an app that nothing vouched for", [one("totp", AAL1)], AAL1),
        ("a saved code", [one("recovery", AAL2_PHR)], AAL2),
        ("a saved code beside an app", [one("recovery", AAL2), one("totp", AAL2_PHR)], AAL2_PHR),
        ("a passkey", [one("passkey", AAL2_PHR)], AAL2_PHR),
        ("an app that an AAL3 session bound is AAL2 all the same", [one("totp", AAL3)], AAL2_PHR),
        ("hardware", [one("passkey", AAL3, state=ATTESTED)], AAL3),
        ("hardware that was bound lower", [one("passkey", AAL2_PHR, state=ATTESTED)], AAL2_PHR),
    ],
    ids=str,
)
def test_what_vouches(name: str, held: list[Authenticator], vouched: str) -> None:
    assert ledger.vouches([PASSWORD, *map(proof, held)], held) == vouched, name


def test_possession_alone_vouches_for_nothing() -> None:
    app, code = one("totp", AAL3), one("recovery", AAL3)
    assert ledger.vouches([proof(app), proof(code)], [app, code]) == AAL1
    assert ledger.vouches([FACTORS["pass"].presented(NOON)], []) == AAL1


@pytest.mark.parametrize("code_ceiling", ACR_ORDER)
def test_a_code_caps_whatever_else_was_proved(code_ceiling: str) -> None:
    key = one("passkey", AAL3, state=ATTESTED)
    assert ledger.bound([proof(key)], [key], code_ceiling) == code_ceiling


@pytest.mark.parametrize("unknown", ["", "urn:gerege:aal9", "phr"])
def test_a_ceiling_that_is_no_level_binds_nothing(unknown: str) -> None:
    made = one("passkey", ledger.bound([PASSWORD], [], unknown), state=ATTESTED)
    assert rank(FACTORS["passkey"].worth(made)) == -1


steps = st.lists(
    st.tuples(st.sampled_from(FACTOR_NAMES), st.sets(st.integers(0, 9), max_size=3), st.booleans(), st.booleans()),
    max_size=12,
)


def test_every_factor_walks_the_paths() -> None:
    assert {*FACTOR_NAMES, "pass"} == set(FACTORS)


@given(start=st.sampled_from(["nothing", "pass", "enrolment", "recovery"]), most=st.sampled_from(ACR_ORDER), path=steps)
def test_no_path_from_a_lost_factor_ends_above_who_vouched(
    start: str, most: str, path: list[tuple[FactorName, set[int], bool, bool]]
) -> None:
    """Everything that whoever begins with a password, a pass, a code or a saved code can ever bind, by any signs-in
    after it; a pass may lie beside any of the proofs.
    """
    limit = {"recovery": ceiling(most, AAL2), "nothing": AAL1}.get(start, most)
    first = {"recovery": [one("recovery", most)], "nothing": []}
    held = first.get(start, [one("passkey", most, 0, ATTESTED)])
    for number, (factor, used, password, hardware) in enumerate(path, 1):
        proofs = [proof(held[place % len(held)]) for place in used if held] + ([PASSWORD] if password else [])
        proofs += [FACTORS["pass"].presented(NOON)] if hardware else []
        bound = ledger.bound(proofs, held, None)
        held.append(one(factor, bound, number, ATTESTED if hardware else None))
        assert rank(bound) <= max(rank(limit), rank(AAL1))
    everything = [PASSWORD, *map(proof, held)]
    reached, _ = assess(everything)
    assert rank(reached) <= max(rank(limit), rank(AAL1))


@given(levels=st.lists(st.sampled_from(ACR_ORDER), min_size=1, max_size=4), new=st.sampled_from(ACR_ORDER))
def test_what_is_bound_by_recovery_leaves_the_others_as_they_were(levels: list[str], new: str) -> None:
    held = [one("passkey", level, number, ATTESTED) for number, level in enumerate(levels)]
    before = [FACTORS["passkey"].worth(each) for each in held]
    more = [*held, one("totp", ledger.bound([PASSWORD], held, new), 99)]
    assert [FACTORS["passkey"].worth(each) for each in more[:-1]] == before
    assert rank(assess([proof(each) for each in more])[0]) >= rank(assess([proof(each) for each in held])[0])


NIST = [
    # name, factor, state, ledger, with a password: level, without: level, methods
    ("password", None, {}, AAL1, AAL1, None, {"pwd"}),
    ("one-time password device", "totp", {}, AAL2_PHR, AAL2, AAL1, {"otp"}),
    ("look-up secret", "recovery", {}, AAL2, AAL2, AAL1, {"otp"}),
    ("syncable passkey", "passkey", SYNCED, AAL3, AAL2_PHR, AAL2_PHR, {"swk", "user"}),
    ("passkey of unknown kind", "passkey", {}, AAL3, AAL2_PHR, AAL2_PHR, {"swk", "user"}),
    ("device-bound passkey, unattested", "passkey", BOUND, AAL3, AAL2_PHR, AAL2_PHR, {"hwk", "user"}),
    ("attested hardware key", "passkey", ATTESTED, AAL3, AAL3, AAL3, {"hwk", "user"}),
    ("attested hardware key bound at AAL2", "passkey", ATTESTED, AAL2, AAL2, AAL2, {"hwk", "user"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "factor", "state", "bound", "with_password", "alone", "amr"), NIST, ids=[row[0] for row in NIST]
)
def test_the_table_of_nist(
    name: str,
    factor: FactorName | None,
    state: dict[str, object],
    bound: str,
    with_password: str,
    alone: str | None,
    amr: set[str],
) -> None:
    """NIST SP 800-63B-4 table 4, by authenticator."""
    own = [] if factor is None else [proof(one(factor, bound, state=state))]
    assert assess(own)[0] == alone
    acr, methods = assess([PASSWORD, *own])
    assert (acr, set(methods)) == (with_password, amr | {"pwd"} | ({"mfa"} if own else set()))
