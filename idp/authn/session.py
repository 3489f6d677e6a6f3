"""How long a session lives, and whether it still does. Spec: NIST SP 800-63B-4 §2 (session limits), ASVS 5.0 V7."""

from datetime import datetime, timedelta
from typing import Literal

from idp.authn.assurance import rank
from idp.model import AAL2, AAL3, Session, Subject

State = Literal["live", "ended", "idle", "over", "dead"]


def limits(acr: str, hours: tuple[int, int, int], idle_minutes: tuple[int, int, int]) -> tuple[timedelta, timedelta]:
    """(absolute, idle) by assurance level; the settings give AAL1, AAL2, AAL3."""
    index = 2 if rank(acr) >= rank(AAL3) else 1 if rank(acr) >= rank(AAL2) else 0
    return timedelta(hours=hours[index]), timedelta(minutes=idle_minutes[index])


def state(session: Session, subject: Subject | None, now: datetime) -> State:
    """`live` is the only state that is good for anything; the others say why not.

    dead: the person is gone, disabled, or signed out everywhere after this session began.
    """
    if session.ended_at is not None:
        return "ended"
    if now >= session.expires_at:
        return "over"
    if now >= session.last_seen_at + session.idle_limit:
        return "idle"
    if subject is None or subject.id != session.subject_id or is_dead(subject, session.created_at):
        return "dead"
    return "live"


def remaining(session: Session, now: datetime) -> tuple[timedelta, bool]:
    """How long it still lives when nothing is asked, never below zero; and whether that end is the absolute one."""
    idle = session.last_seen_at + session.idle_limit
    end = min(session.expires_at, idle)
    return max(end - now, timedelta(0)), session.expires_at <= idle


def is_dead(subject: Subject, begun_at: datetime) -> bool:
    """What began at that time has no life left: the person is disabled or everything older was ended."""
    return subject.disabled or (subject.ended_before is not None and begun_at <= subject.ended_before)
