"""Finding a person at the desk: of the own branch, by what was typed, and no more of them than it takes to ask."""

from idp.errors import Conflict
from idp.flows.admin.scope import Admin
from idp.flows.context import Idp
from idp.model import Subject

LEAST, MOST = 2, 20
"""Signs that a search takes; people that it shows. The desk looks for somebody, it does not list everybody."""
LONGEST = 100


def find(idp: Idp, admin: Admin, text: str) -> tuple[Subject, ...]:
    """People of the branch whose name or identifier matches; none for a text that is too short."""
    admin.require("admin.desk.read")
    typed = " ".join(text.split())[:LONGEST]
    if len(typed) < LEAST and not any(ord(sign) > 0x2E80 for sign in typed):  # one Chinese sign says more
        return ()
    branch = None if admin.branch is None else sorted(admin.branch)
    found, _ = idp.ports.truth.people.search(typed, branch=branch, offset=0, limit=MOST)
    return tuple(found)


def person(idp: Idp, admin: Admin, subject_id: str) -> Subject:
    """One person. Raises NotFound, also for people outside the branch."""
    admin.require("admin.desk.read")
    return admin.require_sees(idp.ports.truth.people.get(subject_id))


def somebody_else(idp: Idp, admin: Admin, subject_id: str) -> Subject:
    """Whom this desk person may help. Raises NotFound, Conflict (themselves; a person who is disabled)."""
    subject = person(idp, admin, subject_id)
    if subject.id == admin.subject_id:
        raise Conflict("nobody helps themselves: ask a colleague")
    if subject.disabled:
        raise Conflict("that person is disabled")
    return subject
