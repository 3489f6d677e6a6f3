"""What a refused request is told in WWW-Authenticate.

Spec: RFC 6750 §3, RFC 9449 §7.1, RFC 9470 §3, RFC 6749 §5.2, RFC 9110 §11.6.1. The texts are our own ASCII words.
"""

from idp.errors import InsufficientScope, InsufficientUserAuthentication, OAuthError
from idp.oidc.dpop import ALGS

BASIC = 'Basic realm="token", charset="UTF-8"'
DPOP = f'DPoP algs="{" ".join(ALGS)}"'


def resource(error: OAuthError | None, scheme: str, scope: str | None = None) -> str:
    """What an API of ours says to who showed a token in this scheme, or none: then no error code (RFC 6750 §3.1).

    scope: what is needed.
    """
    if error is None:
        return f"Bearer, {DPOP}"
    fields = [f'error="{error.code}"']
    if error.description:
        fields.append(f'error_description="{error.description}"')
    if isinstance(error, InsufficientUserAuthentication):
        fields.append(f'max_age="{error.max_age}"')
    if isinstance(error, InsufficientScope) and scope is not None:
        fields.append(f'scope="{scope}"')
    if scheme.lower() == "dpop":
        return ", ".join((DPOP, *fields))
    return f"Bearer {', '.join(fields)}, {DPOP}"
