"""Somebody who may lose something is read once more, and loses what they then really lose."""

from collections import Counter
from datetime import datetime

from idp.flows import people
from idp.flows.context import Idp
from idp.flows.sync import pieces
from idp.model import Department
from idp.ports import Connector

GONE = "no longer in the directory"


def settle(idp: Idp, department: Department, connector: Connector, subject_id: str, now: datetime) -> Counter[str]:
    """What it came to. Raises Unavailable, Ambiguous: they keep it."""
    truth = idp.ports.truth
    link, subject = truth.people.link_of(subject_id), truth.people.get(subject_id)
    if link is None or subject is None or link.department_id != department.id:
        return Counter()
    entry = connector.read(link.stable_id)
    with truth.begin() as tx:
        if entry is not None:
            return pieces.renewed(idp, tx, department, entry, subject_id, now)
        people.disable(idp, tx, subject, now, by="directory", why=GONE)
    return Counter({"left": int(not subject.disabled)})
