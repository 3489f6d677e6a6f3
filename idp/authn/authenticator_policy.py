"""Which passkeys open an application: any, one whose key stays in one device, or a model that its maker proved.

A passkey that does not satisfy is worth no more than a password there, and everything elsewhere. One whose model was
recalled is worth that everywhere. Nothing but a passkey can satisfy a stricter kind than `any`, so that a weaker
factor is no way round it. Spec: WebAuthn Level 3 §6.1.3 (backup eligibility), §6.5.4 (attestation); NIST SP 800-63B-4
§3.1.7, Appendix B (synced keys). Does not verify chains (`idp.authn.factors.passkey`) nor say which models are good.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from idp.model import AAL1, AAL2_PHR, Authenticator, AuthenticatorKind, Proof

KINDS: tuple[AuthenticatorKind, ...] = get_args(AuthenticatorKind)
"""The least strict first."""
Lack = Literal["synced", "unattested", "other-model", "recalled"]
"""Why a passkey does not do."""
BROKEN = frozenset(
    {
        "REVOKED",
        "USER_VERIFICATION_BYPASS",
        "ATTESTATION_KEY_COMPROMISE",
        "USER_KEY_REMOTE_COMPROMISE",
        "USER_KEY_PHYSICAL_COMPROMISE",
    }
)
"""Status reports after which a model is not trusted any more. Spec: FIDO Metadata Service 3.1 §3.1.4."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of a passkey here and now. `models`: with `attested`, only these AAGUIDs; empty is all that are
    attested. `recalled`: AAGUIDs that are not trusted any more."""

    kind: AuthenticatorKind = "any"
    models: frozenset[str] = frozenset()
    recalled: frozenset[str] = frozenset()

    @property
    def acr(self) -> str | None:
        """The level below which nothing satisfies: a stricter kind is always a passkey."""
        return None if self.kind == "any" else AAL2_PHR

    def lack(self, one: Authenticator) -> Lack | None:
        """Why this passkey does not do here; None when it does. Other factors lack nothing of this."""
        if one.factor != "passkey":
            return None
        if one.aaguid is not None and one.aaguid in self.recalled:
            return "recalled"
        if self.kind == "any":
            return None
        if one.state.get("backup_eligible") is not False:
            return "synced"
        if self.kind == "attested" and one.state.get("attested") is not True:
            return "unattested"
        if self.kind == "attested" and self.models and one.aaguid not in self.models:
            return "other-model"
        return None

    def usable(self, held: Iterable[Authenticator]) -> tuple[Authenticator, ...]:
        """Those that are a way here."""
        return tuple(one for one in held if self.lack(one) is None)

    def weigh(self, proofs: Sequence[Proof], held: Collection[Authenticator]) -> tuple[Proof, ...]:
        """The proofs as they count here. A passkey that was removed since can satisfy no stricter kind."""
        known = {one.id: one for one in held}
        return tuple(self._weigh(proof, known.get(proof.authenticator_id or "")) for proof in proofs)

    def _weigh(self, proof: Proof, one: Authenticator | None) -> Proof:
        if proof.factor != "passkey":
            return proof
        lacks = self.kind != "any" if one is None else self.lack(one) is not None
        return replace(proof, acr=AAL1) if lacks else proof


ANY = Wanted()


def strictest(kinds: Iterable[AuthenticatorKind]) -> AuthenticatorKind:
    """Of all that ask for something, who asks for most."""
    return max(kinds, key=KINDS.index, default="any")


def is_broken(statuses: Iterable[str]) -> bool:
    """Whether a model of these status reports is not trusted any more."""
    return not BROKEN.isdisjoint(statuses)
