"""What the desk takes away: ways to sign in that are lost, and sessions. Each for somebody verified, with a reason.

Privileged people's ways are not reset by one person: a pass made by two lets them come back and remove the rest.
Spec: NIST SP 800-63B-4 §4.5 (invalidation), §4.6 (notice).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from idp.errors import Conflict, NotFound
from idp.events import FactorRemoved
from idp.flows.admin.scope import Admin, required_reason
from idp.flows.context import Idp
from idp.flows.desk.find import somebody_else
from idp.flows.desk.script import is_privileged
from idp.flows.desk.verification import Verified, require, spend
from idp.flows.notices import tell
from idp.flows.sessions import end_everything
from idp.model import Authenticator

ALL = "all"


def methods(
    idp: Idp, admin: Admin, verified: Verified | None, subject_id: str, now: datetime
) -> Sequence[Authenticator]:
    """A verified person's ways to sign in, but the password. Raises Expired: not verified, so not shown."""
    admin.require("admin.desk.read")
    require(idp, admin, verified, subject_id, 0, now)
    held = idp.ports.truth.authenticators.of(subject_id)
    return [one for one in held if one.factor != "password" and one.disabled_at is None]


def reset(
    idp: Idp, admin: Admin, verified: Verified | None, subject_id: str, which: str, reason: str, now: datetime
) -> int:
    """Remove one way to sign in, or all; every session ends. How many were removed.

    Args:
        which: an authenticator's id, or `all`.
    Raises: NotFound, Conflict (privileged, nothing to remove), Expired (not verified), Invalid (no reason).
    """
    admin.require("admin.desk.reset")
    subject = somebody_else(idp, admin, subject_id)
    why = required_reason(reason)
    if is_privileged(idp, subject.id, now):
        raise Conflict("that person takes two people: make a pass, and let them remove what is lost")
    found = require(idp, admin, verified, subject.id, idp.settings.desk.enough, now)
    held = [one for one in methods(idp, admin, verified, subject.id, now) if which in (ALL, one.id)]
    if not held:
        raise NotFound("no such way of that person")
    spend(idp, found, "reset", now)
    with idp.ports.truth.begin() as tx:
        for one in held:
            if not tx.authenticators.remove(one.id, now):
                raise Conflict("it was removed already")
            tx.record(
                FactorRemoved(
                    subject_id=subject.id, factor=one.factor, authenticator_id=one.id, by=admin.subject_id, reason=why
                )
            )
            tell(idp, tx, subject.id, "factor-removed", factor=one.factor, name=one.label, by="desk")
        end_everything(idp, tx, subject.id, now, why="administrator", by=admin.subject_id, reason=why)
        tx.people.change(replace(subject, ended_before=now))
    return len(held)


def end_sessions(idp: Idp, admin: Admin, verified: Verified | None, subject_id: str, reason: str, now: datetime) -> int:
    """All sessions of a verified person. How many."""
    admin.require("admin.desk.reset")
    subject = somebody_else(idp, admin, subject_id)
    why = required_reason(reason)
    found = require(idp, admin, verified, subject.id, idp.settings.desk.enough, now)
    spend(idp, found, "sessions", now)
    with idp.ports.truth.begin() as tx:
        ended = end_everything(idp, tx, subject.id, now, why="administrator", by=admin.subject_id, reason=why)
        tx.people.change(replace(subject, ended_before=now))
        tell(idp, tx, subject.id, "sessions-ended", count=str(ended), by="desk")
    return ended
