"""What every factor says of itself."""

from dataclasses import dataclass
from datetime import datetime

from idp.authn.assurance import ceiling
from idp.model import Authenticator, FactorName, Proof


@dataclass(frozen=True, slots=True)
class Factor:
    """A kind of proof.

    amr: its method values (RFC 8176). best: the most it can bring to a sign-in. verifies_user: it also proves what
    the person knows or is, so that it is two factors by itself.
    """

    name: FactorName
    amr: tuple[str, ...]
    best: str
    verifies_user: bool

    def worth(self, authenticator: Authenticator) -> str:
        """`best`, never above how this one was bound."""
        return ceiling(self.best, authenticator.bound_acr)

    def proof(self, authenticator: Authenticator, at: datetime) -> Proof:
        """The proof that a verified response is."""
        return Proof(self.name, authenticator.id, at, self.amr, self.worth(authenticator))
