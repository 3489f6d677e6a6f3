"""Which application is calling, proved in the way that it is registered for. Used by every endpoint of machines.

Spec: RFC 6749 §2.3, OIDC Core §9. The rules are in `idp.oidc.client_authn`; here is what needs the world.
"""

from idp.flows.context import Idp
from idp.flows.presented import Presented
from idp.model import Client
from idp.oidc import client_authn
from idp.oidc.authorization_request import Asked


def authenticate(idp: Idp, presented: Presented, asked: Asked) -> Client:
    """The client behind this request.

    Raises: InvalidClient: one sentence for every reason. InvalidRequest: none or several ways at once. Unavailable.
    """
    credentials = client_authn.read(presented.authorization, asked)
    return client_authn.verify(credentials, idp.ports.truth.configuration().clients)
