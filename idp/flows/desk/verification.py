"""A verification: which checks were done, by whom, of whom. It holds for minutes and opens each kind of help once.

It travels sealed in a cookie of the desk person's browser; the log has it with its note, whatever follows. Whoever
copies it to another browser is still not that desk person, and for another person it is worth nothing.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from idp.errors import Conflict, Expired, Invalid
from idp.events import DeskVerified
from idp.flows.admin.scope import Admin, required_reason
from idp.flows.context import Idp, hash_of
from idp.flows.desk.find import somebody_else
from idp.flows.desk.script import checks_for, strength_of

_PURPOSE = "desk"
Help = Literal["credential", "reset", "sessions"]


@dataclass(frozen=True, slots=True)
class Verified:
    """by, subject_id: ids. strength: of the checks together."""

    id: str
    by: str
    subject_id: str
    checks: tuple[str, ...]
    strength: int
    until: datetime


def verify(idp: Idp, admin: Admin, subject_id: str, done: Collection[str], note: str, now: datetime) -> Verified:
    """Note what was checked. Raises NotFound, Conflict, Invalid (nothing ticked, no note, not enough)."""
    admin.require("admin.desk.verify")
    subject = somebody_else(idp, admin, subject_id)
    why = required_reason(note)
    strength = strength_of(checks_for(idp, subject), done)
    if strength < idp.settings.desk.enough:
        raise Invalid(f"these checks are not enough: {strength} of {idp.settings.desk.enough}", "desk.not-enough")
    until = now + timedelta(minutes=idp.settings.desk.verified_minutes)
    verified = Verified(idp.id("desk"), admin.subject_id, subject.id, tuple(sorted(set(done))), strength, until)
    with idp.ports.truth.begin() as tx:
        tx.record(
            DeskVerified(
                subject_id=subject.id, by=admin.subject_id, checks=verified.checks, strength=strength, reason=why
            )
        )
    return verified


def require(idp: Idp, admin: Admin, verified: Verified | None, subject_id: str, least: int, now: datetime) -> Verified:
    """The verification, if it is this desk person's, of this person, fresh and strong enough.

    Raises: Expired (none, over, or another's), Conflict (not strong enough).
    """
    if (
        verified is None
        or verified.by != admin.subject_id
        or verified.subject_id != subject_id
        or verified.until <= now
    ):
        raise Expired("verify the person first")
    if verified.strength < least:
        raise Conflict(f"more checks are needed for this: {verified.strength} of {least}")
    return verified


def spend(idp: Idp, verified: Verified, help_: Help, now: datetime) -> None:
    """It opens each kind of help once. Raises Expired: it was used for this already."""
    life = verified.until - now + timedelta(minutes=1)
    if not idp.ports.brief.spend("desk", hash_of(f"{verified.id}\n{help_}"), life):
        raise Expired("verify the person again: this was done with that verification already")


def seal(idp: Idp, verified: Verified) -> str:
    """The cookie's value."""
    kept = {
        "id": verified.id,
        "by": verified.by,
        "subject": verified.subject_id,
        "checks": verified.checks,
        "strength": verified.strength,
        "until": verified.until.isoformat(),
    }
    return idp.ports.sealer.seal(_PURPOSE, json.dumps(kept).encode())


def opened(idp: Idp, cookie: str | None) -> Verified | None:
    """The cookie, if it is one of ours; whose it is and whether it is over is not looked at."""
    try:
        kept = json.loads(idp.ports.sealer.open(_PURPOSE, cookie or ""))
        until = datetime.fromisoformat(kept["until"])
        return Verified(kept["id"], kept["by"], kept["subject"], tuple(kept["checks"]), kept["strength"], until)
    except (Invalid, ValueError, KeyError):
        return None
