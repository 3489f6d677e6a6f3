"""The whole schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    op.create_table(
        "alert",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index(op.f("ix_alert_at"), "alert", ["at"], unique=False)
    op.create_table(
        "audit_checkpoint",
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_audit_checkpoint")),
    )
    op.create_table(
        "audit_event",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("subject_id", sa.String(), nullable=True),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_event")),
    )
    op.create_index(op.f("ix_audit_event_at"), "audit_event", ["at"], unique=False)
    op.create_index(op.f("ix_audit_event_client_id"), "audit_event", ["client_id"], unique=False)
    op.create_index(op.f("ix_audit_event_name"), "audit_event", ["name"], unique=False)
    op.create_index(op.f("ix_audit_event_reference"), "audit_event", ["reference"], unique=False)
    op.create_index(op.f("ix_audit_event_subject_id"), "audit_event", ["subject_id"], unique=False)
    op.create_table(
        "audit_key",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("private", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_key")),
    )
    op.create_table(
        "canary",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canary")),
    )
    op.create_table(
        "client",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("secret_hashes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
    )
    op.create_table(
        "decision_record",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=True),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_decision_record")),
    )
    op.create_index(op.f("ix_decision_record_subject_id"), "decision_record", ["subject_id"], unique=False)
    op.create_table(
        "department",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("settings", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
    )
    op.create_table(
        "epoch",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_epoch")),
    )
    op.create_table(
        "feature_count",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "level", "value", name=op.f("pk_feature_count")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("subject_id", sa.String(), nullable=True),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "pending_change",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_change")),
    )
    op.create_table(
        "resource",
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("audience", name=op.f("pk_resource")),
    )
    op.create_table(
        "revoked_token",
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("jti", name=op.f("pk_revoked_token")),
    )
    op.create_index(op.f("ix_revoked_token_expires_at"), "revoked_token", ["expires_at"], unique=False)
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.String(), nullable=False),
        sa.Column("alg", sa.String(), nullable=False),
        sa.Column("public_jwk", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("active_from", sa.BigInteger(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.Column("private", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_key")),
    )
    op.create_table(
        "store_epoch",
        sa.Column("shard", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("replication_id", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("forgot_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shard", name=op.f("pk_store_epoch")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("department_id", sa.String(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("disabled_by", sa.String(), nullable=True),
        sa.Column("clearance", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("ended_before", sa.BigInteger(), nullable=True),
        sa.Column("access_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_person_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_department_id"), "person", ["department_id"], unique=False)
    op.create_table(
        "authenticator",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("factor", sa.String(), nullable=False),
        sa.Column("bound_acr", sa.String(), nullable=False),
        sa.Column("bound_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("counter", sa.BigInteger(), nullable=True),
        sa.Column("credential_lookup", sa.LargeBinary(), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["person.id"], name=op.f("fk_authenticator_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authenticator")),
        sa.UniqueConstraint("credential_lookup", name=op.f("uq_authenticator_credential_lookup")),
    )
    op.create_index(op.f("ix_authenticator_subject_id"), "authenticator", ["subject_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_consent_client_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["person.id"], name=op.f("fk_consent_subject_id")),
        sa.PrimaryKeyConstraint("subject_id", "client_id", "scope", name=op.f("pk_consent")),
    )
    op.create_table(
        "device",
        sa.Column("device_hash", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["person.id"], name=op.f("fk_device_subject_id")),
        sa.PrimaryKeyConstraint("device_hash", "subject_id", name=op.f("pk_device")),
    )
    op.create_table(
        "enrolment_code",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("spent_at", sa.BigInteger(), nullable=True),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["person.id"], name=op.f("fk_enrolment_code_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_code")),
    )
    op.create_index(op.f("ix_enrolment_code_subject_id"), "enrolment_code", ["subject_id"], unique=False)
    op.create_table(
        "link",
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("department_id", sa.String(), nullable=False),
        sa.Column("stable_lookup", sa.LargeBinary(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_link_department_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["person.id"], name=op.f("fk_link_subject_id")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_link")),
        sa.UniqueConstraint("department_id", "stable_lookup", name=op.f("uq_link_department_id_stable_lookup")),
    )
    op.create_table(
        "person_identifier",
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["person.id"], name=op.f("fk_person_identifier_subject_id")),
        sa.PrimaryKeyConstraint("lookup", "subject_id", name=op.f("pk_person_identifier")),
    )
    op.create_index(op.f("ix_person_identifier_subject_id"), "person_identifier", ["subject_id"], unique=False)
    op.create_table(
        "person_key",
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["person.id"], name=op.f("fk_person_key_subject_id")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_person_key")),
    )
    op.create_table(
        "person_token",
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["person.id"], name=op.f("fk_person_token_subject_id")),
        sa.PrimaryKeyConstraint("token", "subject_id", name=op.f("pk_person_token")),
    )
    op.create_index(op.f("ix_person_token_subject_id"), "person_token", ["subject_id"], unique=False)
    op.create_table(
        "post",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("department_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=True),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_post_department_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["person.id"], name=op.f("fk_post_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
    )
    op.create_index(op.f("ix_post_department_id"), "post", ["department_id"], unique=False)
    op.create_index(op.f("ix_post_subject_id"), "post", ["subject_id"], unique=False)
    op.create_table(
        "sign_in",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("asn", sa.BigInteger(), nullable=True),
        sa.Column("device_hash", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["person.id"], name=op.f("fk_sign_in_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
    )
    op.create_index("ix_sign_in_subject_id_at", "sign_in", ["subject_id", "at"], unique=False)
    op.create_table(
        "role_grant",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("granted_by", sa.String(), nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_role_grant_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    op.create_index(op.f("ix_role_grant_post_id"), "role_grant", ["post_id"], unique=False)
    op.create_index(op.f("ix_role_grant_role"), "role_grant", ["role"], unique=False)
    op.create_table(
        "session",
        sa.Column("id_hash", sa.String(), nullable=False),
        sa.Column("sid", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("authenticated_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("idle_limit", sa.BigInteger(), nullable=False),
        sa.Column("proofs", sa.Text(), nullable=False),
        sa.Column("acr", sa.String(), nullable=False),
        sa.Column("amr", sa.Text(), nullable=False),
        sa.Column("device_hash", sa.String(), nullable=True),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("asn", sa.BigInteger(), nullable=True),
        sa.Column("degraded", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("zones", sa.Text(), nullable=False),
        sa.Column("band", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_session_post_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["person.id"], name=op.f("fk_session_subject_id")),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_session")),
        sa.UniqueConstraint("id_hash", name=op.f("uq_session_id_hash")),
    )
    op.create_index(op.f("ix_session_subject_id"), "session", ["subject_id"], unique=False)
    op.create_table(
        "access_grant",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("sid", sa.String(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("audience", sa.String(), nullable=True),
        sa.Column("acr", sa.String(), nullable=False),
        sa.Column("amr", sa.Text(), nullable=False),
        sa.Column("authenticated_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=True),
        sa.Column("device_hash", sa.String(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("consented", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_access_grant_client_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_access_grant_post_id")),
        sa.ForeignKeyConstraint(["sid"], ["session.sid"], name=op.f("fk_access_grant_sid")),
        sa.ForeignKeyConstraint(["subject_id"], ["person.id"], name=op.f("fk_access_grant_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_grant")),
    )
    op.create_index(op.f("ix_access_grant_client_id"), "access_grant", ["client_id"], unique=False)
    op.create_index(op.f("ix_access_grant_sid"), "access_grant", ["sid"], unique=False)
    op.create_index(op.f("ix_access_grant_subject_id"), "access_grant", ["subject_id"], unique=False)
    op.create_table(
        "administrator",
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("grant_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["role_grant.id"], name=op.f("fk_administrator_grant_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["person.id"], name=op.f("fk_administrator_subject_id")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_administrator")),
    )
    op.create_table(
        "logout_delivery",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("sid", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_logout_delivery_client_id")),
        sa.ForeignKeyConstraint(["sid"], ["session.sid"], name=op.f("fk_logout_delivery_sid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logout_delivery")),
    )
    op.create_index(op.f("ix_logout_delivery_next_at"), "logout_delivery", ["next_at"], unique=False)
    op.create_index(op.f("ix_logout_delivery_sid"), "logout_delivery", ["sid"], unique=False)
    op.create_table(
        "refresh_family",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("grant_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("current_hash", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("idle_expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_refresh_family_client_id")),
        sa.ForeignKeyConstraint(["grant_id"], ["access_grant.id"], name=op.f("fk_refresh_family_grant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh_family")),
    )
    op.create_index(op.f("ix_refresh_family_grant_id"), "refresh_family", ["grant_id"], unique=False)
