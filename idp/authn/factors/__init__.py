"""FACTORS: one line for each kind of proof beside the password, the strongest first.

A factor says what it is worth and verifies responses; it keeps nothing and knows no store. What is spent by a proof
(a step, a counter, a code) is returned, and the flow spends it in one conditional UPDATE.
"""

from idp.authn.factors import access_pass, certificate, passkey, recovery, totp
from idp.authn.factors.kind import NOTHING, Factor
from idp.model import AAL2, AAL3, FactorName

FACTORS: dict[FactorName, Factor] = {
    "passkey": Factor("passkey", ("hwk", "user"), best=AAL3, verifies_user=True, enrols=True, of=passkey.strength),
    "certificate": Factor("certificate", ("sc", "user"), best=AAL3, verifies_user=True),
    "totp": Factor("totp", ("otp",), best=AAL2, verifies_user=False, enrols=True),
    "recovery": Factor("recovery", ("otp",), best=AAL2, verifies_user=False),
    "pass": Factor("pass", ("otp",), best=NOTHING, verifies_user=False),
}

__all__ = ["FACTORS", "NOTHING", "Factor", "access_pass", "certificate", "passkey", "recovery", "totp"]
