"""Telling applications that a session ended: at once for the sign-out page, and again until they hear it.

Each try carries a new logout token; each outcome is an event, and the next try is written down before it is due.
Spec: OIDC Back-Channel Logout 1.0 §2.5, §2.7, §2.8. Every call goes through the outgoing filter of the ports.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

from idp.errors import Unavailable
from idp.events import LogoutDelivered
from idp.flows import subjects
from idp.flows.context import Idp, base64url
from idp.flows.keys import signed
from idp.model import LogoutDelivery
from idp.oidc import logout_token

WAITS = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
)
"""Before the second, third … try. After the last one it is given up, and stays in the journal as failed."""
AT_ONCE = 8
"""Deliveries under way at one time in one process."""
BATCH = 64


def deliver_now(idp: Idp, sid: str, deadline: datetime) -> tuple[tuple[str, bool], ...]:
    """Tell the applications of one session, all at once, and wait no longer than `deadline`.

    Returns: (client id, whether it has said that it heard), for each. What is not done then is tried again later.
    """
    waiting = [one for one in idp.ports.truth.desk.deliveries_of(sid) if one.done_at is None]
    if not waiting:
        return ()
    pool = ThreadPoolExecutor(min(AT_ONCE, len(waiting)), thread_name_prefix="logout")
    tries = {one.client_id: pool.submit(_try, idp, one) for one in waiting}
    wait(tries.values(), timeout=max(0.0, (deadline - idp.ports.now()).total_seconds()))
    pool.shutdown(wait=False)  # who is slow goes on behind the page, and is written down when it is done
    return tuple((client_id, _heard(done)) for client_id, done in tries.items())


def deliver_due(idp: Idp) -> int:
    """One round of the background worker: claim what is due, try each, write down what came of it. How many."""
    with idp.ports.truth.begin() as tx:
        claimed: Sequence[LogoutDelivery] = tx.desk.due_logouts(idp.ports.now(), BATCH)
    if not claimed:
        return 0
    with ThreadPoolExecutor(min(AT_ONCE, len(claimed)), thread_name_prefix="logout") as pool:
        list(pool.map(lambda one: _try(idp, one), claimed))
    return len(claimed)


def _try(idp: Idp, delivery: LogoutDelivery) -> bool:
    failure = _post(idp, delivery)
    now = idp.ports.now()
    again = WAITS[delivery.attempts] if delivery.attempts < len(WAITS) else None
    with idp.ports.truth.begin() as tx:
        tx.desk.settle_logout(
            delivery.id,
            done_at=now if failure is None else None,
            next_at=now + again if failure is not None and again is not None else None,
            failure=failure,
        )
        tx.record(
            LogoutDelivered(
                subject_id=delivery.subject_id,
                client_id=delivery.client_id,
                sid=delivery.sid,
                ok=failure is None,
                attempts=delivery.attempts + 1,
            )
        )
    return failure is None


def _post(idp: Idp, delivery: LogoutDelivery) -> str | None:
    """One try: None, or why it failed. Redirects are not followed: they are failures (§2.8)."""
    client = idp.ports.truth.configuration().clients.get(delivery.client_id)
    if client is None or client.backchannel_logout_uri is None:
        return "the application no longer hears"
    now = idp.ports.now()
    jti = base64url(idp.ports.random(16))
    sub = subjects.named(idp, client, delivery.subject_id)
    said = logout_token.claims(idp.issuer, client.id, sub, delivery.sid, jti, now)
    try:
        alg = client.id_token_signed_response_alg  # Back-Channel Logout 1.0 §2.6: as ID tokens
        token = signed(idp, logout_token.TYPE, said, alg=alg, now=now)
        status = idp.ports.outgoing.post_form(client.backchannel_logout_uri, {"logout_token": token})
    except Unavailable as error:
        return error.detail or f"{error.what} is away"
    return None if 200 <= status < 300 else f"answered {status}"


def _heard(done: "Future[bool]") -> bool:
    return done.done() and done.exception() is None and done.result()
