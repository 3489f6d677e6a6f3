"""Grants, refresh families, consent and revoked access tokens, in SQL.

What a refresh or an introspection asks is one joined SELECT. A rotation is one conditional UPDATE: of any number of
callers with one token, one moves the family.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, exists, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite compiles the same ON CONFLICT

from adapters.master_key import SealingError
from adapters.sealing import Keyring
from adapters.sql.columns import Moment
from adapters.sql.line import Line
from adapters.sql.listing import SUBJECT
from adapters.sql.quick import Quick
from adapters.sql.sessions import SESSION
from adapters.sql.shape import Open
from adapters.sql.tables import (
    access_grant,
    consent,
    person,
    person_key,
    refresh_family,
    revocation,
    revoked_token,
    session,
)
from idp.errors import Unavailable
from idp.model import Grant, RefreshFamily, Session, Subject

GRANT = Open(Grant, access_grant)
FAMILY_SHAPE = Open(RefreshFamily, refresh_family)
AT = bindparam("at", type_=Moment())
SID = SESSION.names.index("sid")

_grants = select(*GRANT.columns)
GET = Quick(_grants.where(access_grant.c.id == bindparam("id")))
OF_SESSION = _grants.where(access_grant.c.sid == bindparam("sid")).order_by(
    access_grant.c.created_at.desc(), access_grant.c.id
)
OF_SUBJECT = _grants.where(access_grant.c.subject_id == bindparam("subject")).order_by(
    access_grant.c.created_at.desc(), access_grant.c.id
)
CONSENTED = Quick(
    select(consent.c.scope).where(
        consent.c.subject_id == bindparam("subject"), consent.c.client_id == bindparam("client")
    )
)
CONSENTS = (
    select(consent.c.client_id, consent.c.scope)
    .where(consent.c.subject_id == bindparam("subject"))
    .order_by(consent.c.client_id, consent.c.scope)
)
FAMILIES_OF = (
    select(*FAMILY_SHAPE.columns)
    .join(access_grant, access_grant.c.id == refresh_family.c.grant_id)
    .where(access_grant.c.subject_id == bindparam("subject"))
    .order_by(refresh_family.c.created_at.desc(), refresh_family.c.id)
)
_around = (*GRANT.columns, *SESSION.columns, *SUBJECT.columns, person_key.c.wrapped)
FAMILY = Quick(
    select(*FAMILY_SHAPE.columns, *_around)
    .select_from(refresh_family)
    .join(access_grant, access_grant.c.id == refresh_family.c.grant_id)
    .join(person, person.c.id == access_grant.c.subject_id)
    .join(person_key, person_key.c.subject_id == person.c.id)
    .outerjoin(session, session.c.sid == access_grant.c.sid)
    .where(refresh_family.c.id == bindparam("id"))
)
_here = select(literal(1).label("here")).subquery()
_revoked = exists().where(revoked_token.c.jti == bindparam("jti"))
TOKEN_STATE = Quick(
    select(_revoked.label("revoked"), *_around)
    .select_from(_here)
    .outerjoin(access_grant, access_grant.c.id == bindparam("grant"))
    .outerjoin(person, person.c.id == access_grant.c.subject_id)
    .outerjoin(person_key, person_key.c.subject_id == person.c.id)
    .outerjoin(session, session.c.sid == access_grant.c.sid)
)
ROTATE = Quick(
    update(refresh_family)
    .where(
        refresh_family.c.id == bindparam("family"),
        refresh_family.c.current_hash == bindparam("old_hash"),
        refresh_family.c.revoked_at.is_(None),
    )
    .values(
        current_hash=bindparam("new_hash"),
        generation=refresh_family.c.generation + 1,
        idle_expires_at=bindparam("idle_until", type_=Moment()),
    )
)
KEEP_ALIVE = Quick(
    update(refresh_family)
    .where(refresh_family.c.id == bindparam("family"), refresh_family.c.revoked_at.is_(None))
    .values(idle_expires_at=bindparam("idle_until", type_=Moment()))
)
REVOKE = (
    update(access_grant)
    .where(access_grant.c.id == bindparam("grant"), access_grant.c.revoked_at.is_(None))
    .values(revoked_at=AT)
)
REVOKE_FAMILIES = (
    update(refresh_family)
    .where(refresh_family.c.grant_id == bindparam("grant"), refresh_family.c.revoked_at.is_(None))
    .values(revoked_at=AT)
)

_tell = upsert(revocation)
TELL = _tell.on_conflict_do_update(index_elements=["value"], set_={"at": _tell.excluded.at})
TOLD = (
    select(revocation.c.value, revocation.c.at)
    .where(revocation.c.at >= bindparam("since", type_=Moment()))
    .order_by(revocation.c.at, revocation.c.value)
    .limit(bindparam("limit"))
)


ADD, ADD_FAMILY = Quick(insert(access_grant)), Quick(insert(refresh_family))


class SqlGrants:
    """`idp.ports.Grants`."""

    def __init__(self, line: Line, keyring: Keyring) -> None:
        self._line, self._keyring = line, keyring

    def get(self, grant_id: str) -> Grant | None:
        row = self._line.one(GET, id=grant_id)
        return None if row is None else self._grant(row)

    def of_session(self, sid: str) -> Sequence[Grant]:
        return [self._grant(row) for row in self._line.all(OF_SESSION, sid=sid)]

    def of_subject(self, subject_id: str) -> Sequence[Grant]:
        return [self._grant(row) for row in self._line.all(OF_SUBJECT, subject=subject_id)]

    def consented(self, subject_id: str, client_id: str) -> frozenset[str]:
        return frozenset(row.scope for row in self._line.all(CONSENTED, subject=subject_id, client=client_id))

    def families_of(self, subject_id: str) -> Sequence[RefreshFamily]:
        return [FAMILY_SHAPE.build(row) for row in self._line.all(FAMILIES_OF, subject=subject_id)]

    def consents(self, subject_id: str) -> Sequence[tuple[str, str]]:
        return [(row.client_id, row.scope) for row in self._line.all(CONSENTS, subject=subject_id)]

    def family(self, family_id: str) -> tuple[RefreshFamily, Grant, Session | None, Subject] | None:
        row = self._line.one(FAMILY, id=family_id)
        if row is None:
            return None
        width = len(FAMILY_SHAPE.columns)
        grant, session_, subject = self._around(row[width:])
        if grant is None or subject is None:
            return None
        return FAMILY_SHAPE.build(row[:width]), grant, session_, subject

    def token_state(self, jti: str, grant_id: str | None) -> tuple[bool, Grant | None, Session | None, Subject | None]:
        row = self._line.one(TOKEN_STATE, jti=jti, grant=grant_id)
        if row is None:
            return True, None, None, None
        return bool(row.revoked), *self._around(row[1:])

    def _around(self, values: Sequence[Any]) -> tuple[Grant | None, Session | None, Subject | None]:
        """Grant, session and subject from the columns of `_around`."""
        if values[0] is None or values[-1] is None:
            return None, None, None
        seal = self._keyring.person(values[-1])
        width = len(GRANT.columns)
        rest = values[width:]
        session_ = None if rest[SID] is None else SESSION.build(rest, seal)
        return self._grant(values[:width]), session_, SUBJECT.build(rest[SESSION.width :], seal)

    def add(self, grant: Grant) -> None:
        sealed = self._keyring.seal(orjson.dumps(grant.details), row=_details_row(grant.id)) if grant.details else None
        self._line.write(ADD, {**GRANT.values(grant), "details": sealed, "claims": grant.claims or None})

    def _grant(self, values: Sequence[Any]) -> Grant:
        """Most grants have no authorization details; what is in them may be personal, so that they lie sealed."""
        found = GRANT.build(values)
        details: Any = found.details
        if details is None and found.claims is not None:
            return replace(found, details=())
        opened = () if details is None else tuple(orjson.loads(self._open(details, found.id)))
        return replace(found, details=opened, claims=found.claims or {})

    def _open(self, sealed: bytes, grant_id: str) -> bytes:
        try:
            return self._keyring.open(sealed, row=_details_row(grant_id))
        except SealingError as error:
            raise Unavailable("store", str(error)) from error

    def consent(self, subject_id: str, client_id: str, scopes: Sequence[str], at: datetime) -> None:
        given = [
            {"subject_id": subject_id, "client_id": client_id, "scope": scope, "given_at": at} for scope in set(scopes)
        ]
        if given:
            self._line.write(upsert(consent).on_conflict_do_nothing(), given)

    def withdraw(self, subject_id: str, client_id: str, at: datetime) -> None:
        mine = consent.c.subject_id == subject_id, consent.c.client_id == client_id
        self._line.write(delete(consent).where(*mine))
        for grant in self.of_subject(subject_id):
            if grant.client_id == client_id:
                self.revoke(grant.id, at)

    def add_family(self, family: RefreshFamily) -> None:
        self._line.write(ADD_FAMILY, FAMILY_SHAPE.values(family))

    def rotate(self, family_id: str, old_hash: str, new_hash: str, idle_expires_at: datetime) -> bool:
        moved = {"family": family_id, "old_hash": old_hash, "new_hash": new_hash, "idle_until": idle_expires_at}
        return self._line.write(ROTATE, moved) == 1

    def keep_alive(self, family_id: str, idle_expires_at: datetime) -> None:
        self._line.write(KEEP_ALIVE, {"family": family_id, "idle_until": idle_expires_at})

    def revoke(self, grant_id: str, at: datetime) -> bool:
        self._line.write(REVOKE_FAMILIES, {"grant": grant_id, "at": at})
        revoked = self._line.write(REVOKE, {"grant": grant_id, "at": at}) == 1
        if revoked:
            self._line.write(TELL, {"value": f"grant:{grant_id}", "at": at})
        return revoked

    def revoke_token(self, jti: str, expires_at: datetime, at: datetime) -> None:
        self._line.write(upsert(revoked_token).on_conflict_do_nothing(), {"jti": jti, "expires_at": expires_at})
        self._line.write(TELL, {"value": f"jti:{jti}", "at": at})

    def outdate(self, subject_id: str, at: datetime) -> None:
        live = [{"value": f"grant:{one.id}", "at": at} for one in self.of_subject(subject_id) if one.revoked_at is None]
        if live:
            self._line.write(TELL, live)

    def revocations(self, since: datetime, limit: int) -> Sequence[tuple[str, datetime]]:
        return [(row.value, row.at) for row in self._line.all(TOLD, since=since, limit=limit)]

    def forget_revocations(self, before: datetime) -> None:
        self._line.write(delete(revocation).where(revocation.c.at < before))
        self._line.write(delete(revoked_token).where(revoked_token.c.expires_at < before))


def _details_row(grant_id: str) -> tuple[str, ...]:
    return ("access_grant", "details", grant_id)
