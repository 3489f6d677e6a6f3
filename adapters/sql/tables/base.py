"""What every table is made of: one metadata, one way to name constraints, and the few kinds of column."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, MetaData, String

from adapters.sql.columns import Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Serial = BigInteger().with_variant(Integer, "sqlite")


def id_column(name: str = "id") -> Column[str]:
    return Column(name, String, primary_key=True)


def of(name: str, target: str, *, nullable: bool = False, index: bool = True) -> Column[str]:
    return Column(name, String, ForeignKey(target), nullable=nullable, index=index)


def when(name: str, *, nullable: bool = False, index: bool = False) -> Column[object]:
    return Column(name, Moment, nullable=nullable, index=index)


def sealed_column(name: str = "sealed", *, nullable: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=nullable)
