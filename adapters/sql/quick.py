"""Statements of the hot paths, compiled once and run on SQLite's own cursor.

SQLAlchemy spends several times what SQLite does on one row by its key. `Quick` keeps what it would work out again each
time: the text, the order of parameters, how each value goes in and comes out. On PostgreSQL the same statement is run
the usual way. Only for statements that are written once, at module level. Deliberately not here: lists inside IN.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Executable, Select
from sqlalchemy.dialects.sqlite.pysqlite import dialect as pysqlite
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.types import TypeEngine

DIALECT = pysqlite(paramstyle="qmark")
Convert = Callable[[Any], Any]
Bound = tuple[str | None, Any, Convert | None]
"""A parameter's name and how it goes in; or None and the value that always stands there."""


class Quick:
    """One statement. It is compiled when it is first run, for each set of parameters' names."""

    __slots__ = ("_read", "_row", "_written", "statement")

    def __init__(self, statement: Executable) -> None:
        self.statement = statement
        columns = list(statement.selected_columns) if isinstance(statement, Select) else []
        self._row = _row_of([str(column.key) for column in columns])
        self._read = [_reader(column.type) for column in columns]
        self._written: dict[tuple[str, ...], tuple[str, list[Bound]]] = {}

    def rows(self, line: sqlite3.Connection, parameters: Mapping[str, Any]) -> list[Any]:
        """What it finds, as rows with attributes. Raises sqlite3.Error."""
        sql, bound = self._for(tuple(parameters))
        found = line.execute(sql, _values(bound, parameters)).fetchall()
        read, row = self._read, self._row
        return [
            row._make([value if turn is None else turn(value) for value, turn in zip(one, read, strict=True)])
            for one in found
        ]

    def change(self, line: sqlite3.Connection, parameters: Any) -> int:
        """How many rows it changed. `parameters`: a mapping, or a list of them. Raises sqlite3.Error."""
        if isinstance(parameters, Sequence):
            return self._change_many(line, parameters)
        sql, bound = self._for(tuple(parameters))
        return line.execute(sql, _values(bound, parameters)).rowcount

    def _change_many(self, line: sqlite3.Connection, parameters: Sequence[Mapping[str, Any]]) -> int:
        """Rows of a plain INSERT go in one statement: between two of them another thread could keep us waiting."""
        sql, bound = self._for(tuple(parameters[0]))
        rows = [_values(bound, one) for one in parameters]
        head, _, values = sql.rpartition(" VALUES ")
        if values != f"({', '.join('?' * len(bound))})":
            return line.executemany(sql, rows).rowcount
        whole = f"{head} VALUES {', '.join([values] * len(rows))}"
        return line.execute(whole, [value for row in rows for value in row]).rowcount

    def _for(self, names: tuple[str, ...]) -> tuple[str, list[Bound]]:
        found = self._written.get(names)
        if found is None:
            found = self._written[names] = self._compiled(names)
        return found

    def _compiled(self, names: tuple[str, ...]) -> tuple[str, list[Bound]]:
        changes = not isinstance(self.statement, Select)
        compiled: Any = self.statement.compile(  # type: ignore[attr-defined]
            dialect=DIALECT, column_keys=list(names) if changes else None
        )
        if compiled.post_compile_params or compiled.literal_execute_params or compiled.insert_prefetch:
            raise TypeError("this statement is not the same each time")
        return str(compiled), [_bound(compiled.binds[name], names) for name in compiled.positiontup or ()]


def _row_of(names: Sequence[str]) -> Any:
    """A class of rows; a name that stands twice is found by its first place."""
    return namedtuple("Row", names, rename=True)


def _bound(parameter: "BindParameter[Any]", names: tuple[str, ...]) -> Bound:
    turn: Convert | None = parameter.type.dialect_impl(DIALECT).bind_processor(DIALECT)
    if parameter.required or parameter.key in names:
        return parameter.key, None, turn
    value = parameter.effective_value
    return None, value if turn is None else turn(value), None


def _values(bound: Sequence[Bound], parameters: Mapping[str, Any]) -> list[Any]:
    return [
        fixed if name is None else parameters[name] if turn is None else turn(parameters[name])
        for name, fixed, turn in bound
    ]


def _reader(kind: "TypeEngine[Any]") -> Convert | None:
    found: Convert | None = kind.dialect_impl(DIALECT).result_processor(DIALECT, None)
    return found
