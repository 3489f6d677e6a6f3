"""Sessions and known devices in memory."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from adapters.memory.tables import Tables, add, known
from idp.errors import Conflict
from idp.model import Device, Session


class MemorySessions:
    """`idp.ports.Sessions`."""

    def __init__(self, tables: Callable[[], Tables]) -> None:
        self._tables = tables

    def by_id_hash(self, id_hash: str) -> Session | None:
        return next((one for one in self._tables().sessions.values() if one.id_hash == id_hash), None)

    def by_sid(self, sid: str) -> Session | None:
        return self._tables().sessions.get(sid)

    def of(self, subject_id: str, at: datetime) -> Sequence[Session]:
        mine = [one for one in self._tables().sessions.values() if one.subject_id == subject_id]
        live = [one for one in mine if self._alive(one, at)]
        return sorted(live, key=lambda one: (-one.last_seen_at.timestamp(), one.sid))

    def of_people(self, subject_ids: Sequence[str], at: datetime) -> Sequence[Session]:
        return [one for subject_id in subject_ids for one in self.of(subject_id, at)]

    def live_subjects(self, department_id: str, at: datetime) -> Sequence[str]:
        tables = self._tables()
        live = {one.subject_id for one in tables.sessions.values() if self._alive(one, at)}
        for family in tables.families.values():
            grant = tables.grants[family.grant_id]
            ended = tables.people[grant.subject_id].ended_before
            limits = family.expires_at > at and family.idle_expires_at > at
            revoked = family.revoked_at or grant.revoked_at
            if limits and revoked is None and (ended is None or ended < grant.created_at):
                live.add(grant.subject_id)
        return sorted(one for one in live if tables.people[one].department_id == department_id)

    def _alive(self, session: Session, at: datetime) -> bool:
        ended = self._tables().people[session.subject_id].ended_before
        within = session.expires_at > at and session.last_seen_at + session.idle_limit > at
        return session.ended_at is None and within and (ended is None or ended < session.created_at)

    def device(self, device_hash: str, subject_id: str) -> Device | None:
        return self._tables().devices.get((device_hash, subject_id))

    def devices_of(self, subject_id: str) -> Sequence[Device]:
        mine = [one for one in self._tables().devices.values() if one.subject_id == subject_id]
        return sorted(mine, key=lambda one: (-one.last_seen_at.timestamp(), one.device_hash))

    def people_at(self, device_hash: str) -> Sequence[Device]:
        here = [one for one in self._tables().devices.values() if one.device_hash == device_hash]
        return sorted(here, key=lambda one: (-one.last_seen_at.timestamp(), one.subject_id))

    def trust_device(self, device: Device) -> None:
        devices, key = self._tables().devices, (device.device_hash, device.subject_id)
        if key in devices:
            devices[key] = replace(
                devices[key],
                trusted_at=device.trusted_at,
                trusted_until=device.trusted_until,
                trusted_acr=device.trusted_acr,
                public_key=device.public_key,
            )

    def forget_devices(self, subject_id: str, device_hash: str | None = None) -> int:
        devices = self._tables().devices
        gone = [key for key in devices if key[1] == subject_id and device_hash in (None, key[0])]
        for key in gone:
            del devices[key]
        return len(gone)

    def add(self, session: Session) -> None:
        known(self._tables().people, session.subject_id)
        known(self._tables().posts, session.post_id)
        if self.by_id_hash(session.id_hash) is not None:
            raise Conflict("that cookie was given before")
        add(self._tables().sessions, session.sid, session)

    def renew(self, session: Session, old_id_hash: str) -> None:
        before = self._tables().sessions.get(session.sid)
        same = before is not None and (before.id_hash, before.subject_id) == (old_id_hash, session.subject_id)
        if before is None or not same or before.ended_at is not None:
            raise Conflict("the session moved or ended meanwhile")
        self._tables().sessions[session.sid] = session

    def touch(
        self, sid: str, at: datetime, network: str, country: str | None, asn: int | None, zones: tuple[str, ...]
    ) -> None:
        one = self._tables().sessions.get(sid)
        if one is not None and one.ended_at is None:
            seen = replace(one, last_seen_at=at, network=network, country=country, asn=asn, zones=zones)
            self._tables().sessions[sid] = seen

    def end(self, sid: str, at: datetime) -> Session | None:
        one = self._tables().sessions.get(sid)
        if one is None or one.ended_at is not None:
            return None
        ended = self._tables().sessions[sid] = replace(one, ended_at=at)
        return ended

    def see_device(self, device: Device) -> None:
        known(self._tables().people, device.subject_id)
        devices, key = self._tables().devices, (device.device_hash, device.subject_id)
        devices[key] = replace(devices[key], last_seen_at=device.last_seen_at) if key in devices else device
