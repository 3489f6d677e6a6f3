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

FactorName = Literal["password", "totp", "passkey", "recovery", "pass", "certificate", "device"]
"""`recovery`: one of a set of saved codes. `pass`: a temporary access pass of the help desk, which opens enrolment and
nothing else. `certificate`: a smart card behind a configured proxy; it is mapped to a person, nothing is enrolled.
`device`: a browser at which a second factor was proved lately, and that its person chose to trust."""
AuthenticatorKind = Literal["any", "device-bound", "attested"]
"""Which passkeys are wanted, the least first: any; one whose key stays in one device; a model proved by its maker."""
FAILURES_CEILING = 100
"""Consecutive failures after which an authenticator is over until it is bound anew. Spec: NIST SP 800-63B-4 §3.2.2."""


@dataclass(frozen=True, slots=True)
class Authenticator:
    """One enrolled instance of a factor.

    secret: the TOTP seed or Argon2id hash; sealed at rest. state: what verification must remember, sealed too (a
    passkey's last_step, counter, backup flags, credential id, public key, attestation; a hardware token's serial,
    algorithm, digits, period; a password's regime and age; `made_in`, country and city where it was made). bound_*:
    the assurance ledger, by which proofs it was bound; its worth can never exceed `bound_acr`. aaguid: the model of a
    passkey, open, so that holders of one that is recalled are found. failures: consecutive ones; at FAILURES_CEILING
    it is disabled.
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
    aaguid: str | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Proof:
    """A verified response. `acr` is what it is worth by itself after the ledger's ceiling."""

    factor: FactorName
    authenticator_id: str | None
    at: datetime
    amr: tuple[str, ...]
    acr: str


CodeKind = Literal["enrolment", "pass"]


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """A one-time code of the help desk or the department. `enrolment` vouches for a first factor beside a first proof;
    `pass` is a temporary access pass: it stands for what was lost, and opens enrolment alone.

    ceiling: the most that a factor bound with it is worth (the ledger of whoever made it). waits: made by one person,
    not yet approved by a second one; nothing opens with it.
    """

    id: str
    subject_id: str
    code_hash: str
    created_by: str
    expires_at: datetime
    spent_at: datetime | None = None
    kind: CodeKind = "enrolment"
    ceiling: str = AAL2_PHR
    waits: bool = False
    approved_by: str | None = None


@dataclass(frozen=True, slots=True)
class AuthenticatorModel:
    """A model of authenticators as FIDO metadata tells of it. Spec: FIDO Metadata Statement 3, Metadata Service 3.1.

    statuses: of its latest reports, such as `FIDO_CERTIFIED_L1`, `REVOKED`. hardware: its keys cannot leave it.
    roots: attestation trust anchors, DER. recalled_at: since when it is not trusted any more, by report or by us.
    """

    aaguid: str
    name: str
    statuses: tuple[str, ...]
    hardware: bool
    roots: tuple[bytes, ...]
    read_at: datetime
    recalled_at: datetime | None = None
    serial: int = 0
    """Number of the metadata that told it last; it never goes back."""
