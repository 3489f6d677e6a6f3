"""The migrations build the schema that the code stands on, on SQLite and PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from adapters.sql.database import Database
from adapters.sql.migrate import HEAD, MIGRATIONS, migrate
from adapters.sql.tables import metadata
from idp.errors import Unavailable

ROOT = Path(__file__).parents[2]


def test_migrations_and_tables_agree(database_url: str) -> None:
    database = Database(database_url)
    migrate(database)
    with database.reader.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "target_metadata": metadata}
        )
        differences: list[Any] = list(compare_metadata(context, metadata))
    assert differences == []
    migrate(database)  # again changes nothing
    database.close()


def test_the_newest_migration_is_the_one_that_is_asked_for() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert script.get_heads() == [HEAD]
    for revision in script.walk_revisions():
        assert not hasattr(revision.module, "downgrade"), "forward only"


def test_processes_that_start_together_migrate_once(database_url: str) -> None:
    program = (
        "import sys; from adapters.sql.database import Database; from adapters.sql.migrate import migrate;"
        f" migrate(Database({database_url!r}))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env={**os.environ}, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for process in started:
        _, told = process.communicate(timeout=60)
        assert process.returncode == 0, told.decode()
    database = Database(database_url)
    with database.reader.connect() as connection:
        assert connection.scalars(text("SELECT version_num FROM alembic_version")).all() == [HEAD]
    database.close()


def test_a_newer_schema_is_not_touched(database_url: str) -> None:
    database = Database(database_url)
    migrate(database)
    with database.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable) as refused:
        migrate(database)
    assert "9999" in refused.value.detail
    database.close()
