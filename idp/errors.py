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
└── Unavailable          a port failed: directory, store, audit → 503, never a pass
"""

from datetime import timedelta


class IdpError(Exception):
    """The root. `detail` goes to the log and to nobody else."""

    status = 500
    code = "server_error"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class ShownError(IdpError):
    """Answered by our own page with 400: redirecting would be an open redirector. Spec: RFC 6749 §4.1.2.1."""

    status = 400
    code = "invalid_request"

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(detail or message)
        self.message = message


class OAuthError(IdpError):
    """An error with a registered code. `description` is public: ASCII, no secrets. Spec: RFC 6749 §5.2."""

    status = 400

    def __init__(self, description: str = "", detail: str = "") -> None:
        super().__init__(detail or description)
        self.description = description


class InvalidRequest(OAuthError):
    """Spec: RFC 6749 §4.1.2.1, §5.2."""

    code = "invalid_request"


class UnauthorizedClient(OAuthError):
    """Spec: RFC 6749 §4.1.2.1, §5.2."""

    code = "unauthorized_client"


class AccessDenied(OAuthError):
    """Spec: RFC 6749 §4.1.2.1."""

    code = "access_denied"


class UnsupportedResponseType(OAuthError):
    """Spec: RFC 6749 §4.1.2.1."""

    code = "unsupported_response_type"


class InvalidScope(OAuthError):
    """Spec: RFC 6749 §4.1.2.1, §5.2."""

    code = "invalid_scope"


class InvalidTarget(OAuthError):
    """Spec: RFC 8707 §2."""

    code = "invalid_target"


class ServerError(OAuthError):
    """Spec: RFC 6749 §4.1.2.1."""

    status = 500
    code = "server_error"


class TemporarilyUnavailable(OAuthError):
    """Spec: RFC 6749 §4.1.2.1."""

    status = 503
    code = "temporarily_unavailable"


class LoginRequired(OAuthError):
    """Spec: OIDC Core §3.1.2.6."""

    code = "login_required"


class ConsentRequired(OAuthError):
    """Spec: OIDC Core §3.1.2.6."""

    code = "consent_required"


class InteractionRequired(OAuthError):
    """Spec: OIDC Core §3.1.2.6."""

    code = "interaction_required"


class AccountSelectionRequired(OAuthError):
    """Spec: OIDC Core §3.1.2.6."""

    code = "account_selection_required"


class RequestNotSupported(OAuthError):
    """Spec: OIDC Core §3.1.2.6."""

    code = "request_not_supported"


class RequestUriNotSupported(OAuthError):
    """Spec: OIDC Core §3.1.2.6."""

    code = "request_uri_not_supported"


class InvalidRequestUri(OAuthError):
    """Spec: OIDC Core §3.1.2.6, RFC 9101 §7."""

    code = "invalid_request_uri"


class InvalidRequestObject(OAuthError):
    """Spec: OIDC Core §3.1.2.6, RFC 9101 §7."""

    code = "invalid_request_object"


class InvalidAuthorizationDetails(OAuthError):
    """Spec: RFC 9396 §5."""

    code = "invalid_authorization_details"


class RegistrationNotSupported(OAuthError):
    """Spec: OIDC Core §3.1.2.6."""

    code = "registration_not_supported"


class UnmetAuthenticationRequirements(OAuthError):
    """Spec: OpenID Connect Core Error Code unmet_authentication_requirements §2."""

    code = "unmet_authentication_requirements"


class AuthorizationPending(OAuthError):
    """Spec: RFC 8628 §3.5, CIBA Core §11."""

    code = "authorization_pending"


class SlowDown(OAuthError):
    """Spec: RFC 8628 §3.5, CIBA Core §11."""

    code = "slow_down"


class ExpiredToken(OAuthError):
    """Spec: RFC 8628 §3.5, CIBA Core §11."""

    code = "expired_token"


class InvalidBindingMessage(OAuthError):
    """Spec: CIBA Core §13."""

    code = "invalid_binding_message"


class InvalidClient(OAuthError):
    """Spec: RFC 6749 §5.2."""

    status = 401
    code = "invalid_client"


class InvalidGrant(OAuthError):
    """Spec: RFC 6749 §5.2."""

    code = "invalid_grant"


class UnsupportedGrantType(OAuthError):
    """Spec: RFC 6749 §5.2."""

    code = "unsupported_grant_type"


class UnsupportedTokenType(OAuthError):
    """Spec: RFC 7009 §2.2.1."""

    code = "unsupported_token_type"


class InvalidDpopProof(OAuthError):
    """400 where tokens are made, 401 where they are shown. Spec: RFC 9449 §5, §7.1."""

    code = "invalid_dpop_proof"


class UseDpopNonce(OAuthError):
    """The proof must carry `nonce`, which goes out with the error. Spec: RFC 9449 §8, §9."""

    code = "use_dpop_nonce"

    def __init__(self, nonce: str) -> None:
        super().__init__("the proof must carry the nonce of this answer")
        self.nonce = nonce


class InvalidRedirectUri(OAuthError):
    """Spec: RFC 7591 §3.2.2."""

    code = "invalid_redirect_uri"


class InvalidClientMetadata(OAuthError):
    """Spec: RFC 7591 §3.2.2."""

    code = "invalid_client_metadata"


class InvalidToken(OAuthError):
    """Spec: RFC 6750 §3.1."""

    status = 401
    code = "invalid_token"


class MissingToken(InvalidToken):
    """The request shows no token: it is told how to, and no error code. Spec: RFC 6750 §3.1."""


class InsufficientScope(OAuthError):
    """Spec: RFC 6750 §3.1."""

    status = 403
    code = "insufficient_scope"


class InsufficientUserAuthentication(OAuthError):
    """`max_age` in seconds: how long ago the person may have signed in. Spec: RFC 9470 §3."""

    status = 401
    code = "insufficient_user_authentication"

    def __init__(self, description: str, max_age: int) -> None:
        super().__init__(description)
        self.max_age = max_age


class ProofRejected(IdpError):
    """A password, code, key or name was not right. Which, and why, is in `detail`, for the log alone."""

    status = 400
    code = "proof_rejected"


class Ambiguous(ProofRejected):
    """A directory found more than one person by the name that was typed. Nobody is let in."""


class Refused(IdpError):
    """Policy said no. `reference` is the code on the page; `/why/<reference>` explains it to who may read it."""

    status = 403
    code = "access_denied"

    def __init__(self, reference: str, reasons: tuple[str, ...] = (), detail: str = "") -> None:
        super().__init__(detail)
        self.reference = reference
        self.reasons = reasons


class Throttled(IdpError):
    """Too much, too fast. Only machine endpoints tell `retry_after`."""

    status = 429
    code = "slow_down"

    def __init__(self, retry_after: timedelta, detail: str = "") -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Expired(IdpError):
    """The interaction is over: finished, timed out, or begun in another browser."""

    status = 410
    code = "expired"


class Forged(IdpError):
    """A form arrived without the token that this browser was given for this step, or from another origin."""

    status = 403
    code = "forged"


class Conflict(IdpError):
    """It changed since it was read (compare and set failed)."""

    status = 409
    code = "conflict"


class NotAllowed(IdpError):
    """This administrator has no such permission. The missing one is in `detail`."""

    status = 403
    code = "access_denied"


class NotFound(IdpError):
    """There is no such thing, or it is outside the administrator's branch: both read the same."""

    status = 404
    code = "not_found"


class Invalid(IdpError):
    """What was typed cannot be. `message` is shown: what is wrong and how to mend it."""

    status = 400
    code = "invalid"

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(detail or message)
        self.message = message


class Unavailable(IdpError):
    """Something we ask of the world did not answer. `what` names it for the page: a department, "store", "audit"."""

    status = 503
    code = "temporarily_unavailable"

    def __init__(self, what: str, detail: str = "") -> None:
        super().__init__(detail)
        self.what = what
