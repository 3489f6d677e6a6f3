"""Sessions and known devices, in SQL. A session is found by its cookie's hash, in one read with its person's key."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, delete, insert, or_, select, type_coerce, update
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite compiles the same ON CONFLICT

from adapters.sealing import Keyring
from adapters.sql.columns import Moment, Words
from adapters.sql.line import Line
from adapters.sql.person_key import seal_of
from adapters.sql.quick import Quick
from adapters.sql.shape import Open, Seal, Sealed, as_is
from adapters.sql.tables import access_grant, device, person, person_key, refresh_family, session
from idp.errors import Conflict
from idp.model import Device, Proof, Session

PROOFS = TypeAdapter(tuple[Proof, ...])
AT = bindparam("at", type_=Moment())
DEVICE = Open(Device, device)


class _SessionShape(Sealed[Session]):
    """Proofs are a JSON column: the session is read far more often than written."""

    def build(self, values: Sequence[Any], seal: Seal) -> Session:
        proofs = self.names.index("proofs")
        return super().build((*values[:proofs], PROOFS.validate_json(values[proofs]), *values[proofs + 1 :]), seal)

    def values(self, thing: Session, seal: Seal) -> dict[str, Any]:
        return {**super().values(thing, seal), "proofs": PROOFS.dump_json(thing.proofs).decode()}


SESSION = _SessionShape(
    Session, session, {"browser": as_is, "system": as_is, "city": as_is, "operator": as_is, "shared": as_is}, key="sid"
)


def alive() -> ColumnElement[bool]:
    """Neither ended nor past a limit at the bound moment `at`, nor older than its person's `ended_before`."""
    idle = type_coerce(session.c.last_seen_at, BigInteger) + type_coerce(session.c.idle_limit, BigInteger)
    return and_(
        session.c.ended_at.is_(None),
        session.c.expires_at > AT,
        idle > type_coerce(AT, BigInteger),
        or_(person.c.ended_before.is_(None), person.c.ended_before < session.c.created_at),
    )


_sessions = select(*SESSION.with_key()).join(person_key, person_key.c.subject_id == session.c.subject_id)
BY_ID_HASH = Quick(_sessions.where(session.c.id_hash == bindparam("id_hash")))
BY_SID = Quick(_sessions.where(session.c.sid == bindparam("sid")))
OF = (
    _sessions.join(person, person.c.id == session.c.subject_id)
    .where(session.c.subject_id == bindparam("subject"), alive())
    .order_by(session.c.last_seen_at.desc(), session.c.sid)
)
OF_PEOPLE = (
    _sessions.join(person, person.c.id == session.c.subject_id)
    .where(session.c.subject_id.in_(bindparam("subjects", expanding=True)), alive())
    .order_by(session.c.subject_id, session.c.last_seen_at.desc(), session.c.sid)
)
AT_ONCE = 500
"""People in one query; databases take a bounded number of parameters."""
_with_session = (
    select(session.c.subject_id)
    .join(person, person.c.id == session.c.subject_id)
    .where(person.c.department_id == bindparam("department"), alive())
)
_with_family = (
    select(access_grant.c.subject_id)
    .join(refresh_family, refresh_family.c.grant_id == access_grant.c.id)
    .join(person, person.c.id == access_grant.c.subject_id)
    .where(
        person.c.department_id == bindparam("department"),
        access_grant.c.revoked_at.is_(None),
        refresh_family.c.revoked_at.is_(None),
        refresh_family.c.expires_at > AT,
        refresh_family.c.idle_expires_at > AT,
        or_(person.c.ended_before.is_(None), person.c.ended_before < access_grant.c.created_at),
    )
)
LIVE_SUBJECTS = _with_session.union(_with_family)
DEVICE_OF = Quick(
    select(*DEVICE.columns).where(
        device.c.device_hash == bindparam("device"), device.c.subject_id == bindparam("subject")
    )
)
DEVICES_OF = (
    select(*DEVICE.columns)
    .where(device.c.subject_id == bindparam("subject"))
    .order_by(device.c.last_seen_at.desc(), device.c.device_hash)
)
PEOPLE_AT = (
    select(*DEVICE.columns)
    .where(device.c.device_hash == bindparam("device"))
    .order_by(device.c.last_seen_at.desc(), device.c.subject_id)
)
_devices = delete(device).where(device.c.subject_id == bindparam("subject"))
FORGET_DEVICE = _devices.where(device.c.device_hash == bindparam("device"))
_one = update(session).where(session.c.sid == bindparam("session"), session.c.ended_at.is_(None))
TOUCH = Quick(
    _one.values(
        last_seen_at=AT,
        network=bindparam("new_network"),
        country=bindparam("new_country"),
        asn=bindparam("new_asn"),
        zones=bindparam("new_zones", type_=Words()),
    )
)
END = _one.values(ended_at=AT)
RENEW = _one.where(session.c.id_hash == bindparam("old_id_hash"))


