"""A person is erased: their key is destroyed, so that nobody can read what was sealed under it, wherever a copy lies.

What stands open about them goes too. Their row stays without a word in it, so that their id is never given again; rows
of the audit log stay, and still verify. What others may still have to hear (that a session ended) keeps its ids alone.
Spec: PIPL article 47; NIST SP 800-88r1 §2.5 (cryptographic erase).
"""

from sqlalchemy import BindParameter, Delete, Table, Update, bindparam, delete, or_, select, update

from adapters.sql.line import Line
from adapters.sql.tables import (
    access_grant,
    administrator,
    authenticator,
    consent,
    decision_record,
    delegation,
    device,
    enrolment_code,
    link,
    notice,
    pending_change,
    person,
    person_identifier,
    person_key,
    person_token,
    post,
    recovery_code,
    refresh_family,
    role_grant,
    session,
    sign_in,
)
from idp.errors import Conflict

WHO: BindParameter[str] = bindparam("who")
NOTHING = b""


def _of(table: Table) -> Delete:
    return delete(table).where(table.c.subject_id == WHO)


_sets = select(authenticator.c.id).where(authenticator.c.subject_id == WHO)
_grants = select(access_grant.c.id).where(access_grant.c.subject_id == WHO)
_posts = select(post.c.id).where(post.c.subject_id == WHO)
STATEMENTS: tuple[Delete | Update, ...] = (
    _of(person_key),
    _of(person_identifier),
    _of(person_token),
    _of(link),
    delete(recovery_code).where(recovery_code.c.authenticator_id.in_(_sets)),
    _of(authenticator),
    _of(enrolment_code),
    _of(device),
    _of(sign_in),
    _of(decision_record),
    _of(consent),
    _of(notice),
    delete(delegation).where(or_(delegation.c.principal_id == WHO, delegation.c.delegate_id == WHO)),
    delete(refresh_family).where(refresh_family.c.grant_id.in_(_grants)),
    delete(role_grant).where(role_grant.c.post_id.in_(_posts)),
    delete(pending_change).where(pending_change.c.asked_by == WHO, pending_change.c.kind == "correction"),
    update(access_grant)
    .where(access_grant.c.subject_id == WHO)
    .values(details=None, claims=None, nonce=None, device_hash=None),
    update(session)
    .where(session.c.subject_id == WHO)
    .values(sealed=NOTHING, network="", country=None, asn=None, device_hash=None, zones=()),
    update(post).where(post.c.subject_id == WHO).values(sealed=NOTHING),
    update(person).where(person.c.id == WHO).values(sealed=NOTHING, disabled=True, language=None, erased=True),
)
"""In this order: what stands on something else goes before it."""
ADMINISTRATOR = select(administrator.c.role).where(administrator.c.subject_id == WHO)


def erase(line: Line, subject_id: str) -> bool:
    """(write) False: there is no such person, or no more. Raises Conflict: an administrator's role comes first."""
    if line.one(ADMINISTRATOR, who=subject_id) is not None:
        raise Conflict("an administrator is not erased: the role is taken first")
    if line.write(STATEMENTS[0], {"who": subject_id}) == 0:
        return False
    for statement in STATEMENTS[1:]:
        line.write(statement, {"who": subject_id})
    return True
