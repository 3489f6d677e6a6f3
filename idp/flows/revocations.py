"""What was taken away lately, for those who verify tokens far from here: they ask every few seconds.

An id that is told names a grant, a single token or a client; tokens of it that were made until then are dead. The ids
are random and say nothing to who does not hold such a token. Spec: RFC 7009 §3 (implementation note: how resource
servers learn of a revocation is up to the server). Deliberately not here: what a token may do now (introspection).
"""

from datetime import UTC, datetime, timedelta

from idp.errors import InvalidClient, InvalidRequest
from idp.flows.client_proof import authenticate
from idp.flows.context import Idp
from idp.flows.presented import Presented

LONGEST_LIFE = timedelta(minutes=70)
"""No token lives longer, clocks apart by a little: what is older need not be told."""
OVERLAP = timedelta(seconds=10)
"""Told again, because a transaction that began earlier may have been committed later."""
MOST = 2000


def told(idp: Idp, presented: Presented) -> dict[str, object]:
    """`revoked`: id → when, seconds since 1970. `until`: what to send as `since` next time. `more`: ask at once again.

    Raises: InvalidClient: not a client that can prove itself. InvalidRequest: `since` is no time. Unavailable.
    """
    asked = presented.asked()
    client = authenticate(idp, presented, asked)
    if client.is_public:
        raise InvalidClient("this endpoint is for clients that can prove who they are")
    now = idp.ports.now()
    since = max(_moment(asked.get("since"), now) - OVERLAP, now - LONGEST_LIFE)
    rows = idp.ports.truth.grants.revocations(since, MOST)
    ended = {
        f"client:{one.id}": one.ended_before.timestamp()
        for one in idp.ports.truth.configuration().clients.values()
        if one.ended_before is not None and one.ended_before >= since
    }
    whole = len(rows) < MOST
    until = now if whole else rows[-1][1] + OVERLAP  # the next question starts at the last row that was told
    revoked = {value: at.timestamp() for value, at in rows} | ended
    return {"revoked": revoked, "until": until.timestamp(), "more": not whole}


def forget(idp: Idp) -> None:
    """What no living token can be told of."""
    with idp.ports.truth.begin() as tx:
        tx.grants.forget_revocations(idp.ports.now() - LONGEST_LIFE)


def _moment(text: str | None, now: datetime) -> datetime:
    """`since`; absent is everything that can matter."""
    if text is None:
        return now - LONGEST_LIFE
    try:
        return min(datetime.fromtimestamp(float(text), UTC), now)
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidRequest("since must be a number of seconds") from error
