"""FACTORS: one line for each kind of proof beside the password, the strongest first.

A factor says what it is worth and verifies responses; it keeps nothing and knows no store. What is spent by a proof
(a step, a counter) is returned, and the flow spends it in one conditional UPDATE.
"""

from idp.authn.factors import passkey, totp
from idp.authn.factors.kind import Factor
from idp.model import AAL2, AAL2_PHR, FactorName

FACTORS: dict[FactorName, Factor] = {
    "passkey": Factor("passkey", amr=("hwk", "user"), best=AAL2_PHR, verifies_user=True),
    "totp": Factor("totp", amr=("otp",), best=AAL2, verifies_user=False),
}

__all__ = ["FACTORS", "Factor", "passkey", "totp"]
