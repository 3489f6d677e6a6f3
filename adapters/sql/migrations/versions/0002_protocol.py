"""What the whole protocol keeps: sealed client secrets, authorization details, bound refresh families, agreements."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    op.add_column("client", sa.Column("secrets", sa.LargeBinary(), nullable=True))
    op.add_column("access_grant", sa.Column("details", sa.LargeBinary(), nullable=True))
    op.add_column("access_grant", sa.Column("claims", sa.Text(), nullable=True))
    op.add_column("refresh_family", sa.Column("bound_jkt", sa.String(), nullable=True))
    op.create_table(
        "sharing_agreement",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_agreement")),
    )
    op.create_table(
        "trusted_issuer",
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", name=op.f("pk_trusted_issuer")),
    )
    op.create_table(
        "initial_access_token",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("department_id", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_initial_access_token")),
    )
    op.create_table(
        "revocation",
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("value", name=op.f("pk_revocation")),
    )
    op.create_index(op.f("ix_revocation_at"), "revocation", ["at"], unique=False)
