"""Grants, refresh families, consent and revoked access tokens in memory."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from adapters.memory.tables import Tables, add, known
from idp.model import Grant, RefreshFamily, Session, Subject


class MemoryGrants:
    """`idp.ports.Grants`."""

    def __init__(self, tables: Callable[[], Tables]) -> None:
        self._tables = tables

    def get(self, grant_id: str) -> Grant | None:
        return self._tables().grants.get(grant_id)

    def of_session(self, sid: str) -> Sequence[Grant]:
        return self._newest_first(grant for grant in self._tables().grants.values() if grant.sid == sid)

    def of_subject(self, subject_id: str) -> Sequence[Grant]:
        return self._newest_first(grant for grant in self._tables().grants.values() if grant.subject_id == subject_id)

    @staticmethod
    def _newest_first(grants: Iterable[Grant]) -> Sequence[Grant]:
        return sorted(grants, key=lambda grant: (-grant.created_at.timestamp(), grant.id))

    def consented(self, subject_id: str, client_id: str) -> frozenset[str]:
        given = self._tables().consents
        return frozenset(scope for subject, client, scope in given if (subject, client) == (subject_id, client_id))

    def families_of(self, subject_id: str) -> Sequence[RefreshFamily]:
        mine = {grant.id for grant in self.of_subject(subject_id)}
        found = [one for one in self._tables().families.values() if one.grant_id in mine]
        return sorted(found, key=lambda one: (-one.created_at.timestamp(), one.id))

    def consents(self, subject_id: str) -> Sequence[tuple[str, str]]:
        return sorted(given[1:] for given in self._tables().consents if given[0] == subject_id)

    def family(self, family_id: str) -> tuple[RefreshFamily, Grant, Session | None, Subject] | None:
        tables, family = self._tables(), self._tables().families.get(family_id)
        if family is None:
            return None
        grant = tables.grants[family.grant_id]
        return family, grant, tables.sessions.get(grant.sid), tables.people[grant.subject_id]

    def token_state(self, jti: str, grant_id: str | None) -> tuple[bool, Grant | None, Session | None, Subject | None]:
        tables = self._tables()
        grant = tables.grants.get(grant_id or "")
        revoked = jti in tables.revoked_tokens
        if grant is None:
            return revoked, None, None, None
        return revoked, grant, tables.sessions.get(grant.sid), tables.people[grant.subject_id]

    def add(self, grant: Grant) -> None:
        tables = self._tables()
        known(tables.people, grant.subject_id)
        known(tables.clients, grant.client_id)
        known(tables.posts, grant.post_id)
        known(tables.sessions, grant.sid)
        add(tables.grants, grant.id, grant)

    def consent(self, subject_id: str, client_id: str, scopes: Sequence[str], at: datetime) -> None:
        known(self._tables().people, subject_id)
        known(self._tables().clients, client_id)
        self._tables().consents |= {(subject_id, client_id, scope) for scope in scopes}

    def withdraw(self, subject_id: str, client_id: str, at: datetime) -> None:
        tables = self._tables()
        tables.consents = {given for given in tables.consents if given[:2] != (subject_id, client_id)}
        for grant in self.of_subject(subject_id):
            if grant.client_id == client_id:
                self.revoke(grant.id, at)

    def add_family(self, family: RefreshFamily) -> None:
        known(self._tables().grants, family.grant_id)
        known(self._tables().clients, family.client_id)
        add(self._tables().families, family.id, family)

    def rotate(self, family_id: str, old_hash: str, new_hash: str, idle_expires_at: datetime) -> bool:
        family = self._tables().families.get(family_id)
        if family is None or family.revoked_at is not None or family.current_hash != old_hash:
            return False
        self._tables().families[family_id] = replace(
            family, current_hash=new_hash, generation=family.generation + 1, idle_expires_at=idle_expires_at
        )
        return True

    def keep_alive(self, family_id: str, idle_expires_at: datetime) -> None:
        family = self._tables().families.get(family_id)
        if family is not None and family.revoked_at is None:
            self._tables().families[family_id] = replace(family, idle_expires_at=idle_expires_at)

    def revoke(self, grant_id: str, at: datetime) -> bool:
        tables = self._tables()
        for family in list(tables.families.values()):
            if family.grant_id == grant_id and family.revoked_at is None:
                tables.families[family.id] = replace(family, revoked_at=at)
        grant = tables.grants.get(grant_id)
        if grant is None or grant.revoked_at is not None:
            return False
        tables.grants[grant_id] = replace(grant, revoked_at=at)
        tables.revocations[f"grant:{grant_id}"] = at
        return True

    def revoke_token(self, jti: str, expires_at: datetime, at: datetime) -> None:
        self._tables().revoked_tokens[jti] = expires_at
        self._tables().revocations[f"jti:{jti}"] = at

    def outdate(self, subject_id: str, at: datetime) -> None:
        for grant in self._tables().grants.values():
            if grant.subject_id == subject_id and grant.revoked_at is None:
                self._tables().revocations[f"grant:{grant.id}"] = at

    def revocations(self, since: datetime, limit: int) -> Sequence[tuple[str, datetime]]:
        found = [(at, value) for value, at in self._tables().revocations.items() if at >= since]
        return [(value, at) for at, value in sorted(found)[:limit]]

    def forget_revocations(self, before: datetime) -> None:
        tables = self._tables()
        tables.revocations = {value: at for value, at in tables.revocations.items() if at >= before}
        tables.revoked_tokens = {jti: ends for jti, ends in tables.revoked_tokens.items() if ends >= before}
