"""One class for each registered code of OAuth and OpenID Connect; each cites where it is registered.

In three parts, as they are answered: by the authorization endpoint, by the token endpoint and its like, by resources.
"""

from idp.errors.root import IdpError


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
