"""What is remembered of directories: what each entry said last, rounds of reading, and how each directory answered."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    op.add_column("link", sa.Column("said", sa.String(), server_default=sa.text("''"), nullable=False))
    op.create_index(op.f("ix_link_department_id"), "link", ["department_id", "read_at"], unique=False)
    op.add_column("person", sa.Column("erased", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE person SET erased = true WHERE id NOT IN (SELECT subject_id FROM person_key)")
    op.create_index("ix_person_listed", "person", ["erased", "created_at", "id"], unique=False)
    listed = ["department_id", "erased", "created_at", "id"]
    op.create_index("ix_person_listed_by_department", "person", listed, unique=False)
    op.create_table(
        "sync_run",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("department_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("beat_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("mark", sa.String(), nullable=True),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("held", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_sync_run_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_run")),
    )
    op.create_index(op.f("ix_sync_run_department_id"), "sync_run", ["department_id"], unique=False)
    op.create_table(
        "directory_reading",
        sa.Column("department_id", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("well", sa.Boolean(), nullable=False),
        sa.Column("latency", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("department_id", "at", name=op.f("pk_directory_reading")),
    )
