"""Every table. What is personal or secret is a `LargeBinary` that only the master key opens; ids are random.

A table that keeps a noun of `idp.model` names its columns by the noun's fields; the fields that are personal lie
together in `sealed`, under the person's own key (`person_key`): without that row nobody can read them any more.
Each row that follows from another names it (session → post → person, grant → session, family → grant, …).

`migrations/` builds the same schema step by step; a test holds the two equal on SQLite and PostgreSQL.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from adapters.sql.columns import Json, Length, Moment, Words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Serial = BigInteger().with_variant(Integer, "sqlite")


def _id(name: str = "id") -> Column[str]:
    return Column(name, String, primary_key=True)


def _of(name: str, target: str, *, nullable: bool = False, index: bool = True) -> Column[str]:
    return Column(name, String, ForeignKey(target), nullable=nullable, index=index)


def _when(name: str, *, nullable: bool = False, index: bool = False) -> Column[object]:
    return Column(name, Moment, nullable=nullable, index=index)


def _sealed(name: str = "sealed", *, nullable: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=nullable)


# --- the installation itself ----------------------------------------------------------------------------------------
canary = Table(
    "canary",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key_id", String, nullable=False),
    _sealed(),
)
lease = Table("lease", metadata, _id("name"), Column("holder", String, nullable=False), _when("until"))
store_epoch = Table(
    "store_epoch",
    metadata,
    _id("shard"),
    Column("run_id", String, nullable=False),
    Column("replication_id", String, nullable=False),
    Column("mark", String, nullable=False),
    _when("forgot_at", nullable=True),
)

# --- what administrators set ----------------------------------------------------------------------------------------
epoch = Table(
    "epoch",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
)
department = Table(
    "department",
    metadata,
    _id(),
    Column("parent_id", String),
    Column("body", Json, nullable=False),
    _sealed("settings"),
)
client = Table(
    "client", metadata, _id(), Column("body", Json, nullable=False), Column("secret_hashes", Words, nullable=False)
)
resource = Table("resource", metadata, _id("audience"), Column("body", Json, nullable=False))
signing_key = Table(
    "signing_key",
    metadata,
    _id("kid"),
    Column("alg", String, nullable=False),
    Column("public_jwk", Json, nullable=False),
    _when("created_at"),
    _when("active_from"),
    _when("retired_at", nullable=True),
    _sealed("private"),
)

# --- people ---------------------------------------------------------------------------------------------------------
person = Table(
    "person",
    metadata,
    _id(),
    _of("department_id", "department.id"),
    Column("disabled", Boolean, nullable=False),
    Column("clearance", Integer, nullable=False),
    Column("language", String),
    _when("ended_before", nullable=True),
    Column("access_version", Integer, nullable=False),
    _when("created_at", nullable=True),
    _sealed(),
)
person_key = Table(
    "person_key", metadata, Column("subject_id", String, ForeignKey("person.id"), primary_key=True), _sealed("wrapped")
)
person_identifier = Table(
    "person_identifier",
    metadata,
    Column("lookup", LargeBinary, primary_key=True),
    Column("subject_id", String, ForeignKey("person.id"), primary_key=True, index=True),
)
person_token = Table(
    "person_token",
    metadata,
    Column("token", LargeBinary, primary_key=True),
    Column("subject_id", String, ForeignKey("person.id"), primary_key=True, index=True),
)
link = Table(
    "link",
    metadata,
    Column("subject_id", String, ForeignKey("person.id"), primary_key=True),
    Column("department_id", String, ForeignKey("department.id"), nullable=False),
    Column("stable_lookup", LargeBinary, nullable=False),
    _when("read_at"),
    _sealed(),
    UniqueConstraint("department_id", "stable_lookup"),
)
post = Table(
    "post",
    metadata,
    _id(),
    _of("subject_id", "person.id"),
    _of("department_id", "department.id"),
    Column("kind", String, nullable=False),
    _when("starts_at", nullable=True),
    _when("ends_at", nullable=True),
    Column("is_default", Boolean, nullable=False),
    _sealed(),
)
role_grant = Table(
    "role_grant",
    metadata,
    _id(),
    _of("post_id", "post.id"),
    Column("role", String, nullable=False, index=True),
    Column("source", String, nullable=False),
    Column("granted_by", String),
    _when("starts_at"),
    _when("ends_at", nullable=True),
    _sealed(),
)
administrator = Table(
    "administrator",
    metadata,
    Column("subject_id", String, ForeignKey("person.id"), primary_key=True),
    Column("role", String, nullable=False),
    Column("grant_id", String, ForeignKey("role_grant.id"), nullable=False),
)

# --- factors --------------------------------------------------------------------------------------------------------
authenticator = Table(
    "authenticator",
    metadata,
    _id(),
    _of("subject_id", "person.id"),
    Column("factor", String, nullable=False),
    Column("bound_acr", String, nullable=False),
    Column("bound_by", Words, nullable=False),
    _when("created_at"),
    _when("last_used_at", nullable=True),
    _when("disabled_at", nullable=True),
    Column("last_step", BigInteger),
    Column("counter", BigInteger),
    Column("credential_lookup", LargeBinary, unique=True),
    _sealed("secret", nullable=True),
    _sealed(),
)
enrolment_code = Table(
    "enrolment_code",
    metadata,
    _id(),
    _of("subject_id", "person.id"),
    Column("code_hash", String, nullable=False),
    Column("created_by", String, nullable=False),
    _when("expires_at"),
    _when("spent_at", nullable=True),
    Column("void", Boolean, nullable=False),
)

# --- sessions -------------------------------------------------------------------------------------------------------
session = Table(
    "session",
    metadata,
    Column("id_hash", String, nullable=False, unique=True),
    _id("sid"),
    _of("subject_id", "person.id"),
    Column("post_id", String, ForeignKey("post.id"), nullable=False),
    _when("created_at"),
    _when("authenticated_at"),
    _when("last_seen_at"),
    _when("expires_at"),
    Column("idle_limit", Length, nullable=False),
    Column("proofs", Text, nullable=False),
    Column("acr", String, nullable=False),
    Column("amr", Words, nullable=False),
    Column("device_hash", String),
    Column("network", String, nullable=False),
    Column("country", String),
    Column("asn", BigInteger),
    Column("degraded", Boolean, nullable=False),
    _when("ended_at", nullable=True),
    Column("zones", Words, nullable=False),
    _sealed(),
)
device = Table(
    "device",
    metadata,
    Column("device_hash", String, primary_key=True),
    Column("subject_id", String, ForeignKey("person.id"), primary_key=True),
    _when("first_seen_at"),
    _when("last_seen_at"),
)

# --- grants and tokens ----------------------------------------------------------------------------------------------
access_grant = Table(
    "access_grant",
    metadata,
    _id(),
    _of("subject_id", "person.id"),
    _of("client_id", "client.id"),
    Column("post_id", String, ForeignKey("post.id"), nullable=False),
    _of("sid", "session.sid"),
    Column("scopes", Words, nullable=False),
    Column("audience", String),
    Column("acr", String, nullable=False),
    Column("amr", Words, nullable=False),
    _when("authenticated_at"),
    _when("created_at"),
    Column("nonce", String),
    Column("device_hash", String),
    _when("revoked_at", nullable=True),
    Column("consented", Boolean, nullable=False),
)
refresh_family = Table(
    "refresh_family",
    metadata,
    _id(),
    _of("grant_id", "access_grant.id"),
    Column("client_id", String, ForeignKey("client.id"), nullable=False),
    Column("current_hash", String, nullable=False),
    Column("generation", Integer, nullable=False),
    _when("created_at"),
    _when("expires_at"),
    _when("idle_expires_at"),
    _when("revoked_at", nullable=True),
)
consent = Table(
    "consent",
    metadata,
    Column("subject_id", String, ForeignKey("person.id"), primary_key=True),
    Column("client_id", String, ForeignKey("client.id"), primary_key=True),
    Column("scope", String, primary_key=True),
    _when("given_at"),
)
revoked_token = Table("revoked_token", metadata, _id("jti"), _when("expires_at", index=True))

# --- history and the desk -------------------------------------------------------------------------------------------
sign_in = Table(
    "sign_in",
    metadata,
    _id(),
    Column("subject_id", String, ForeignKey("person.id"), nullable=False),
    _when("at"),
    Column("outcome", String, nullable=False),
    Column("client_id", String),
    Column("network", String, nullable=False),
    Column("country", String),
    Column("asn", BigInteger),
    Column("device_hash", String),
    Column("reason", String),
    Column("confirmed", Boolean, nullable=False),
    _sealed(),
    Index("ix_sign_in_subject_id_at", "subject_id", "at"),
)
feature_count = Table(
    "feature_count",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("level", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("count", BigInteger, nullable=False),
)
decision_record = Table(
    "decision_record",
    metadata,
    _id("reference"),
    _when("at"),
    Column("subject_id", String, index=True),
    Column("client_id", String, nullable=False),
    Column("outcome", String, nullable=False),
    _sealed(),
)
alert = Table(
    "alert",
    metadata,
    _id(),
    Column("kind", String, nullable=False),
    _when("at", index=True),
    Column("message", String, nullable=False),
    Column("subject_id", String),
    _when("closed_at", nullable=True),
    _sealed(),
)
pending_change = Table(
    "pending_change",
    metadata,
    _id(),
    Column("kind", String, nullable=False),
    Column("asked_by", String, nullable=False),
    _when("asked_at"),
    Column("decided_by", String),
    _when("decided_at", nullable=True),
    Column("outcome", String),
    _sealed(),
)
logout_delivery = Table(
    "logout_delivery",
    metadata,
    _id(),
    _of("client_id", "client.id", index=False),
    _of("sid", "session.sid"),
    Column("subject_id", String, nullable=False),
    _when("created_at"),
    Column("attempts", Integer, nullable=False),
    _when("next_at", nullable=True, index=True),
    _when("done_at", nullable=True),
    Column("failure", Text),
)

# --- the audit log --------------------------------------------------------------------------------------------------
outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("at", String, nullable=False),
    Column("name", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("subject_id", String),
    Column("client_id", String),
    Column("reference", String),
    sqlite_autoincrement=True,
)
audit_event = Table(
    "audit_event",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=False),
    Column("at", String, nullable=False, index=True),
    Column("name", String, nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
    Column("subject_id", String, index=True),
    Column("client_id", String, index=True),
    Column("reference", String, index=True),
)
audit_checkpoint = Table(
    "audit_checkpoint",
    metadata,
    Column("size", Serial, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
)
audit_key = Table(
    "audit_key",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False),
    _sealed("private"),
)
