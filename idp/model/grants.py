"""What people give applications, and the tokens that follow from it."""

from dataclasses import dataclass, field
from datetime import datetime

Detail = dict[str, object]
"""One authorization detail: `type` and what its schema says. Spec: RFC 9396 §2."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person gave an application, in one post, from one session. The root of its tokens."""

    id: str
    subject_id: str
    client_id: str
    post_id: str
    sid: str
    scopes: tuple[str, ...]
    """Asked and consented; each token narrows it again by policy."""
    audience: str | None
    acr: str
    amr: tuple[str, ...]
    authenticated_at: datetime
    created_at: datetime
    nonce: str | None = None
    device_hash: str | None = None
    revoked_at: datetime | None = None
    consented: bool = False
    details: tuple[Detail, ...] = ()
    """Authorization details, consented. Spec: RFC 9396."""
    claims: dict[str, object] = field(default_factory=dict)
    """The `claims` parameter: `userinfo` and `id_token`, each claim → null or what is asked of it. OIDC Core §5.5."""
    delegation_id: str | None = None
    """The delegation under which `subject_id` acts for somebody else; tokens show both. Spec: RFC 8693 §4.1."""


@dataclass(frozen=True, slots=True)
class Code:
    """What an authorization code stands for until it is taken, once. Spec: RFC 6749 §4.1.2."""

    grant_id: str
    client_id: str
    redirect_uri: str
    code_challenge: str | None
    scopes: tuple[str, ...]
    audience: str | None
    nonce: str | None
    issued_at: datetime
    dpop_jkt: str | None = None
    """The only key whose proof may take it. Spec: RFC 9449 §10."""


@dataclass(frozen=True, slots=True)
class RefreshFamily:
    """All refresh tokens of one grant. One row, moved by one conditional UPDATE. Spec: RFC 9700 §4.14.

    current_hash: the token that is good now. generation counts rotations (public clients only).
    """

    id: str
    grant_id: str
    client_id: str
    current_hash: str
    generation: int
    created_at: datetime
    expires_at: datetime
    idle_expires_at: datetime
    revoked_at: datetime | None = None
    bound_jkt: str | None = None
    """A public client's DPoP key: only its holder may refresh. Spec: RFC 9449 §5."""
