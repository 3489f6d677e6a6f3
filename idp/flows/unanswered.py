"""An authorization request that was answered with our own page is in the log, under the reference on that page.

What it is for: somebody reads the reference to the help desk, and the audit search finds what was wrong with the
request. Strangers can send any number of them, so each network and all together have a budget; beyond it only the
process's own log tells.
What it does not do: keep what was sent. The application's id only where it is registered.
Spec: RFC 6749 §4.1.2.1 (an invalid request is told to the person, not to the client).
"""

from datetime import timedelta

from idp.errors import Unavailable
from idp.events import AuthorizationUnanswered
from idp.flows.context import Idp, Visit
from idp.ports import Limit

OF_ONE = (10, timedelta(minutes=1))
OF_ALL = (120, timedelta(seconds=5))
"""At once, then one more each: at most some 17,000 lines a day, whatever strangers do."""


def tell(idp: Idp, visit: Visit, why: str, reference: str, client_id: str | None) -> bool:
    """Record it where the budget allows; says whether it did. Never raises: the page must come all the same."""
    try:
        limits = (Limit(f"unanswered:{visit.network}", *OF_ONE), Limit("unanswered", *OF_ALL))
        if not all(reading.allowed for reading in idp.ports.brief.take(limits)):
            return False
        known = client_id if client_id in idp.ports.truth.configuration(client_id).clients else None
        idp.ports.truth.record_soon(
            AuthorizationUnanswered(
                why=why,
                reference=reference,
                client_id=known,
                network=visit.network,
                country=visit.place.country,
            )
        )
    except Unavailable:
        return False
    return True
