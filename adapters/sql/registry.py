"""What administrators set, in SQL, and the snapshot of it. Every change moves the epoch in its own transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite compiles the same ON CONFLICT

from adapters.sealing import Keyring, Purpose
from adapters.sql.columns import Moment
from adapters.sql.database import Line
from adapters.sql.tables import client, department, epoch, resource, signing_key
from idp.model import Client, Configuration, Department, Resource, SigningKey
from idp.secret import Secret

DEPARTMENT = TypeAdapter(Department)
CLIENT = TypeAdapter(Client)
RESOURCE = TypeAdapter(Resource)

NUMBER = select(epoch.c.number).where(epoch.c.id == 1)
DEPARTMENTS = select(department)
CLIENTS = select(client)
RESOURCES = select(resource)
KEYS = select(signing_key).order_by(signing_key.c.created_at, signing_key.c.kid)
MOVE = update(epoch).where(epoch.c.id == 1).values(number=epoch.c.number + 1)
RETIRE = (
    update(signing_key)
    .where(signing_key.c.kid == bindparam("key"), signing_key.c.retired_at.is_(None))
    .values(retired_at=bindparam("at", type_=Moment()))
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
        body = CLIENT.dump_python(client_, mode="json", exclude={"secret_hashes"})
        values = {"body": body, "secret_hashes": tuple(hash_.hex() for hash_ in client_.secret_hashes)}
        self._put(upsert(client).values(id=client_.id, **values), "id", values)

    def put_resource(self, resource_: Resource) -> None:
        values = {"body": RESOURCE.dump_python(resource_, mode="json")}
        self._put(upsert(resource).values(audience=resource_.audience, **values), "audience", values)

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
    clients = {row.id: _client(row) for row in line.all(CLIENTS)}
    resources = {row.audience: RESOURCE.validate_python(row.body) for row in line.all(RESOURCES)}
    keys = tuple(_key(keyring, row) for row in line.all(KEYS))
    return Configuration(at, departments, clients, resources, keys)


def _department(keyring: Keyring, row: Any) -> Department:
    settings = orjson.loads(keyring.open(row.settings, row=_settings_row(row.id)))
    return DEPARTMENT.validate_python({**row.body, "settings": settings})


def _client(row: Any) -> Client:
    hashes = tuple(bytes.fromhex(hash_) for hash_ in row.secret_hashes)
    return CLIENT.validate_python({**row.body, "secret_hashes": hashes})


def _key(keyring: Keyring, row: Any) -> SigningKey:
    private = keyring.open(row.private, row=_key_row(row.kid), purpose=Purpose.SIGNING_KEY)
    return SigningKey(
        row.kid, row.alg, Secret(private), row.public_jwk, row.created_at, row.active_from, row.retired_at
    )


def _settings_row(department_id: str) -> tuple[str, ...]:
    return ("department", "settings", department_id)


def _key_row(kid: str) -> tuple[str, ...]:
    return ("signing_key", "private", kid)
