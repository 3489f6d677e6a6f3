"""What a refused request is told in WWW-Authenticate. Spec: RFC 6750 §3, RFC 9470 §3, RFC 6749 §5.2."""

from idp.errors import OAuthError

BASIC = 'Basic realm="token", charset="UTF-8"'


def bearer(error: OAuthError | None = None, scope: str | None = None) -> str:
    """A request without a token is told no error code (RFC 6750 §3.1). The texts are our own ASCII words."""
    if error is None:
        return "Bearer"
    fields = [f'error="{error.code}"']
    if error.description:
        fields.append(f'error_description="{error.description}"')
    if scope is not None:
        fields.append(f'scope="{scope}"')
    return "Bearer " + ", ".join(fields)
