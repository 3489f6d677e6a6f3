"""A person's own sign-ins, tried and done, and what they say to *Was this you?*

*No* makes the account safe as *It wasn't me* does (`sign_in.not_me.disown`): every other session ends, no device is
trusted, a password that is kept here is changed at the next sign-in, and the security administrators are told. The
row's device is unknown from then on. A stranger at the person's keyboard can do no more with it than sign others out.
Spec: PIPL article 45 (a copy of what is kept), ASVS 5.0 V6.3 and V7.4. Deliberately not here: the score that learns
from these rows (`idp.flows.history`).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from idp.errors import Forged
from idp.events import SignInAnswered
from idp.flows import built_in, notices
from idp.flows.context import Idp, SignedInAs, Visit
from idp.flows.sign_in import not_me
from idp.model import SignIn, Text
from idp.ports import Tx

SHOWN = timedelta(days=90)
PAGE = 20
MOST = 2000
Outcome = Literal["succeeded", "failed", "refused"]
OUTCOMES: tuple[Outcome, ...] = ("succeeded", "failed", "refused")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows, newest first; `pages` counts from 1."""

    rows: tuple[SignIn, ...]
    page: int
    pages: int


def listed(idp: Idp, visit: Visit, me: SignedInAs, outcome: Outcome | None = None, page: int = 1) -> Page:
    """Their rows of the last ninety days, of one outcome or of all."""
    kept = idp.ports.truth.history.sign_ins(me.subject.id, visit.now - SHOWN, MOST)
    found = [row for row in kept if outcome in (None, row.outcome)]
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(page, 1), pages)
    return Page(tuple(found[(page - 1) * PAGE : page * PAGE]), page, pages)


def application(idp: Idp, client_id: str | None) -> Text | None:
    """What it was for."""
    if client_id == built_in.ACCOUNT.id:
        return built_in.ACCOUNT.name
    found = idp.ports.truth.configuration().clients.get(client_id or "")
    return found.name if found else None


def mine(idp: Idp, visit: Visit, me: SignedInAs, sign_in_id: str) -> None:
    """*Yes.* Raises Forged: not this person's row."""
    with idp.ports.truth.begin() as tx:
        _answer(tx, visit, me, sign_in_id, "mine")


def not_mine(idp: Idp, visit: Visit, me: SignedInAs, sign_in_id: str) -> int:
    """*No.* How many sessions ended; the one that says so goes on. Raises Forged: not this person's row."""
    with idp.ports.truth.begin() as tx:
        row = _answer(tx, visit, me, sign_in_id, "not-mine")
        ended = not_me.disown(idp, tx, visit, me.subject.id, keep=me.session.sid)
        if row.device_hash is not None:
            tx.sessions.forget_devices(me.subject.id, row.device_hash)
        if ended:
            notices.tell(idp, tx, me.subject.id, "sessions-ended", count=str(ended))
    return ended


def _answer(tx: Tx, visit: Visit, me: SignedInAs, sign_in_id: str, said: Literal["mine", "not-mine"]) -> SignIn:
    row = tx.history.answer(sign_in_id, me.subject.id, said)
    if row is None:
        raise Forged("not this person's sign-in")
    tx.record(
        SignInAnswered(
            subject_id=me.subject.id, sid=me.session.sid, network=visit.network, said=said, sign_in_id=sign_in_id
        )
    )
    return row
