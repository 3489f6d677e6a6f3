"""Everything that can go wrong, raised where it is known and turned into an answer at the edge.

IdpError                 status, public code, detail for the log only
├── ShownError           our own page, never a redirect: unknown client, unregistered redirect_uri
├── OAuthError           one subclass for each registered code
│   ├── (authorization)  InvalidRequest UnauthorizedClient AccessDenied UnsupportedResponseType InvalidScope
│   │                    LoginRequired ConsentRequired InteractionRequired AccountSelectionRequired
│   │                    RequestNotSupported RequestUriNotSupported RegistrationNotSupported InvalidRequestUri
│   │                    InvalidRequestObject InvalidAuthorizationDetails UnmetAuthenticationRequirements
│   │                    InvalidTarget ServerError TemporarilyUnavailable
│   ├── (token)          InvalidClient InvalidGrant UnsupportedGrantType UnsupportedTokenType
│   │                    InvalidDpopProof UseDpopNonce
│   │                    AuthorizationPending SlowDown ExpiredToken InvalidBindingMessage
│   ├── (registration)   InvalidRedirectUri InvalidClientMetadata
│   └── (resource)       InvalidToken MissingToken InsufficientScope InsufficientUserAuthentication
├── ProofRejected        one public sentence for every reason; the reason is for the log
│   └── Ambiguous        a directory knows more than one person by that name
├── Refused              policy said no; carries the reference that explains it
├── Throttled            carries retry_after
├── Expired              an interaction or a form that is no longer there
├── Forged               a form that this browser was not given
├── Conflict             somebody else changed it first
├── NotAllowed           an administrator lacks a permission
├── NotFound             there is no such thing, or it is not this reader's to see: both read the same
├── Invalid              a person or an administrator typed something that cannot be; says what and how to mend it
├── Undeliverable        a letter that never will be: for the outbox alone
└── Unavailable          a port failed: directory, store, audit → 503, never a pass
"""

from idp.errors.oauth import (
    AccessDenied,
    AccountSelectionRequired,
    AuthorizationPending,
    ConsentRequired,
    ExpiredToken,
    InsufficientScope,
    InsufficientUserAuthentication,
    InteractionRequired,
    InvalidAuthorizationDetails,
    InvalidBindingMessage,
    InvalidClient,
    InvalidClientMetadata,
    InvalidDpopProof,
    InvalidGrant,
    InvalidRedirectUri,
    InvalidRequest,
    InvalidRequestObject,
    InvalidRequestUri,
    InvalidScope,
    InvalidTarget,
    InvalidToken,
    LoginRequired,
    MissingToken,
    OAuthError,
    RegistrationNotSupported,
    RequestNotSupported,
    RequestUriNotSupported,
    ServerError,
    SlowDown,
    TemporarilyUnavailable,
    UnauthorizedClient,
    UnmetAuthenticationRequirements,
    UnsupportedGrantType,
    UnsupportedResponseType,
    UnsupportedTokenType,
    UseDpopNonce,
)
from idp.errors.ours import (
    Ambiguous,
    Conflict,
    Expired,
    Forged,
    Invalid,
    NotAllowed,
    NotFound,
    ProofRejected,
    Refused,
    ShownError,
    Throttled,
    Unavailable,
    Undeliverable,
)
from idp.errors.root import IdpError

__all__ = [
    "AccessDenied",
    "AccountSelectionRequired",
    "Ambiguous",
    "AuthorizationPending",
    "Conflict",
    "ConsentRequired",
    "Expired",
    "ExpiredToken",
    "Forged",
    "IdpError",
    "InsufficientScope",
    "InsufficientUserAuthentication",
    "InteractionRequired",
    "Invalid",
    "InvalidAuthorizationDetails",
    "InvalidBindingMessage",
    "InvalidClient",
    "InvalidClientMetadata",
    "InvalidDpopProof",
    "InvalidGrant",
    "InvalidRedirectUri",
    "InvalidRequest",
    "InvalidRequestObject",
    "InvalidRequestUri",
    "InvalidScope",
    "InvalidTarget",
    "InvalidToken",
    "LoginRequired",
    "MissingToken",
    "NotAllowed",
    "NotFound",
    "OAuthError",
    "ProofRejected",
    "Refused",
    "RegistrationNotSupported",
    "RequestNotSupported",
    "RequestUriNotSupported",
    "ServerError",
    "ShownError",
    "SlowDown",
    "TemporarilyUnavailable",
    "Throttled",
    "UnauthorizedClient",
    "Unavailable",
    "Undeliverable",
    "UnmetAuthenticationRequirements",
    "UnsupportedGrantType",
    "UnsupportedResponseType",
    "UnsupportedTokenType",
    "UseDpopNonce",
]
