"""What a sign-in still needs, as a table."""

from datetime import UTC, datetime

import pytest

from idp.authn.next_step import (
    AskConsent,
    ChooseDepartment,
    Complete,
    Deny,
    Enrol,
    Identify,
    Known,
    Prove,
    ProvePassword,
    Step,
    next_step,
)
from idp.model import AAL1, AAL2, AAL2_PHR, AAL3, Authenticator, FactorName, Proof

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PASSWORD = Proof("password", None, NOON, ("pwd",), AAL1)
CODE = Proof("totp", "t", NOON, ("otp",), AAL2)
PASSKEY = Proof("passkey", "p", NOON, ("hwk", "user"), AAL2_PHR)


def held(factor: FactorName, bound: str, *, disabled: bool = False) -> Authenticator:
    return Authenticator(factor, "sub", factor, "", None, {}, bound, (), NOON, disabled_at=NOON if disabled else None)


APP, KEY = held("totp", AAL2), held("passkey", AAL2_PHR)


def known(*proofs: Proof, **more: object) -> Known:
    return Known("alice", "mof", proofs, **({"allowed": True} | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        (Known(None, None, ()), Identify()),
        (Known(None, "mof", ()), Identify()),
        (Known("alice", None, ()), ChooseDepartment()),
        (Known("alice", "mof", ()), ProvePassword()),
        # A code that outlived the password is no beginning.
        (known(CODE, required_acr=AAL2, authenticators=(APP,)), ProvePassword()),
        # Deny unless told otherwise.
        (known(PASSWORD, allowed=None), Deny()),
        (known(PASSWORD, allowed=False), Deny()),
        (known(PASSWORD, allowed=False, consent_missing=True), Deny()),
        (known(PASSWORD), Complete()),
        (known(PASSWORD, consent_missing=True), AskConsent()),
        # What is enrolled and reaches it, the strongest first.
        (known(PASSWORD, required_acr=AAL2, authenticators=(APP,)), Prove(("totp",))),
        (known(PASSWORD, required_acr=AAL2, authenticators=(APP, KEY)), Prove(("passkey", "totp"))),
        (known(PASSWORD, required_acr=AAL2_PHR, authenticators=(APP, KEY)), Prove(("passkey",))),
        (known(PASSWORD, CODE, required_acr=AAL2_PHR, authenticators=(APP, KEY)), Prove(("passkey",))),
        (known(PASSWORD, CODE, required_acr=AAL2, authenticators=(APP,)), Complete()),
        (known(PASSKEY, required_acr=AAL2_PHR), Complete()),
        (known(PASSWORD, required_acr=AAL2, consent_missing=True, authenticators=(APP,)), Prove(("totp",))),
        # Nothing enrolled that reaches it: a new one, vouched for by a code below two factors.
        (known(PASSWORD, required_acr=AAL2), Enrol(("passkey", "totp"), vouching=True)),
        (known(PASSWORD, required_acr=AAL2, vouched=AAL2), Enrol(("passkey", "totp"), vouching=False)),
        (known(PASSWORD, required_acr=AAL2_PHR, authenticators=(APP,)), Enrol(("passkey",), vouching=True)),
        (
            known(PASSWORD, CODE, required_acr=AAL2_PHR, authenticators=(APP,), vouched=AAL2_PHR),
            Enrol(("passkey",), vouching=False),
        ),
        # Whatever vouched for the app does not reach that far: a code must.
        (
            known(PASSWORD, CODE, required_acr=AAL2_PHR, authenticators=(APP,), vouched=AAL2),
            Enrol(("passkey",), vouching=True),
        ),
        # An app that nothing vouched for does not count; a disabled one is none.
        (
            known(PASSWORD, required_acr=AAL2, authenticators=(held("totp", AAL1),)),
            Enrol(("passkey", "totp"), vouching=True),
        ),
        (
            known(PASSWORD, required_acr=AAL2, authenticators=(held("totp", AAL2, disabled=True),)),
            Enrol(("passkey", "totp"), vouching=True),
        ),
        # A level that no factor here reaches, or that nobody knows, is a no.
        (known(PASSKEY, required_acr=AAL3, authenticators=(KEY,)), Deny()),
        (known(PASSKEY, required_acr="urn:gerege:aal9", authenticators=(KEY,)), Deny()),
    ],
)
def test_next_step(facts: Known, step: Step) -> None:
    assert next_step(facts) == step
