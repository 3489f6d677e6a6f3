"""People, their posts and roles, their factors."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from adapters.sql.columns import Words
from adapters.sql.tables.base import id_column, metadata, of, sealed_column, when

person = Table(
    "person",
    metadata,
    id_column(),
    of("department_id", "department.id"),
    Column("disabled", Boolean, nullable=False),
    Column("disabled_by", String),
    Column("clearance", Integer, nullable=False),
    Column("language", String),
    when("ended_before", nullable=True),
    Column("access_version", Integer, nullable=False),
    when("created_at", nullable=True),
    Column("erased", Boolean, nullable=False, server_default=false()),
    sealed_column(),
    Index("ix_person_listed", "erased", "created_at", "id"),
    Index("ix_person_listed_by_department", "department_id", "erased", "created_at", "id"),
)
person_key = Table(
    "person_key",
    metadata,
    Column("subject_id", String, ForeignKey("person.id"), primary_key=True),
    sealed_column("wrapped"),
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
    when("read_at"),
    Column("said", String, nullable=False, server_default=text("''")),
    sealed_column(),
    UniqueConstraint("department_id", "stable_lookup"),
    Index("ix_link_department_id", "department_id", "read_at"),
)
post = Table(
    "post",
    metadata,
    id_column(),
    of("subject_id", "person.id"),
    of("department_id", "department.id"),
    Column("kind", String, nullable=False),
    when("starts_at", nullable=True),
    when("ends_at", nullable=True),
    Column("is_default", Boolean, nullable=False),
    sealed_column(),
)
role_grant = Table(
    "role_grant",
    metadata,
    id_column(),
    of("post_id", "post.id"),
    Column("role", String, nullable=False, index=True),
    Column("source", String, nullable=False),
    Column("granted_by", String),
    when("starts_at"),
    when("ends_at", nullable=True),
    sealed_column(),
)
administrator = Table(
    "administrator",
    metadata,
    Column("subject_id", String, ForeignKey("person.id"), primary_key=True),
    Column("role", String, nullable=False),
    Column("grant_id", String, ForeignKey("role_grant.id"), nullable=False),
)

authenticator = Table(
    "authenticator",
    metadata,
    id_column(),
    of("subject_id", "person.id"),
    Column("factor", String, nullable=False),
    Column("bound_acr", String, nullable=False),
    Column("bound_by", Words, nullable=False),
    when("created_at"),
    when("last_used_at", nullable=True),
    when("disabled_at", nullable=True),
    Column("last_step", BigInteger),
    Column("counter", BigInteger),
    Column("aaguid", String, index=True),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("credential_lookup", LargeBinary, unique=True),
    sealed_column("secret", nullable=True),
    sealed_column(),
)
enrolment_code = Table(
    "enrolment_code",
    metadata,
    id_column(),
    of("subject_id", "person.id"),
    Column("code_hash", String, nullable=False),
    Column("created_by", String, nullable=False),
    when("expires_at"),
    when("spent_at", nullable=True),
    Column("void", Boolean, nullable=False),
    Column("kind", String, nullable=False, server_default="enrolment"),
    Column("ceiling", String, nullable=False, server_default="urn:gerege:aal2-phr"),
    Column("waits", Boolean, nullable=False, server_default=false()),
    Column("approved_by", String),
)
recovery_code = Table(
    "recovery_code",
    metadata,
    Column("code_hash", String, primary_key=True),
    of("authenticator_id", "authenticator.id"),
    when("spent_at", nullable=True),
)
authenticator_model = Table(
    "authenticator_model",
    metadata,
    id_column("aaguid"),
    Column("name", String, nullable=False),
    Column("statuses", Words, nullable=False),
    Column("hardware", Boolean, nullable=False),
    Column("roots", Words, nullable=False),
    when("read_at"),
    when("recalled_at", nullable=True),
    Column("serial", Integer, nullable=False),
)
hardware_token = Table(
    "hardware_token",
    metadata,
    id_column("serial"),
    sealed_column(),
    Column("algorithm", String, nullable=False),
    Column("digits", Integer, nullable=False),
    Column("period", Integer, nullable=False),
    when("imported_at"),
    of("assigned_to", "person.id", nullable=True),
    when("lost_at", nullable=True),
)
delegation = Table(
    "delegation",
    metadata,
    id_column(),
    of("principal_id", "person.id"),
    of("delegate_id", "person.id"),
    Column("client_ids", Words, nullable=False),
    when("starts_at"),
    when("ends_at"),
    Column("made_by", String, nullable=False),
    when("created_at"),
    when("ended_at", nullable=True),
    sealed_column(),
)
