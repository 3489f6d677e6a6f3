"""NIST's table by combinations: every set of proofs that a sign-in can hold, and the level that it is.

The oracle is written anew from NIST SP 800-63B-4 §2 and `acr` by `idp.model.ACR_ORDER`; it shares no code with
`idp.authn.assurance`.
"""

from datetime import UTC, datetime
from itertools import combinations

import pytest

from idp.authn.assurance import assess
from idp.authn.factors import FACTORS
from idp.model import AAL1, AAL2, AAL2_PHR, AAL3, Authenticator, FactorName, Proof

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def held(factor: FactorName, number: int, **state: object) -> Proof:
    """The proof of one that is bound as high as can be: only what it is limits it."""
    mine = Authenticator(f"{factor}-{number}", "sub", factor, "", None, state, AAL3, (), NOON)
    return FACTORS[factor].proof(mine, NOON)


PROOFS = {
    "password": Proof("password", None, NOON, ("pwd",), AAL1),
    "app": held("totp", 1),
    "saved-code": held("recovery", 2),
    "synced-passkey": held("passkey", 3, attested=True, backup_eligible=True),
    "device-passkey": held("passkey", 4, backup_eligible=False),
    "hardware-key": held("passkey", 5, attested=True, backup_eligible=False),
    "smart-card": FACTORS["certificate"].presented(NOON),
    "pass": FACTORS["pass"].presented(NOON),
}
LONE = {"app", "saved-code"}
"""Something one has and nothing more."""
TWO_IN_ONE = {"synced-passkey": AAL2_PHR, "device-passkey": AAL2_PHR, "hardware-key": AAL3, "smart-card": AAL3}
"""Multi-factor cryptographic authenticators: what one has, opened by what one knows or is. AAL3 only for those whose
key provably never leaves hardware."""
METHODS = {
    "password": {"pwd"},
    "app": {"otp"},
    "saved-code": {"otp"},
    "synced-passkey": {"swk", "user"},
    "device-passkey": {"hwk", "user"},
    "hardware-key": {"hwk", "user"},
    "smart-card": {"sc", "user"},
    "pass": set[str](),
}
SETS = [chosen for size in range(len(PROOFS) + 1) for chosen in combinations(PROOFS, size)]

ROWS: list[tuple[str, str | None, str]] = [
    # proofs, acr, amr
    ("", None, ""),
    ("pass", None, ""),
    ("password", AAL1, "pwd"),
    ("password pass", AAL1, "pwd"),
    ("app", AAL1, "otp"),
    ("app saved-code", AAL1, "otp"),
    ("app pass", AAL1, "otp"),
    ("password app", AAL2, "mfa otp pwd"),
    ("password saved-code", AAL2, "mfa otp pwd"),
    ("password app saved-code", AAL2, "mfa otp pwd"),
    ("synced-passkey", AAL2_PHR, "mfa swk user"),
    ("device-passkey", AAL2_PHR, "hwk mfa user"),
    ("hardware-key", AAL3, "hwk mfa user"),
    ("smart-card", AAL3, "mfa sc user"),
    ("password synced-passkey", AAL2_PHR, "mfa pwd swk user"),
    ("password smart-card", AAL3, "mfa pwd sc user"),
    ("app synced-passkey", AAL2_PHR, "mfa otp swk user"),
    ("synced-passkey hardware-key", AAL3, "hwk mfa swk user"),
    ("synced-passkey pass", AAL2_PHR, "mfa swk user"),
]


@pytest.mark.parametrize(("proofs", "acr", "amr"), ROWS, ids=[row[0].replace(" ", "+") or "nothing" for row in ROWS])
def test_the_table(proofs: str, acr: str | None, amr: str) -> None:
    assert assess([PROOFS[name] for name in proofs.split()]) == (acr, tuple(amr.split()))


def expected(chosen: tuple[str, ...]) -> tuple[str | None, set[str]]:
    """As the standard puts it, in words and in the order of its sections."""
    counted = set(chosen) - {"pass"}
    methods = set[str]().union(*(METHODS[name] for name in counted))
    if not counted:
        return None, set()
    best = {TWO_IN_ONE[name] for name in counted if name in TWO_IN_ONE}
    for level in (AAL3, AAL2_PHR):
        if level in best:
            return level, methods | {"mfa"}
    if "password" in counted and counted & LONE:
        return AAL2, methods | {"mfa"}
    return AAL1, methods


def test_every_combination_is_the_level_of_the_standard() -> None:
    assert {proof.factor for proof in PROOFS.values()} == {"password", *FACTORS}, "a new factor has no row"
    for chosen in SETS:
        acr, amr = assess([PROOFS[name] for name in chosen])
        assert (acr, set(amr)) == expected(chosen), chosen


def test_the_order_of_proofs_says_nothing() -> None:
    for chosen in SETS:
        assert assess([PROOFS[name] for name in reversed(chosen)]) == assess([PROOFS[name] for name in chosen])


def test_what_a_mail_brought_is_no_factor() -> None:
    """A code by mail recovers and tells; NIST SP 800-63B-4 §3.1.3.1 knows no factor of that kind, nor do we."""
    assert not {"mail", "email", "sms"} & set(FACTORS)
