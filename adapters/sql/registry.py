"""What administrators set, in SQL, and the snapshot of it. Every change moves the epoch in its own transaction."""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite compiles the same ON CONFLICT

from adapters.sealing import Keyring, Purpose
from adapters.sql.columns import Moment
from adapters.sql.line import Line
from adapters.sql.quick import Quick
from adapters.sql.tables import (
    client,
    department,
    epoch,
    initial_access_token,
    resource,
    sharing_agreement,
    signing_key,
    trusted_issuer,
)
from idp.model import (
    Client,
    Configuration,
    Department,
    InitialAccessToken,
    Resource,
    SharingAgreement,
    SigningKey,
    TrustedIssuer,
)
from idp.secret import Secret

DEPARTMENT = TypeAdapter(Department)
CLIENT = TypeAdapter(Client)
RESOURCE = TypeAdapter(Resource)
AGREEMENT = TypeAdapter(SharingAgreement)
ISSUER = TypeAdapter(TrustedIssuer)

NUMBER = Quick(select(epoch.c.number).where(epoch.c.id == 1))
DEPARTMENTS = select(department)
CLIENTS = select(client)
RESOURCES = select(resource)
AGREEMENTS = select(sharing_agreement)
ISSUERS = select(trusted_issuer)
KEYS = select(signing_key).order_by(signing_key.c.created_at, signing_key.c.kid)
MOVE = update(epoch).where(epoch.c.id == 1).values(number=epoch.c.number + 1)
RETIRE = (
    update(signing_key)
    .where(signing_key.c.kid == bindparam("key"), signing_key.c.retired_at.is_(None))
    .values(retired_at=bindparam("at", type_=Moment()))
)
REVOKE = update(signing_key).where(signing_key.c.kid == bindparam("key")).values(retired_at=signing_key.c.active_from)

INITIAL = select(initial_access_token).where(initial_access_token.c.token_hash == bindparam("hash"))
USE_INITIAL = (
    update(initial_access_token)
    .where(
        initial_access_token.c.token_hash == bindparam("hash"),
        initial_access_token.c.uses_left > 0,
        initial_access_token.c.expires_at > bindparam("at", type_=Moment()),
    )
    .values(uses_left=initial_access_token.c.uses_left - 1)
)


class SqlRegistry:
    """`idp.ports.Registry`. `changed` is told, so that this process reads anew after the commit."""

    def __init__(self, line: Line, keyring: Keyring, changed: Callable[[], None]) -> None:
        self._line, self._keyring, self._changed = line, keyring, changed

    def put_department(self, department_: Department) -> None:
        body = DEPARTMENT.dump_python(department_, mode="json", exclude={"settings"})
        # A connector's own settings may hold its password.
        sealed = self._keyring.seal(orjson.dumps(department_.settings), row=_settings_row(department_.id))
        values = {"parent_id": department_.parent_id, "body": body, "settings": sealed}
        self._put(upsert(department).values(id=department_.id, **values), "id", values)

    def put_client(self, client_: Client) -> None:
        body = CLIENT.dump_python(client_, mode="json", exclude={"secret_hashes", "secrets"})
        values = {
            "body": body,
            "secret_hashes": tuple(hash_.hex() for hash_ in client_.secret_hashes),
            "secrets": self._sealed_secrets(client_),
        }
        self._put(upsert(client).values(id=client_.id, **values), "id", values)

    def put_resource(self, resource_: Resource) -> None:
        values = {"body": RESOURCE.dump_python(resource_, mode="json")}
        self._put(upsert(resource).values(audience=resource_.audience, **values), "audience", values)

    def put_agreement(self, agreement: SharingAgreement) -> None:
        values = {"body": AGREEMENT.dump_python(agreement, mode="json")}
        self._put(upsert(sharing_agreement).values(id=agreement.id, **values), "id", values)

    def drop_agreement(self, agreement_id: str) -> None:
        self._line.write(delete(sharing_agreement).where(sharing_agreement.c.id == agreement_id))
        self._move()

    def put_issuer(self, issuer: TrustedIssuer) -> None:
        values = {"body": ISSUER.dump_python(issuer, mode="json")}
        self._put(upsert(trusted_issuer).values(issuer=issuer.issuer, **values), "issuer", values)

    def drop_issuer(self, issuer: str) -> None:
        self._line.write(delete(trusted_issuer).where(trusted_issuer.c.issuer == issuer))
        self._move()

    def add_initial_token(self, token: InitialAccessToken) -> None:
        self._line.write(insert(initial_access_token), asdict(token))

    def initial_token(self, token_hash: str, now: datetime) -> InitialAccessToken | None:
        row = self._line.one(INITIAL, hash=token_hash)
        found = None if row is None else InitialAccessToken(**row._mapping)
        return found if found is not None and found.uses_left > 0 and now < found.expires_at else None

    def use_initial_token(self, token_hash: str, now: datetime) -> InitialAccessToken | None:
        if self._line.write(USE_INITIAL, {"hash": token_hash, "at": now}) != 1:
            return None
        row = self._line.one(INITIAL, hash=token_hash)
        return None if row is None else InitialAccessToken(**row._mapping)

    def add_key(self, key: SigningKey) -> None:
        private = self._keyring.seal(key.private.reveal(), row=_key_row(key.kid), purpose=Purpose.SIGNING_KEY)
        values = {
            "kid": key.kid,
            "alg": key.alg,
            "public_jwk": key.public_jwk,
            "created_at": key.created_at,
            "active_from": key.active_from,
            "retired_at": key.retired_at,
            "private": private,
        }
        self._line.write(insert(signing_key), values)
        self._move()

    def retire_key(self, kid: str, at: datetime) -> None:
        self._line.write(RETIRE, {"key": kid, "at": at})
        self._move()

    def revoke_key(self, kid: str) -> None:
        self._line.write(REVOKE, {"key": kid})
        self._move()

    def _sealed_secrets(self, client_: Client) -> bytes | None:
        if not client_.secrets:
            return None
        plain = orjson.dumps([secret.reveal() for secret in client_.secrets])
        return self._keyring.seal(plain, row=_secrets_row(client_.id))

    def _put(self, statement: Any, key: str, values: dict[str, Any]) -> None:
        self._line.write(statement.on_conflict_do_update(index_elements=[key], set_=values))
        self._move()

    def _move(self) -> None:
        self._line.write(MOVE)
        self._changed()


