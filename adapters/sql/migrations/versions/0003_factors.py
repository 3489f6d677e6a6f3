"""What factors and the pages of people keep: recovery codes, passes, trusted devices, models, delegations, notices."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    op.add_column("authenticator", sa.Column("aaguid", sa.String(), nullable=True))
    op.add_column("authenticator", sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
    op.create_index(op.f("ix_authenticator_aaguid"), "authenticator", ["aaguid"], unique=False)
    op.add_column("enrolment_code", sa.Column("kind", sa.String(), server_default="enrolment", nullable=False))
    op.add_column(
        "enrolment_code", sa.Column("ceiling", sa.String(), server_default="urn:gerege:aal2-phr", nullable=False)
    )
    op.add_column("enrolment_code", sa.Column("waits", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("enrolment_code", sa.Column("approved_by", sa.String(), nullable=True))
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("authenticator_id", sa.String(), nullable=False),
        sa.Column("spent_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["authenticator_id"], ["authenticator.id"], name=op.f("fk_recovery_code_authenticator_id")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_authenticator_id"), "recovery_code", ["authenticator_id"], unique=False)
    op.create_table(
        "authenticator_model",
        sa.Column("aaguid", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("statuses", sa.Text(), nullable=False),
        sa.Column("hardware", sa.Boolean(), nullable=False),
        sa.Column("roots", sa.Text(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.Column("recalled_at", sa.BigInteger(), nullable=True),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("aaguid", name=op.f("pk_authenticator_model")),
    )
    op.create_table(
        "hardware_token",
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("algorithm", sa.String(), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.Column("assigned_to", sa.String(), nullable=True),
        sa.Column("lost_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["assigned_to"], ["person.id"], name=op.f("fk_hardware_token_assigned_to")),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_hardware_token")),
    )
    op.create_index(op.f("ix_hardware_token_assigned_to"), "hardware_token", ["assigned_to"], unique=False)
    op.create_table(
        "delegation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("principal_id", sa.String(), nullable=False),
        sa.Column("delegate_id", sa.String(), nullable=False),
        sa.Column("client_ids", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["principal_id"], ["person.id"], name=op.f("fk_delegation_principal_id")),
        sa.ForeignKeyConstraint(["delegate_id"], ["person.id"], name=op.f("fk_delegation_delegate_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index(op.f("ix_delegation_principal_id"), "delegation", ["principal_id"], unique=False)
    op.create_index(op.f("ix_delegation_delegate_id"), "delegation", ["delegate_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["person.id"], name=op.f("fk_notice_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_notice_token_hash")),
    )
    op.create_index(op.f("ix_notice_subject_id"), "notice", ["subject_id"], unique=False)
    op.create_index(op.f("ix_notice_next_at"), "notice", ["next_at"], unique=False)
    op.add_column("sign_in", sa.Column("answered", sa.String(), nullable=True))
    op.add_column("device", sa.Column("trusted_at", sa.BigInteger(), nullable=True))
    op.add_column("device", sa.Column("trusted_until", sa.BigInteger(), nullable=True))
    op.add_column("device", sa.Column("trusted_acr", sa.String(), nullable=True))
    op.add_column("device", sa.Column("public_key", sa.Text(), nullable=True))
    op.add_column("access_grant", sa.Column("delegation_id", sa.String(), nullable=True))
    # What an app was bound by used to be cut to what an app is good for; kept apart from that, those who vouched for
    # it, a code or a session with two factors, could be believed as far as a code's ceiling (docs/adr/0017).
    op.execute(
        "UPDATE authenticator SET bound_acr = 'urn:gerege:aal2-phr'"
        " WHERE factor = 'totp' AND bound_acr = 'urn:gerege:aal2'"
    )
