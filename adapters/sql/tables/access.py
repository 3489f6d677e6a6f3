"""Sessions and devices, grants and tokens."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, LargeBinary, String, Table, Text

from adapters.sql.columns import Json, Length, Words
from adapters.sql.tables.base import id_column, metadata, of, sealed_column, when

session = Table(
    "session",
    metadata,
    Column("id_hash", String, nullable=False, unique=True),
    id_column("sid"),
    of("subject_id", "person.id"),
    Column("post_id", String, ForeignKey("post.id"), nullable=False),
    when("created_at"),
    when("authenticated_at"),
    when("last_seen_at"),
    when("expires_at"),
    Column("idle_limit", Length, nullable=False),
    Column("proofs", Text, nullable=False),
    Column("acr", String, nullable=False),
    Column("amr", Words, nullable=False),
    Column("device_hash", String),
    Column("network", String, nullable=False),
    Column("country", String),
    Column("asn", BigInteger),
    Column("degraded", Boolean, nullable=False),
    when("ended_at", nullable=True),
    Column("zones", Words, nullable=False),
    Column("band", String, nullable=False),
    sealed_column(),
)
device = Table(
    "device",
    metadata,
    Column("device_hash", String, primary_key=True),
    Column("subject_id", String, ForeignKey("person.id"), primary_key=True),
    when("first_seen_at"),
    when("last_seen_at"),
    when("trusted_at", nullable=True),
    when("trusted_until", nullable=True),
    Column("trusted_acr", String),
    Column("public_key", Json),
)

access_grant = Table(
    "access_grant",
    metadata,
    id_column(),
    of("subject_id", "person.id"),
    of("client_id", "client.id"),
    Column("post_id", String, ForeignKey("post.id"), nullable=False),
    of("sid", "session.sid"),
    Column("scopes", Words, nullable=False),
    Column("audience", String),
    Column("acr", String, nullable=False),
    Column("amr", Words, nullable=False),
    when("authenticated_at"),
    when("created_at"),
    Column("nonce", String),
    Column("device_hash", String),
    when("revoked_at", nullable=True),
    Column("consented", Boolean, nullable=False),
    Column("details", LargeBinary),
    Column("claims", Json),
    Column("delegation_id", String),
)
refresh_family = Table(
    "refresh_family",
    metadata,
    id_column(),
    of("grant_id", "access_grant.id"),
    Column("client_id", String, ForeignKey("client.id"), nullable=False),
    Column("current_hash", String, nullable=False),
    Column("generation", Integer, nullable=False),
    when("created_at"),
    when("expires_at"),
    when("idle_expires_at"),
    when("revoked_at", nullable=True),
    Column("bound_jkt", String),
)
consent = Table(
    "consent",
    metadata,
    Column("subject_id", String, ForeignKey("person.id"), primary_key=True),
    Column("client_id", String, ForeignKey("client.id"), primary_key=True),
    Column("scope", String, primary_key=True),
    when("given_at"),
)
revocation = Table("revocation", metadata, id_column("value"), when("at", index=True))
"""What verifiers far away are told: `grant:` or `jti:` with its id; tokens made until `at` are dead."""

revoked_token = Table("revoked_token", metadata, id_column("jti"), when("expires_at", index=True))
