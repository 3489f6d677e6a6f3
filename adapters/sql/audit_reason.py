"""Reasons beside the rows of the log, sealed: under the key of whom they are about, else under the installation's.

A reason waits in `outbox` and moves with its event into `audit_event`, byte for byte: it is bound not to a row's number
but to the commitment in the row's body, which is another one for each reason. So it opens in that row and in no other,
and destroying the person's key deletes it. What it proves is decided by `idp.audit.reason`.
"""

import os
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from adapters.master_key import SealingError
from adapters.sealing import Keyring, Row
from adapters.sql.line import Line
from adapters.sql.person_key import KEY_OF
from adapters.sql.quick import Quick
from adapters.sql.tables import outbox
from idp.audit.leaf import SALT_BYTES, canonical, stamp
from idp.audit.reason import COMMITMENT, Reason, committed, packed, read
from idp.events import Event

ADD = Quick(insert(outbox))


def outbox_row(line: Line, keyring: Keyring, event: Event, at: datetime) -> dict[str, Any]:
    """An event as it waits. Raises TypeError: a field has no JSON form."""
    body: dict[str, Any] = event.body()
    sealed = None
    if event.reason is not None:
        salt = os.urandom(SALT_BYTES)
        body = committed(body, event.reason, salt)
        sealed = _sealed(line, keyring, event.subject_id, packed(event.reason, salt), body[COMMITMENT])
    return {
        "at": stamp(at),
        "name": event.name,
        "body": canonical(body),
        "reason": sealed,
        "subject_id": event.subject_id,
        "client_id": event.client_id,
        "reference": event.reference,
    }


def reason_of(keyring: Keyring, row: Any) -> Reason:
    """The reason of a stored row with `body`, `subject_id`, `reason` and the person's `wrapped` key."""
    person = row.subject_id is not None

    def opened(sealed: bytes, commitment: str) -> bytes | None:
        place = _place(commitment)
        try:
            return keyring.person(row.wrapped).open(sealed, row=place) if person else keyring.open(sealed, row=place)
        except SealingError:
            return None

    forgotten = person and row.wrapped is None
    return read(row.body, row.subject_id, row.reason, None if forgotten else opened)


def _sealed(line: Line, keyring: Keyring, subject_id: str | None, plaintext: bytes, commitment: str) -> bytes | None:
    """None where whom it is about has no key any more: what is written about them is deleted from the beginning."""
    if subject_id is None:
        return keyring.seal(plaintext, row=_place(commitment))
    found = line.one(KEY_OF, id=subject_id)
    return keyring.person(found.wrapped).seal(plaintext, row=_place(commitment)) if found else None


def _place(commitment: str) -> Row:
    return ("audit_event", "reason", commitment)
