"""Hardware tokens in the hands of the help desk: out of the cupboard, to a person, back, or lost.

A token is given with a code that it shows just then, which proves that it is this one and tells how far its clock is
off; the code is spent. What it is worth is what a code is worth, never more (the assurance ledger: bound by a person of
the help desk, who looked the other one in the face). Spec: NIST SP 800-63B-4 §4.1.3, §4.5; RFC 6238 §6.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from idp.authn.factors import FACTORS, totp
from idp.errors import Conflict, Invalid, NotAllowed, NotFound, ProofRejected
from idp.events import FactorBound, FactorRemoved, HardwareTokenChanged, HardwareTokensImported
from idp.flows.admin.scope import OPERATOR, Admin, required_reason
from idp.flows.context import Idp
from idp.flows.desk.script import is_privileged
from idp.flows.desk.verification import Verified, require, spend
from idp.flows.notices import tell
from idp.flows.sessions import end_everything
from idp.model import Authenticator, HardwareToken, Subject
from idp.ports import Limit, Tx
from policies.roles import HELP_DESK

WRITE = "admin.tokens.write"
CODES, WINDOW = 5, timedelta(minutes=10)
"""Wrong codes that are heard for one token: the desk may mistype, and must not search."""


def clean_serial(typed: str) -> str:
    """As it is kept: capitals, without the spaces that are printed between groups."""
    return "".join(typed.split()).upper()


def add(idp: Idp, admin: Admin, found: Sequence[HardwareToken], reason: str) -> tuple[int, int]:
    """Into the cupboard: (new ones, those that were there already and stay as they are)."""
    _require_stock(admin)
    admin.require_whole()
    reason = required_reason(reason)
    with idp.ports.truth.begin() as tx:
        added = sum(tx.tokens.add(one) for one in found)
        tx.record(HardwareTokensImported(count=added, by=admin.subject_id, reason=reason))
    return added, len(found) - added


def get(idp: Idp, admin: Admin, serial: str) -> HardwareToken:
    """One token, for whoever may give it. Raises NotFound."""
    admin.require(WRITE)
    token = _token(idp, serial)
    if token.assigned_to is not None:
        admin.require_sees(idp.ports.truth.people.get(token.assigned_to))
    return token


def held_by(idp: Idp, admin: Admin, subject_id: str) -> Sequence[HardwareToken]:
    """What that person holds."""
    admin.require("admin.people.read")
    subject = admin.require_sees(idp.ports.truth.people.get(subject_id))
    return idp.ports.truth.tokens.of(subject.id)


def assign(
    idp: Idp,
    admin: Admin,
    subject_id: str,
    serial: str,
    code: str,
    reason: str,
    now: datetime,
    verified: Verified | None = None,
) -> Authenticator:
    """Give a token to a person.

    Args:
        code: what it shows now.
        verified: the help desk gives one only to somebody whom it has just verified.
    Raises: Expired (the help desk: not verified), NotFound (no such token, no such person in the branch), Invalid (the
        code is none of its), Conflict (it is somebody's, it is lost, the person is disabled, or is the administrator).
    """
    admin.require(WRITE)
    reason = required_reason(reason)
    subject = _receiver(idp, admin, subject_id)
    token = _token(idp, serial)
    if token.lost_at is not None or token.assigned_to is not None:
        raise Conflict(f"token {token.serial} is {'lost' if token.lost_at else 'with somebody already'}")
    if admin is not OPERATOR and is_privileged(idp, subject.id, now):
        raise Conflict("that person takes two people: make a pass")
    desk = idp.settings.desk
    found = require(idp, admin, verified, subject.id, desk.enough, now) if _at_the_desk(admin) else None
    bound = _bound(idp, admin, subject, token, code, now)
    if found is not None:
        spend(idp, found, "credential", now)
    with idp.ports.truth.begin() as tx:
        if not tx.tokens.assign(token.serial, subject.id):
            raise Conflict(f"token {token.serial} is with somebody already")
        tx.authenticators.add(bound)
        tx.record(_changed(admin, subject.id, token.serial, "assigned", reason))
        tx.record(
            FactorBound(
                subject_id=subject.id,
                factor=bound.factor,
                authenticator_id=bound.id,
                acr=bound.bound_acr,
                by=bound.bound_by,
            )
        )
        tell(idp, tx, subject.id, "factor-added", factor="totp", name=bound.label, authenticator=bound.id, by="desk")
    return bound


def release(idp: Idp, admin: Admin, subject_id: str, serial: str, reason: str, now: datetime) -> None:
    """It came back, and may be given to somebody else. Raises NotFound, Conflict: that person does not hold it."""
    _require_stock(admin)
    reason = required_reason(reason)
    subject = admin.require_sees(idp.ports.truth.people.get(subject_id))
    token = _token(idp, serial)
    with idp.ports.truth.begin() as tx:
        if not tx.tokens.release(token.serial, subject.id):
            raise Conflict(f"that person does not hold token {token.serial}")
        tx.record(_changed(admin, subject.id, token.serial, "returned", reason))
        _unbind(idp, tx, admin, subject.id, token.serial, reason, now)


def lose(idp: Idp, admin: Admin, serial: str, reason: str, now: datetime) -> None:
    """Nobody knows where it is: it opens nothing from now on, and what was opened may have been opened by it.

    Raises: NotFound, Conflict: it was lost before.
    """
    _require_stock(admin)
    reason = required_reason(reason)
    token = _token(idp, serial)
    holder = token.assigned_to
    if holder is None:
        admin.require_whole()
    else:
        admin.require_sees(idp.ports.truth.people.get(holder))
    with idp.ports.truth.begin() as tx:
        if not tx.tokens.lose(token.serial, now):
            raise Conflict(f"token {token.serial} is lost already")
        tx.record(_changed(admin, holder, token.serial, "lost", reason))
        if holder is not None:
            _unbind(idp, tx, admin, holder, token.serial, reason, now)
            end_everything(idp, tx, holder, now, why="administrator", by=admin.subject_id, reason=reason)


def _at_the_desk(admin: Admin) -> bool:
    return HELP_DESK in admin.roles


def _require_stock(admin: Admin) -> None:
    """The cupboard, and what comes back to it, are the system administrator's. Raises NotAllowed."""
    admin.require(WRITE)
    if _at_the_desk(admin):
        raise NotAllowed("the help desk gives tokens; the system administrator keeps them")


def _receiver(idp: Idp, admin: Admin, subject_id: str) -> Subject:
    subject = admin.require_sees(idp.ports.truth.people.get(subject_id))
    if subject.disabled:
        raise Conflict("that person is disabled")
    if subject.id == admin.subject_id:
        raise Conflict("nobody vouches for themselves: ask another administrator")
    return subject


def _token(idp: Idp, serial: str) -> HardwareToken:
    found = idp.ports.truth.tokens.get(clean_serial(serial))
    if found is None:
        raise NotFound(f"there is no token {clean_serial(serial)[:64]}: import its maker's file first")
    return found


def _bound(idp: Idp, admin: Admin, subject: Subject, token: HardwareToken, code: str, now: datetime) -> Authenticator:
    """The authenticator that it becomes. Raises Invalid: the code is not one that it shows just now."""
    limit = Limit(f"factor:token:{token.serial}", CODES, WINDOW / CODES)
    if not idp.ports.brief.take([limit])[0].allowed:
        raise Invalid("too many wrong codes for this token: wait some minutes", "token codes are throttled")
    shape = totp.Shape(token.algorithm, token.digits, token.period, own_clock=True)
    try:
        step = totp.verify(token.secret, code, now, None, shape, totp.FIRST_WINDOW)
    except ProofRejected as rejected:
        raise Invalid(_words(rejected, token), f"code of token {token.serial}: {rejected.detail}") from rejected
    idp.ports.brief.give_back([], clear=[limit.key])
    state: dict[str, object] = {
        "serial": token.serial,
        "algorithm": token.algorithm,
        "digits": token.digits,
        "period": token.period,
        "drift": shape.drift_of(step, now),
        "last_step": step,
    }
    by = ("help-desk", admin.subject_id)
    best = FACTORS["totp"].best
    return Authenticator(idp.id("factor"), subject.id, "totp", token.serial, token.secret, state, best, by, now)


def _words(rejected: ProofRejected, token: HardwareToken) -> str:
    if isinstance(rejected, totp.ClockOff):
        return f"the clock of token {token.serial} is {rejected.minutes} minutes off: take another one"
    if rejected.detail == "shape":
        return f"token {token.serial} shows {token.digits} digits"
    return f"token {token.serial} does not show that code now: check the serial number, then type the next code"


def _unbind(idp: Idp, tx: Tx, admin: Admin, subject_id: str, serial: str, reason: str, now: datetime) -> None:
    for one in idp.ports.truth.authenticators.of(subject_id):
        if one.state.get("serial") == serial and tx.authenticators.remove(one.id, now):
            tx.record(
                FactorRemoved(
                    subject_id=subject_id, factor="totp", authenticator_id=one.id, by=admin.subject_id, reason=reason
                )
            )
            tell(idp, tx, subject_id, "factor-removed", factor="totp", name=one.label, by="desk")


def _changed(admin: Admin, subject_id: str | None, serial: str, what: str, reason: str) -> HardwareTokenChanged:
    return HardwareTokenChanged(subject_id=subject_id, serial=serial, what=what, by=admin.subject_id, reason=reason)
