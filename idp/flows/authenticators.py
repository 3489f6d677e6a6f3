"""What is wanted of a person's passkeys at an application: its own wish, that of their roles, and models recalled.

The rules are in `idp.authn.authenticator_policy`; this gathers what they ask about. Spec: FIDO Metadata Service 3.1
§3.1.4.
"""

from collections.abc import Iterable

from idp.authn.authenticator_policy import Wanted, strictest
from idp.flows.context import Idp
from idp.model import Authenticator, Client, Standing


def wanted(idp: Idp, client: Client, standing: Standing | None, held: Iterable[Authenticator]) -> Wanted:
    """The strictest of the application and the roles of the post that is used; recalled are those among `held`."""
    rules = idp.settings.authenticators
    roles = standing.roles if standing is not None else frozenset()
    kind = strictest((client.authenticators, *(rules.roles[role] for role in roles if role in rules.roles)))
    return Wanted(kind, frozenset(rules.models), recalled(idp, held))


def recalled(idp: Idp, held: Iterable[Authenticator]) -> frozenset[str]:
    """The models of these that are not trusted any more."""
    models = (idp.ports.truth.models.get(aaguid) for aaguid in {one.aaguid for one in held} if aaguid is not None)
    return frozenset(model.aaguid for model in models if model is not None and model.recalled_at is not None)
