"""Rounds of reading directories, and how each directory answered."""

from sqlalchemy import Boolean, Column, String, Table, Text

from adapters.sql.columns import Json, Length, Moment
from adapters.sql.tables.base import id_column, metadata, of, when

sync_run = Table(
    "sync_run",
    metadata,
    id_column(),
    of("department_id", "department.id"),
    Column("kind", String, nullable=False),
    when("started_at"),
    when("beat_at"),
    Column("state", String, nullable=False),
    when("ended_at", nullable=True),
    Column("mark", String),
    Column("counts", Json, nullable=False),
    Column("detail", Text, nullable=False),
    Column("held", Json, nullable=False),
    Column("decided_by", String),
    when("decided_at", nullable=True),
)
directory_reading = Table(
    "directory_reading",
    metadata,
    Column("department_id", String, primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("well", Boolean, nullable=False),
    Column("latency", Length, nullable=False),
    Column("code", String, nullable=False),
)
