"""Apps that were kept before are worth afterwards as much as those who vouched for them could be believed."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Boolean, Connection, Integer, LargeBinary, MetaData, Table, text

from adapters.sql.database import Database
from adapters.sql.migrate import MIGRATIONS, migrate
from idp.model import AAL1, AAL2, AAL2_PHR, AAL3

BEFORE = "0002"
ROWS = {
    "app": ("totp", AAL2, AAL2_PHR),
    "weak-app": ("totp", AAL1, AAL1),
    "raised-app": ("totp", AAL2_PHR, AAL2_PHR),
    "top-app": ("totp", AAL3, AAL3),
    "key": ("passkey", AAL2, AAL2),
    "weak-key": ("passkey", AAL1, AAL1),
    "word": ("password", AAL1, AAL1),
}
"""By id: factor, ledger before, ledger after."""


def test_apps_are_believed_as_far_as_whoever_vouched_and_nothing_else_is_raised(database_url: str) -> None:
    database = Database(database_url)
    _to(database, BEFORE)
    _keep(database)
    migrate(database)
    assert _kept(database) == {name: after for name, (_, _, after) in ROWS.items()}
    migrate(database)  # again changes nothing
    assert _kept(database) == {name: after for name, (_, _, after) in ROWS.items()}
    database.close()


def _to(database: Database, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.writer.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _keep(database: Database) -> None:
    """One row for each, with whatever else the schema of then asks for."""
    with database.writer.begin() as connection:
        _put(connection, "department", {"id": "local"})
        _put(connection, "person", {"id": "p", "department_id": "local"})
        for name, (factor, before, _) in ROWS.items():
            row: dict[str, object] = {"id": name, "subject_id": "p", "factor": factor, "bound_acr": before}
            _put(connection, "authenticator", row)


def _put(connection: Connection, table: str, row: dict[str, object]) -> None:
    found = Table(table, MetaData(), autoload_with=connection)
    filled = dict(row)
    for column in found.columns:
        if column.name in filled or column.nullable or column.server_default is not None:
            continue
        kind = column.type
        plain = False if isinstance(kind, Boolean) else 1 if isinstance(kind, Integer) else "x"
        filled[column.name] = b"x" if isinstance(kind, LargeBinary) else plain
    connection.execute(found.insert(), filled)


def _kept(database: Database) -> dict[str, str]:
    with database.reader.connect() as connection:
        rows = connection.execute(text("SELECT id, bound_acr FROM authenticator"))
        return {str(row.id): str(row.bound_acr) for row in rows}
