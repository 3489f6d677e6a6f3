"""Brings a database to the schema of this version: forward only, one process at a time, all or nothing."""

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from adapters.sql.database import Database
from adapters.sql.line import refusal
from idp.errors import Unavailable

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0004"
"""The newest migration; a test holds it to the folder."""
VERSION = text("SELECT version_num FROM alembic_version")
LOCK = text("SELECT pg_advisory_xact_lock(:number)")
LOCK_NUMBER = 0x6765726567650000


def migrate(database: Database) -> None:
    """Raises Unavailable: it cannot be reached or changed, or a newer version has migrated it already."""
    if _version(database) == HEAD:
        return
    from alembic import command  # a slow import that only this needs
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    try:
        # The transaction is the lock: on SQLite it is IMMEDIATE, and DDL is part of it on both.
        with database.writer.begin() as connection:
            if not database.is_sqlite:
                connection.execute(LOCK, {"number": LOCK_NUMBER})
            config.attributes["connection"] = connection
            command.upgrade(config, HEAD)
    except CommandError as error:
        raise Unavailable("store", f"the database's schema is not one of this version's: {error}") from error
    except SQLAlchemyError as error:
        raise refusal(error) from error


def _version(database: Database) -> str | None:
    try:
        with database.reader.connect() as connection:
            found: str | None = connection.scalar(VERSION)
            return found
    except SQLAlchemyError:
        return None  # a new database, or an error that migrating will tell
