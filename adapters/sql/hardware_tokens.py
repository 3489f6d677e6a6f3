"""Hardware tokens in SQL. Each is taken by one conditional UPDATE; seeds are sealed, bound to their serial."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite compiles the same ON CONFLICT

from adapters.master_key import SealingError
from adapters.sealing import Keyring
from adapters.sealing import Row as Place
from adapters.sql.columns import Moment
from adapters.sql.line import Line
from adapters.sql.tables import hardware_token
from idp.errors import Unavailable
from idp.model import HardwareToken
from idp.secret import Secret

OPEN = ("serial", "algorithm", "digits", "period", "imported_at", "assigned_to", "lost_at")
_columns = (hardware_token.c.sealed, *(hardware_token.c[name] for name in OPEN))
_free = (hardware_token.c.assigned_to.is_(None), hardware_token.c.lost_at.is_(None))
GET = select(*_columns).where(hardware_token.c.serial == bindparam("token"))
OF = select(*_columns).where(hardware_token.c.assigned_to == bindparam("subject")).order_by(hardware_token.c.serial)
UNASSIGNED = select(func.count()).select_from(hardware_token).where(*_free)
ADD = (
    upsert(hardware_token)
    .on_conflict_do_nothing(index_elements=[hardware_token.c.serial])
    .execution_options(preserve_rowcount=True)
)
_one = update(hardware_token).where(hardware_token.c.serial == bindparam("token"))
ASSIGN = _one.where(*_free).values(assigned_to=bindparam("subject"))
RELEASE = _one.where(hardware_token.c.assigned_to == bindparam("subject")).values(assigned_to=None)
LOSE = _one.where(hardware_token.c.lost_at.is_(None)).values(
    lost_at=bindparam("moment", type_=Moment()), assigned_to=None, sealed=b""
)


class SqlHardwareTokens:
    """`idp.ports.HardwareTokens`."""

    def __init__(self, line: Line, keyring: Keyring) -> None:
        self._line, self._keyring = line, keyring

    def get(self, serial: str) -> HardwareToken | None:
        row = self._line.one(GET, token=serial)
        return None if row is None else self._read(row)

    def of(self, subject_id: str) -> list[HardwareToken]:
        return [self._read(row) for row in self._line.all(OF, subject=subject_id)]

    def unassigned(self) -> int:
        row = self._line.one(UNASSIGNED)
        return 0 if row is None else int(row[0])

    def add(self, token: HardwareToken) -> bool:
        sealed = self._keyring.seal(token.secret.reveal(), row=_place(token.serial))
        return self._line.write(ADD, {name: getattr(token, name) for name in OPEN} | {"sealed": sealed}) == 1

    def assign(self, serial: str, subject_id: str) -> bool:
        return self._line.write(ASSIGN, {"token": serial, "subject": subject_id}) == 1

    def release(self, serial: str, subject_id: str) -> bool:
        return self._line.write(RELEASE, {"token": serial, "subject": subject_id}) == 1

    def lose(self, serial: str, at: datetime) -> bool:
        return self._line.write(LOSE, {"token": serial, "moment": at}) == 1

    def _read(self, row: Row[Any]) -> HardwareToken:
        facts: dict[str, Any] = dict(zip(OPEN, row[1:], strict=True))
        try:
            seed = self._keyring.open(row[0], row=_place(facts["serial"])) if row[0] else b""
        except SealingError as error:
            raise Unavailable("store", str(error)) from error
        return HardwareToken(secret=Secret(seed), **facts)


def _place(serial: str) -> Place:
    return ("hardware_token", "sealed", serial)
