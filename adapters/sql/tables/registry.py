"""The installation itself, and what administrators set."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table

from adapters.sql.columns import Json, Words
from adapters.sql.tables.base import id_column, metadata, sealed_column, when

canary = Table(
    "canary",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key_id", String, nullable=False),
    sealed_column(),
)
lease = Table("lease", metadata, id_column("name"), Column("holder", String, nullable=False), when("until"))
store_epoch = Table(
    "store_epoch",
    metadata,
    id_column("shard"),
    Column("run_id", String, nullable=False),
    Column("replication_id", String, nullable=False),
    Column("mark", String, nullable=False),
    when("forgot_at", nullable=True),
)

epoch = Table(
    "epoch",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
)
department = Table(
    "department",
    metadata,
    id_column(),
    Column("parent_id", String),
    Column("body", Json, nullable=False),
    sealed_column("settings"),
)
client = Table(
    "client",
    metadata,
    id_column(),
    Column("body", Json, nullable=False),
    Column("secret_hashes", Words, nullable=False),
    Column("secrets", LargeBinary),
)
sharing_agreement = Table("sharing_agreement", metadata, id_column(), Column("body", Json, nullable=False))
trusted_issuer = Table("trusted_issuer", metadata, id_column("issuer"), Column("body", Json, nullable=False))
initial_access_token = Table(
    "initial_access_token",
    metadata,
    id_column("token_hash"),
    Column("department_id", String, nullable=False),
    Column("by", String, nullable=False),
    when("created_at"),
    when("expires_at"),
    Column("uses_left", Integer, nullable=False),
)
resource = Table("resource", metadata, id_column("audience"), Column("body", Json, nullable=False))
signing_key = Table(
    "signing_key",
    metadata,
    id_column("kid"),
    Column("alg", String, nullable=False),
    Column("public_jwk", Json, nullable=False),
    when("created_at"),
    when("active_from"),
    when("retired_at", nullable=True),
    sealed_column("private"),
)
