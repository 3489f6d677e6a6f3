"""The marks of the short-lived store, in SQL: see `adapters.redis.epoch`."""

import secrets
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from adapters.redis.epoch import Epoch, Server
from adapters.sql.database import Database
from adapters.sql.tables import store_epoch

SHARD = select(store_epoch).where(store_epoch.c.shard == bindparam("shard")).with_for_update()


class SqlEpochs:
    """`adapters.redis.epoch.Epochs`: one transaction decides, so that many processes agree on one mark."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def prove(
        self,
        shard: str,
        server: Server,
        read_mark: Callable[[], str | None],
        write_mark: Callable[[str], None],
        now: datetime,
    ) -> Epoch:
        identity = {"run_id": server.run_id, "replication_id": server.replication_id}
        known = self._database.reads.one(SHARD, shard=shard)
        if (
            known is not None
            and read_mark() == known.mark
            and (known.run_id, known.replication_id)
            == (
                server.run_id,
                server.replication_id,
            )
        ):
            return Epoch(known.mark, known.forgot_at)
        with self._database.write() as line:
            row = line.one(SHARD, shard=shard)
            mark = read_mark()  # again, now that nobody else decides
            if row is not None and mark == row.mark:
                line.write(update(store_epoch).where(store_epoch.c.shard == shard).values(identity))
                return Epoch(row.mark, row.forgot_at)
            mark, forgot_at = secrets.token_hex(16), None if row is None else now
            write_mark(mark)
            values = {**identity, "mark": mark, "forgot_at": forgot_at}
            if row is None:
                line.write(insert(store_epoch), {"shard": shard, **values})
            else:
                line.write(update(store_epoch).where(store_epoch.c.shard == shard).values(values))
            return Epoch(mark, forgot_at)
