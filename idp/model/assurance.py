"""Assurance levels, authenticators and the proofs they give. Spec: NIST SP 800-63B-4, RFC 8176."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from idp.secret import Secret

AAL1 = "urn:gerege:aal1"
AAL2 = "urn:gerege:aal2"
AAL2_PHR = "urn:gerege:aal2-phr"
AAL3 = "urn:gerege:aal3"
ACR_ORDER = (AAL1, AAL2, AAL2_PHR, AAL3)
"""Assurance levels, weakest first (NIST SP 800-63B-4; `phr` is phishing-resistant)."""

FactorName = Literal["password", "totp", "passkey"]


@dataclass(frozen=True, slots=True)
class Authenticator:
    """One enrolled instance of a factor.

    secret: the TOTP seed or Argon2id hash; sealed at rest. state: what verification must remember (last_step,
    counter, backup flags, credential id, public key, aaguid). bound_*: the assurance ledger, by which proofs it
    was bound; its worth can never exceed `bound_acr`.
    """

    id: str
    subject_id: str
    factor: FactorName
    label: str
    secret: Secret[bytes] | None
    state: dict[str, object]
    bound_acr: str
    bound_by: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None = None
    disabled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """A verified response. `acr` is what it is worth by itself after the ledger's ceiling."""

    factor: FactorName
    authenticator_id: str | None
    at: datetime
    amr: tuple[str, ...]
    acr: str


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """A one-time code, given by the help desk or printed by the demonstration, that vouches for a first factor."""

    id: str
    subject_id: str
    code_hash: str
    created_by: str
    expires_at: datetime
    spent_at: datetime | None = None
