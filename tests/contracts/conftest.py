"""Every store on every part that it is kept in."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from adapters.memory import MemoryBrief, MemoryTruth
from adapters.redis import embedded
from adapters.redis.brief import RedisBrief
from adapters.redis.client import connect_redis
from adapters.sql.database import Database
from adapters.sql.migrate import migrate
from adapters.sql.store_epoch import SqlEpochs
from idp.ports import Truth
from tests.support.stores import Clock, new_database, new_keyring, open_truth, postgres_cluster, settle


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    with postgres_cluster() as folder:
        yield folder


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file: copying it is quicker than migrating for each test."""
    file = tmp_path_factory.mktemp("template") / "empty.sqlite"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def empty_postgres(cluster: str) -> str:
    """The name of a migrated database."""
    url = new_database(cluster)
    _migrate(url)
    return str(make_url(url).database)


def _migrate(url: str) -> None:
    database = Database(url)
    migrate(database)
    database.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'gerege.sqlite'}"
    return new_database(request.getfixturevalue("cluster"))


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def truth(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Truth]:
    """Stores with the small world in them."""
    made: Any
    if request.param == "memory":
        made = MemoryTruth(now=clock)
    else:
        if request.param == "sqlite":
            file = shutil.copy(request.getfixturevalue("empty_sqlite"), tmp_path / "gerege.sqlite")
            url = f"sqlite:///{file}"
        else:
            template = request.getfixturevalue("empty_postgres")
            url = new_database(request.getfixturevalue("cluster"), template)
        made = open_truth(url, tmp_path, now=clock)
    settle(made)
    yield made
    made.close()


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Embedded]:
    server = embedded.start(tmp_path_factory.mktemp("state"))
    yield server
    server.stop()


@pytest.fixture
def redis_brief(valkey: embedded.Embedded, empty_sqlite: Path, tmp_path: Path) -> Iterator[RedisBrief]:
    client = connect_redis(valkey.url)
    client.flushall()
    shutil.copy(empty_sqlite, tmp_path / "epochs.sqlite")
    truth = open_truth(f"sqlite:///{tmp_path / 'epochs.sqlite'}", tmp_path)
    brief = RedisBrief(client, new_keyring(tmp_path), SqlEpochs(truth.database), most=5)
    yield brief
    brief.close()
    truth.close()


@pytest.fixture(params=["memory", "valkey"])
def brief(request: pytest.FixtureRequest) -> Any:
    return MemoryBrief(most=5) if request.param == "memory" else request.getfixturevalue("redis_brief")
