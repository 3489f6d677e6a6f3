"""What is kept of a refused token request: why, for the operator; and a replay ends everything from its grant.

What strangers can cause is bounded: a public client's call is only told of when it named a grant that exists, and one
grant is told of once a minute. Spec: RFC 6749 §4.1.2, RFC 9700 §4.14.2 (replay), ASVS 5.0 V16.
"""

from datetime import datetime
from functools import lru_cache

from idp.events import AlertRaised, GrantRevoked, ReplayDetected, TokenRefused
from idp.flows.context import Idp
from idp.flows.decide import record
from idp.flows.entitlement import Entitled
from idp.flows.grants.kind import Call, Replayed
from idp.model import Alert


class _Once:
    """What was told in one minute. Mutable: the first caller leaves the reference here for the others."""

    __slots__ = ("reference", "told")

    def __init__(self) -> None:
        self.told, self.reference = False, ""


def replayed(idp: Idp, call: Call, error: Replayed) -> None:
    """End the grant, its families and so its tokens, in one transaction with its event. Once."""
    grant_id = error.grant_id or ""
    with idp.ports.truth.begin() as tx:
        grant = tx.grants.get(grant_id)
        if grant is None or not tx.grants.revoke(grant_id, call.now):
            return
        about = {"subject_id": grant.subject_id, "client_id": grant.client_id, "sid": grant.sid}
        tx.record(ReplayDetected(**about, what=error.what, grant_id=grant_id))
        tx.record(GrantRevoked(**about, grant_id=grant_id, why="replay"))
        params = {"client": grant.client_id, "shown_by": call.client.id, "what": error.what}
        tx.desk.raise_alert(
            Alert(idp.id("alert"), "code-replay", call.now, "alert.code-replay", params, grant.subject_id)
        )
        tx.record(AlertRaised(**about, kind="code-replay"))


def rejected(idp: Idp, call: Call, grant_type: str, reason: str, grant_id: str | None) -> None:
    """What was presented was not good."""
    if grant_id is None and call.client.is_public:
        return
    once = _once(idp, call.client.id, grant_id, reason, _minute(call.now))
    if not once.told:
        once.told = True
        idp.ports.truth.record_soon(
            TokenRefused(client_id=call.client.id, grant_type=grant_type, why=reason, grant_id=grant_id)
        )


def denied(idp: Idp, call: Call, grant_type: str, entitled: Entitled, grant_id: str | None) -> str:
    """Policy said no: keep the decision. Returns its reference."""
    once = _once(idp, call.client.id, grant_id, "policy", _minute(call.now))
    if not once.told:
        kept = record(idp, entitled.verdict, "refused", call.client, call.now)
        with idp.ports.truth.begin() as tx:
            tx.history.add_decision(kept)
            tx.record(
                TokenRefused(
                    subject_id=entitled.verdict.question.who.person_id if grant_id else None,
                    client_id=call.client.id,
                    reference=kept.reference,
                    grant_type=grant_type,
                    why=", ".join(entitled.verdict.policy_ids),
                    grant_id=grant_id,
                )
            )
        once.told, once.reference = True, kept.reference
    return once.reference


@lru_cache(maxsize=4096)
def _once(idp: Idp, client_id: str, grant_id: str | None, reason: str, minute: int) -> _Once:
    return _Once()


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // 60
