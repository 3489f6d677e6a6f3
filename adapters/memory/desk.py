"""History, the desk and the registry in memory."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from adapters.memory.tables import Tables, add, known
from idp.model import (
    Alert,
    Client,
    DecisionRecord,
    Department,
    InitialAccessToken,
    LogoutDelivery,
    PendingChange,
    Resource,
    SharingAgreement,
    SignIn,
    SigningKey,
    TrustedIssuer,
)

CLAIM = timedelta(seconds=60)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class MemoryHistory:
    """`idp.ports.History`."""

    def __init__(self, tables: Callable[[], Tables]) -> None:
        self._tables = tables

    def sign_ins(self, subject_id: str, since: datetime, limit: int = 500) -> Sequence[SignIn]:
        mine = [one for one in self._tables().sign_ins.values() if one.subject_id == subject_id and one.at >= since]
        return sorted(mine, key=lambda one: (-one.at.timestamp(), one.id))[:limit]

    def population(self, since: datetime) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for (day, level, value), count in self._tables().features.items():
            if day >= (since - EPOCH).days:
                level_counts = found.setdefault(level, {})
                level_counts[value] = level_counts.get(value, 0) + count
        return found

    def decision(self, reference: str) -> DecisionRecord | None:
        return self._tables().decisions.get(reference)

    def decisions(self, subject_id: str, since: datetime, limit: int = 500) -> Sequence[DecisionRecord]:
        mine = [one for one in self._tables().decisions.values() if one.subject_id == subject_id and one.at >= since]
        return sorted(mine, key=lambda one: (-one.at.timestamp(), one.reference))[:limit]

    def answer(self, sign_in_id: str, subject_id: str, answer: Literal["mine", "not-mine"]) -> SignIn | None:
        one = self._tables().sign_ins.get(sign_in_id)
        if one is None or one.subject_id != subject_id:
            return None
        said = self._tables().sign_ins[sign_in_id] = replace(one, answered=answer)
        return said

    def add_sign_in(self, row: SignIn) -> None:
        known(self._tables().people, row.subject_id)
        add(self._tables().sign_ins, row.id, row)
        if row.confirmed:
            asn = None if row.asn is None else str(row.asn)
            shown = {"asn": asn, "browser": row.browser, "country": row.country, "device": row.device_hash}
            for level, value in {**shown, "network": row.network, "system": row.system}.items():
                if value is not None:
                    self._tables().features[(row.at - EPOCH).days, level, value] += 1

    def add_decision(self, record: DecisionRecord) -> None:
        add(self._tables().decisions, record.reference, record)

    def forget(self, sign_ins_before: datetime, decisions_before: datetime) -> int:
        tables = self._tables()
        rows = [key for key, one in tables.sign_ins.items() if one.at < sign_ins_before]
        records = [key for key, one in tables.decisions.items() if one.at < decisions_before]
        for key in rows:
            del tables.sign_ins[key]
        for key in records:
            del tables.decisions[key]
        return len(rows) + len(records)


class MemoryDesk:
    """`idp.ports.Desk`."""

    def __init__(self, tables: Callable[[], Tables]) -> None:
        self._tables = tables

    def alerts(self, *, open_only: bool = True, limit: int = 100) -> Sequence[Alert]:
        found = [one for one in self._tables().alerts.values() if one.closed_at is None or not open_only]
        return sorted(found, key=lambda one: (-one.at.timestamp(), one.id))[:limit]

    def pending(self) -> Sequence[PendingChange]:
        waiting = [one for one in self._tables().changes.values() if one.decided_at is None]
        return sorted(waiting, key=lambda one: (one.asked_at, one.id))

    def changes_by(self, subject_id: str) -> Sequence[PendingChange]:
        mine = [one for one in self._tables().changes.values() if one.asked_by == subject_id]
        return sorted(mine, key=lambda one: (-one.asked_at.timestamp(), one.id))

    def deliveries_of(self, sid: str) -> Sequence[LogoutDelivery]:
        mine = [one for one in self._tables().deliveries.values() if one.sid == sid]
        return sorted(mine, key=lambda one: (one.created_at, one.id))

    def raise_alert(self, alert: Alert) -> None:
        add(self._tables().alerts, alert.id, alert)

    def close_alert(self, alert_id: str, at: datetime) -> bool:
        one = self._tables().alerts.get(alert_id)
        if one is None or one.closed_at is not None:
            return False
        self._tables().alerts[alert_id] = replace(one, closed_at=at)
        return True

    def ask_change(self, change: PendingChange) -> None:
        add(self._tables().changes, change.id, change)

    def decide_change(
        self, change_id: str, by: str, at: datetime, outcome: Literal["approved", "refused"]
    ) -> PendingChange | None:
        one = self._tables().changes.get(change_id)
        if one is None or one.decided_at is not None:
            return None
        decided = self._tables().changes[change_id] = replace(one, decided_by=by, decided_at=at, outcome=outcome)
        return decided

    def queue_logout(self, delivery: LogoutDelivery) -> None:
        known(self._tables().sessions, delivery.sid)
        known(self._tables().clients, delivery.client_id)
        first = delivery.next_at or delivery.created_at
        add(self._tables().deliveries, delivery.id, replace(delivery, next_at=first))

    def due_logouts(self, now: datetime, limit: int) -> Sequence[LogoutDelivery]:
        waiting = [one for one in self._tables().deliveries.values() if one.done_at is None and one.next_at is not None]
        due = sorted((one.next_at, one.id) for one in waiting if one.next_at is not None and one.next_at <= now)
        claimed = [self._tables().deliveries[id_] for _, id_ in due[:limit]]
        for one in claimed:
            self._tables().deliveries[one.id] = replace(one, next_at=now + CLAIM)
        return claimed

    def settle_logout(
        self, delivery_id: str, *, done_at: datetime | None, next_at: datetime | None, failure: str | None
    ) -> None:
        one = self._tables().deliveries.get(delivery_id)
        if one is not None:
            settled = replace(one, attempts=one.attempts + 1, done_at=done_at, next_at=next_at, failure=failure)
            self._tables().deliveries[delivery_id] = settled


class MemoryRegistry:
    """`idp.ports.Registry`."""

    def __init__(self, tables: Callable[[], Tables]) -> None:
        self._tables = tables

    def put_department(self, department: Department) -> None:
        self._tables().departments[department.id] = department
        self._tables().epoch += 1

    def put_client(self, client: Client) -> None:
        self._tables().clients[client.id] = client
        self._tables().epoch += 1

    def put_resource(self, resource: Resource) -> None:
        self._tables().resources[resource.audience] = resource
        self._tables().epoch += 1

    def put_agreement(self, agreement: SharingAgreement) -> None:
        self._tables().agreements[agreement.id] = agreement
        self._tables().epoch += 1

    def drop_agreement(self, agreement_id: str) -> None:
        self._tables().agreements.pop(agreement_id, None)
        self._tables().epoch += 1

    def put_issuer(self, issuer: TrustedIssuer) -> None:
        self._tables().issuers[issuer.issuer] = issuer
        self._tables().epoch += 1

    def drop_issuer(self, issuer: str) -> None:
        self._tables().issuers.pop(issuer, None)
        self._tables().epoch += 1

    def add_initial_token(self, token: InitialAccessToken) -> None:
        add(self._tables().initial_tokens, token.token_hash, token)

    def initial_token(self, token_hash: str, now: datetime) -> InitialAccessToken | None:
        found = self._tables().initial_tokens.get(token_hash)
        return found if found is not None and found.uses_left > 0 and now < found.expires_at else None

    def use_initial_token(self, token_hash: str, now: datetime) -> InitialAccessToken | None:
        found = self._tables().initial_tokens.get(token_hash)
        if found is None or found.uses_left <= 0 or found.expires_at <= now:
            return None
        used = self._tables().initial_tokens[token_hash] = replace(found, uses_left=found.uses_left - 1)
        return used

    def add_key(self, key: SigningKey) -> None:
        add(self._tables().keys, key.kid, key)
        self._tables().epoch += 1

    def retire_key(self, kid: str, at: datetime) -> None:
        key = self._tables().keys.get(kid)
        if key is not None and key.retired_at is None:
            self._tables().keys[kid] = replace(key, retired_at=at)
        self._tables().epoch += 1

    def revoke_key(self, kid: str) -> None:
        key = self._tables().keys.get(kid)
        if key is not None:
            self._tables().keys[kid] = replace(key, retired_at=key.active_from)
        self._tables().epoch += 1
