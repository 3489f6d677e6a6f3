"""A sign-in under way, the session that comes of it, and what is remembered of both."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from idp.model.assurance import FactorName, Proof
from idp.model.grants import Detail


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A lawful question, after all checks. Spec: RFC 6749 §4.1.1, OIDC Core §3.1.2.1."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    response_mode: str = "query"
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    """Seconds."""
    acr_values: tuple[str, ...] = ()
    login_hint: str | None = None
    id_token_hint_sub: str | None = None
    ui_locales: tuple[str, ...] = ()
    audience: str | None = None
    """The one resource the access token is for; None is userinfo only."""
    details: tuple[Detail, ...] = ()
    claims: dict[str, object] = field(default_factory=dict)
    essential_acr: tuple[str, ...] = ()
    """One of these, or the request fails. Spec: OIDC Core §5.5.1.1."""
    dpop_jkt: str | None = None
    display: str | None = None
    pushed_hash: str | None = None
    """Hash of the request_uri that it came by; spent when the sign-in completes. Spec: RFC 9126 §4."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """One sign-in under way. Its id stands in the URL (the store keeps the hash); the cookie binds it to a browser.

    session_sid: the session that it began with; another subject gets a new one.
    stage: small step state that only the server may know (webauthn challenge, the sealed seed being enrolled …).
    """

    id_hash: str
    version: int
    binding_hash: str
    request: AuthorizationRequest
    language: str
    created_at: datetime
    network: str
    session_sid: str | None = None
    identifier: str | None = None
    department_id: str | None = None
    subject_id: str | None = None
    proofs: tuple[Proof, ...] = ()
    fresh_after: datetime | None = None
    """Proofs must be newer than this (prompt=login, max_age)."""
    degraded: bool = False
    consented: bool = False
    way: FactorName | None = None
    """The factor the person chose to try."""
    enrolling: bool = False
    vouched_code: str | None = None
    """Id of the one-time code (enrolment code or pass) that was spent in this interaction."""
    vouched_acr: str | None = None
    """Its ceiling: what it binds is worth no more."""
    stage: dict[str, str] = field(default_factory=dict)
    error: str | None = None
    """Message id of what went wrong at the last POST, shown once by the next page."""
    reference: str | None = None
    """Reference code of the decision that asked for more or refused."""


@dataclass(frozen=True, slots=True)
class Session:
    """A person signed in at one browser. The cookie holds a random id; only its hash is stored."""

    id_hash: str
    sid: str
    subject_id: str
    post_id: str
    created_at: datetime
    authenticated_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    idle_limit: timedelta
    proofs: tuple[Proof, ...]
    acr: str
    amr: tuple[str, ...]
    device_hash: str | None
    network: str
    country: str | None
    asn: int | None
    browser: str | None = None
    system: str | None = None
    degraded: bool = False
    ended_at: datetime | None = None
    zones: tuple[str, ...] = ()
    """Configured network zones of the last contact by browser, sorted; what is refreshed later is judged by them."""
    band: Literal["low", "elevated", "high"] = "low"
    """How unusual the sign-in was that it rests on; tokens of an unusual one live shorter."""
    city: str | None = None
    """About; only where the operator imported a city file."""
    operator: str | None = None
    """Number and name of who runs the network of the sign-in, such as `AS15169 GOOGLE`, where that is known."""
    shared: bool = False
    """At a service counter: no device is trusted or remembered, and it ends soon when nobody uses it."""


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that has completed a sign-in of this person. Known by the hash of a random cookie value.

    trusted_at, trusted_until, trusted_acr: the person chose not to be asked here for the second factor, which had
    proved that much. public_key: JWK of a key that this browser keeps and cannot give away; then the cookie alone is
    not believed.
    """

    device_hash: str
    subject_id: str
    first_seen_at: datetime
    last_seen_at: datetime
    trusted_at: datetime | None = None
    trusted_until: datetime | None = None
    trusted_acr: str | None = None
    public_key: dict[str, str] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class SignIn:
    """One row of a person's history; networks and devices are digests. Confirmed ones feed the risk score."""

    id: str
    subject_id: str
    at: datetime
    outcome: Literal["succeeded", "failed", "refused"]
    client_id: str | None
    network: str
    country: str | None
    asn: int | None
    browser: str | None
    system: str | None
    device_hash: str | None
    reason: str | None = None
    confirmed: bool = False
    answered: Literal["mine", "not-mine"] | None = None
    """What the person said to *Was this you?*"""
    factors: tuple[str, ...] = ()
    city: str | None = None
    sid: str | None = None
    operator: str | None = None
