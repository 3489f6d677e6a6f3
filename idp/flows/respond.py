"""The last touch on an answer to an application: as it asked to be answered, in the clear or as one signed JWT.

Every answer that leaves by a browser passes here, errors too. Spec: JARM §2.1-§2.4, §3. Deliberately not here: HTTP.
"""

from idp.errors import OAuthError
from idp.flows import keys
from idp.flows.context import Idp
from idp.model import AuthorizationRequest, Client
from idp.oidc import authorization_answer as answers
from idp.oidc.authorization_answer import AuthorizationAnswer


def success(idp: Idp, client: Client, request: AuthorizationRequest, code: str) -> AuthorizationAnswer:
    """The code. Raises Unavailable: an answer that must be signed or hidden cannot be."""
    return _as_asked(idp, client, answers.success(request, idp.issuer, code))


def failure(idp: Idp, client: Client, request: AuthorizationRequest, error: OAuthError) -> AuthorizationAnswer:
    """An error to a lawful question. Raises Unavailable."""
    return failure_at(idp, client, request.redirect_uri, request.response_mode, request.state, error)


def failure_at(
    idp: Idp, client: Client, redirect_uri: str, response_mode: str, state: str | None, error: OAuthError
) -> AuthorizationAnswer:
    """An error to a question of which only this much is known. `redirect_uri` is a registered one."""
    return _as_asked(idp, client, answers.failure(redirect_uri, response_mode, state, idp.issuer, error))


def _as_asked(idp: Idp, client: Client, answer: AuthorizationAnswer) -> AuthorizationAnswer:
    if not answer.wants_jwt:
        return answer
    said = answers.claims(answer, idp.issuer, client.id, idp.ports.now())
    hidden = client.authorization_encrypted_response_alg, client.authorization_encrypted_response_enc
    compact = keys.told(idp, client, answers.TYPE, said, client.authorization_signed_response_alg, *hidden)
    return answers.sealed(answer, compact)
