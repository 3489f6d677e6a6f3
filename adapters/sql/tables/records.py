"""History, what waits at the desk, and the audit log."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from adapters.sql.tables.base import Serial, id_column, metadata, of, sealed_column, when

sign_in = Table(
    "sign_in",
    metadata,
    id_column(),
    Column("subject_id", String, ForeignKey("person.id"), nullable=False),
    when("at"),
    Column("outcome", String, nullable=False),
    Column("client_id", String),
    Column("network", String, nullable=False),
    Column("country", String),
    Column("asn", BigInteger),
    Column("device_hash", String),
    Column("reason", String),
    Column("confirmed", Boolean, nullable=False),
    Column("answered", String),
    sealed_column(),
    Index("ix_sign_in_subject_id_at", "subject_id", "at"),
)
notice = Table(
    "notice",
    metadata,
    id_column(),
    of("subject_id", "person.id"),
    Column("kind", String, nullable=False),
    when("created_at"),
    Column("token_hash", String, unique=True),
    when("answered_at", nullable=True),
    Column("attempts", Integer, nullable=False),
    when("next_at", nullable=True, index=True),
    when("sent_at", nullable=True),
    Column("failure", String),
    sealed_column(),
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
    id_column("reference"),
    when("at"),
    Column("subject_id", String, index=True),
    Column("client_id", String, nullable=False),
    Column("outcome", String, nullable=False),
    sealed_column(),
)
alert = Table(
    "alert",
    metadata,
    id_column(),
    Column("kind", String, nullable=False),
    when("at", index=True),
    Column("message", String, nullable=False),
    Column("subject_id", String),
    when("closed_at", nullable=True),
    sealed_column(),
)
pending_change = Table(
    "pending_change",
    metadata,
    id_column(),
    Column("kind", String, nullable=False),
    Column("asked_by", String, nullable=False),
    when("asked_at"),
    Column("decided_by", String),
    when("decided_at", nullable=True),
    Column("outcome", String),
    sealed_column(),
)
logout_delivery = Table(
    "logout_delivery",
    metadata,
    id_column(),
    of("client_id", "client.id", index=False),
    of("sid", "session.sid"),
    Column("subject_id", String, nullable=False),
    when("created_at"),
    Column("attempts", Integer, nullable=False),
    when("next_at", nullable=True, index=True),
    when("done_at", nullable=True),
    Column("failure", Text),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("at", String, nullable=False),
    Column("name", String, nullable=False),
    Column("body", Text, nullable=False),
    sealed_column("reason", nullable=True),
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
    sealed_column("reason", nullable=True),
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
    sealed_column("private"),
)