ADD = Quick(insert(session))
_seen = upsert(device)
SEE_DEVICE = Quick(
    _seen.on_conflict_do_update(
        index_elements=[device.c.device_hash, device.c.subject_id],
        set_={"last_seen_at": _seen.excluded.last_seen_at},
    )
)


class SqlSessions:
    """`idp.ports.Sessions`."""

    def __init__(self, line: Line, keyring: Keyring) -> None:
        self._line, self._keyring = line, keyring

    def by_id_hash(self, id_hash: str) -> Session | None:
        row = self._line.one(BY_ID_HASH, id_hash=id_hash)
        return None if row is None else SESSION.read(self._keyring, row)

    def by_sid(self, sid: str) -> Session | None:
        row = self._line.one(BY_SID, sid=sid)
        return None if row is None else SESSION.read(self._keyring, row)

    def of(self, subject_id: str, at: datetime) -> Sequence[Session]:
        return [SESSION.read(self._keyring, row) for row in self._line.all(OF, subject=subject_id, at=at)]

    def of_people(self, subject_ids: Sequence[str], at: datetime) -> Sequence[Session]:
        parts = [subject_ids[start : start + AT_ONCE] for start in range(0, len(subject_ids), AT_ONCE)]
        rows = [row for part in parts for row in self._line.all(OF_PEOPLE, subjects=list(part), at=at)]
        return [SESSION.read(self._keyring, row) for row in rows]

    def live_subjects(self, department_id: str, at: datetime) -> Sequence[str]:
        return [row.subject_id for row in self._line.all(LIVE_SUBJECTS, department=department_id, at=at)]

    def device(self, device_hash: str, subject_id: str) -> Device | None:
        row = self._line.one(DEVICE_OF, device=device_hash, subject=subject_id)
        return None if row is None else DEVICE.build(row)

    def devices_of(self, subject_id: str) -> Sequence[Device]:
        return [DEVICE.build(row) for row in self._line.all(DEVICES_OF, subject=subject_id)]

    def people_at(self, device_hash: str) -> Sequence[Device]:
        return [DEVICE.build(row) for row in self._line.all(PEOPLE_AT, device=device_hash)]

    def trust_device(self, device_: Device) -> None:
        mine = (device.c.device_hash == device_.device_hash, device.c.subject_id == device_.subject_id)
        trust = {name: getattr(device_, name) for name in ("trusted_at", "trusted_until", "trusted_acr", "public_key")}
        self._line.write(update(device).where(*mine).values(trust))

    def forget_devices(self, subject_id: str, device_hash: str | None = None) -> int:
        if device_hash is None:
            return self._line.write(_devices, {"subject": subject_id})
        return self._line.write(FORGET_DEVICE, {"subject": subject_id, "device": device_hash})

    def add(self, session_: Session) -> None:
        self._line.write(ADD, self._values(session_))

    def renew(self, session_: Session, old_id_hash: str) -> None:
        values = self._values(session_)
        sid = values.pop("sid")
        statement = RENEW.where(session.c.subject_id == session_.subject_id).values(values)
        if self._line.write(statement, {"session": sid, "old_id_hash": old_id_hash}) == 0:
            raise Conflict("the session moved or ended meanwhile")

    def touch(
        self, sid: str, at: datetime, network: str, country: str | None, asn: int | None, zones: tuple[str, ...]
    ) -> None:
        place = {"new_network": network, "new_country": country, "new_asn": asn, "new_zones": zones}
        self._line.write(TOUCH, {"session": sid, "at": at, **place})

    def end(self, sid: str, at: datetime) -> Session | None:
        return self.by_sid(sid) if self._line.write(END, {"session": sid, "at": at}) else None

    def see_device(self, device_: Device) -> None:
        self._line.write(SEE_DEVICE, DEVICE.values(device_))

    def _values(self, session_: Session) -> dict[str, Any]:
        return SESSION.values(session_, seal_of(self._line, self._keyring, session_.subject_id))
