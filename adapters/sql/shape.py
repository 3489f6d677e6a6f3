"""How one noun lies in one table: open columns by name, and its personal fields sealed together.

The sealed fields are JSON under the person's key, bound to (table, column, row id), so that nothing can be swapped
between rows or people. Reading takes the row's open columns, `sealed`, and the wrapped key of the person.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Generic, Protocol, TypeVar

import orjson
from sqlalchemy import Column, Table

from adapters.master_key import SealingError
from adapters.sealing import Keyring, Row
from adapters.sql.tables import person_key
from idp.errors import Unavailable

Noun = TypeVar("Noun")
Read = Callable[[Any], Any]


class Seal(Protocol):
    """A person's sealer, or the installation's."""

    def seal(self, plaintext: bytes, *, row: Row) -> bytes: ...
    def open(self, sealed: bytes, *, row: Row) -> bytes: ...


def as_is(value: Any) -> Any:
    return value


class Open(Generic[Noun]):
    """A noun without personal fields: its columns are its fields, in order."""

    def __init__(self, noun: type[Noun], table: Table) -> None:
        self.noun, self.table = noun, table
        self.names = tuple(field.name for field in fields(noun))  # type: ignore[arg-type]
        self.columns = tuple(table.c[name] for name in self.names)

    def build(self, values: Sequence[Any]) -> Noun:
        return self.noun(*values)

    def values(self, thing: Noun) -> dict[str, Any]:
        return {name: getattr(thing, name) for name in self.names}


class Sealed(Generic[Noun]):
    """A noun with personal fields, each with how it is read back from JSON."""

    def __init__(self, noun: type[Noun], table: Table, sealed: Mapping[str, Read], key: str = "id") -> None:
        self.noun, self.table, self.sealed = noun, table, dict(sealed)
        names = [field.name for field in fields(noun)]  # type: ignore[arg-type]
        self.names = tuple(name for name in names if name not in self.sealed)
        self._key, self._at = key, self.names.index(key)
        own: tuple[Column[Any], ...] = tuple(table.c[name] for name in self.names)
        self.columns = (*own, table.c.sealed)
        self.width = len(self.columns)

    def with_key(self) -> tuple[Column[Any], ...]:
        """The columns, and the person's wrapped key after them."""
        return (*self.columns, person_key.c.wrapped)

    def build(self, values: Sequence[Any], seal: Seal) -> Noun:
        """`values`: what `columns` gave, in order; more may follow."""
        try:
            opened = orjson.loads(seal.open(values[self.width - 1], row=self._row(values[self._at])))
        except SealingError as error:
            raise Unavailable("store", str(error)) from error
        fields_open = dict(zip(self.names, values, strict=False))
        # What was sealed before a field was there has its default.
        return self.noun(**fields_open, **{name: self.sealed[name](value) for name, value in opened.items()})

    def values(self, thing: Noun, seal: Seal) -> dict[str, Any]:
        personal = {name: getattr(thing, name) for name in self.sealed}
        row = self._row(getattr(thing, self._key))
        found = {name: getattr(thing, name) for name in self.names}
        return {**found, "sealed": seal.seal(orjson.dumps(personal), row=row)}

    def read(self, keyring: Keyring, row: Sequence[Any]) -> Noun:
        """From a row of `with_key()` columns."""
        return self.build(row, keyring.person(row[self.width]))

    def _row(self, key: str) -> Row:
        return (self.table.name, "sealed", key)