def number(line: Line) -> int:
    """The epoch: one tiny read."""
    row = line.one(NUMBER)
    return 0 if row is None else int(row.number)


def read_configuration(line: Line, keyring: Keyring) -> Configuration:
    """The whole snapshot. The epoch is read first: a change in between is seen as newer and read again."""
    at = number(line)
    departments = {row.id: _department(keyring, row) for row in line.all(DEPARTMENTS)}
    clients = {row.id: _client(keyring, row) for row in line.all(CLIENTS)}
    resources = {row.audience: RESOURCE.validate_python(row.body) for row in line.all(RESOURCES)}
    keys = tuple(_key(keyring, row) for row in line.all(KEYS))
    agreements = {row.id: AGREEMENT.validate_python(row.body) for row in line.all(AGREEMENTS)}
    issuers = {row.issuer: ISSUER.validate_python(row.body) for row in line.all(ISSUERS)}
    return Configuration(at, departments, clients, resources, keys, agreements, issuers)


def _department(keyring: Keyring, row: Any) -> Department:
    settings = orjson.loads(keyring.open(row.settings, row=_settings_row(row.id)))
    return DEPARTMENT.validate_python({**row.body, "settings": settings})


def _client(keyring: Keyring, row: Any) -> Client:
    hashes = tuple(bytes.fromhex(hash_) for hash_ in row.secret_hashes)
    found = CLIENT.validate_python({**row.body, "secret_hashes": hashes, "secrets": ()})
    if row.secrets is None:
        return found
    opened = orjson.loads(keyring.open(row.secrets, row=_secrets_row(row.id)))
    return replace(found, secrets=tuple(Secret(one) for one in opened))


def _key(keyring: Keyring, row: Any) -> SigningKey:
    private = keyring.open(row.private, row=_key_row(row.kid), purpose=Purpose.SIGNING_KEY)
    return SigningKey(
        row.kid, row.alg, Secret(private), row.public_jwk, row.created_at, row.active_from, row.retired_at
    )


def _settings_row(department_id: str) -> tuple[str, ...]:
    return ("department", "settings", department_id)


def _secrets_row(client_id: str) -> tuple[str, ...]:
    return ("client", "secrets", client_id)


def _key_row(kid: str) -> tuple[str, ...]:
    return ("signing_key", "private", kid)
