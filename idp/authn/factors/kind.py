"""What every factor says of itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.authn.assurance import ceiling
from idp.model import Authenticator, FactorName, Proof

NOTHING = ""
"""The worth of what no application may rest on. It is no level, so it meets none."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A kind of proof.

    amr: its method values (RFC 8176). best: the most it can bring to a sign-in. verifies_user: it also proves what
    the person knows or is, so that it is two factors by itself. enrols: a new one is made on our pages when a level is
    asked for. of: (best, amr) of one authenticator, where they are not the same for all of the kind.
    """

    name: FactorName
    amr: tuple[str, ...]
    best: str
    verifies_user: bool
    enrols: bool = False
    of: Callable[[Authenticator], tuple[str, tuple[str, ...]]] | None = None

    def worth(self, authenticator: Authenticator) -> str:
        """What this one can bring: what it is, never above `best` and never above how it was bound."""
        own, _ = self._own(authenticator)
        return ceiling(ceiling(own, self.best), authenticator.bound_acr)

    def proof(self, authenticator: Authenticator, at: datetime) -> Proof:
        """The proof that a verified response is."""
        _, amr = self._own(authenticator)
        return Proof(self.name, authenticator.id, at, amr, self.worth(authenticator))

    def presented(self, at: datetime) -> Proof:
        """The proof of what is verified and not enrolled: a smart card, a pass."""
        return Proof(self.name, None, at, self.amr, self.best)

    def _own(self, authenticator: Authenticator) -> tuple[str, tuple[str, ...]]:
        return (self.best, self.amr) if self.of is None else self.of(authenticator)
