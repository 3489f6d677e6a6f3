"""What a machine's request shows: its form, and the proofs in its headers. Nothing of it is believed yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.errors import InvalidRequest
from idp.oidc import authorization_request as requests
from idp.oidc.authorization_request import Asked
from idp.oidc.certificates import ClientCertificate

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Presented:
    """One request of a machine.

    url: the endpoint's own address, as a DPoP proof must name it. authorization: the header's value.
    proofs: every `DPoP` header, to be refused when there are several. certificate: the client's, only from the
    configured proxy. network: keyed digest of where it comes from.
    """

    method: str
    url: str
    pairs: Pairs
    authorization: str | None = None
    proofs: tuple[str, ...] = ()
    certificate: ClientCertificate | None = None
    network: str = ""

    def asked(self) -> Asked:
        """The form, each parameter once. Raises InvalidRequest: something came twice. Spec: RFC 6749 §3.2."""
        asked = requests.read(self.pairs)
        if asked.repeated:
            raise InvalidRequest("a parameter was sent twice")
        return asked
