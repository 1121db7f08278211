"""Statements that every answer waits for: compiled once, and handed to the driver as they are."""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]

# Its names come from a statement
_namedtuple: Any = namedtuple


class Prepared:
    """A Core statement that costs little more than its driver does.

    It is called with the same names each time. Values go through the types of their columns, in
    and out; failures and listeners are SQLAlchemy's, but defaults of columns are not filled in.
    """

    def __init__(self, statement: Select[Any] | Insert | Update | Delete) -> None:
        self._statement: Final = statement
        self._ready: dict[str, _Ready] = {}

    def __call__(self, session: Session, **values: object) -> Sequence[Any]:
        """Carry it out in the session's transaction; its rows as named tuples, or none."""
        connection = session.connection()
        if not connection.in_transaction():
            connection.begin()
        dialect = connection.dialect
        ready = self._ready.get(dialect.name)
        if ready is None:
            ready = _made_ready(self._statement, dialect, values)
            self._ready[dialect.name] = ready
        for name, convert in ready.binds:
            values[name] = convert(values[name])
        values |= ready.fixed
        sent = values if ready.order is None else [values[name] for name in ready.order]
        cursor = carry_out(connection, ready.sql, sent)
        return [] if ready.row is None else [ready.row(one) for one in cursor.fetchall()]


class _Ready(NamedTuple):
    """A statement in the words of one kind of database."""

    sql: str
    order: Sequence[str] | None
    fixed: Mapping[str, object]
    binds: Sequence[tuple[str, Convert]]
    row: Convert | None


def carry_out(connection: Connection, sql: str, values: Any = ()) -> Any:
    """Hand a statement to the driver: its cursor, or what SQLAlchemy would raise."""
    dialect, driven = connection.dialect, connection.connection
    cursor = driven.cursor()
    for listener in connection.dispatch.before_cursor_execute:
        listener(connection, cursor, sql, values, None, False)
    errors = dialect.loaded_dbapi.Error
    try:
        cursor.execute(sql, values)
    except errors as failure:
        lost = dialect.is_disconnect(failure, driven, cursor)
        if lost:
            connection.invalidate(failure)
        raise DBAPIError.instance(
            sql,
            None,
            failure,
            errors,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=dialect,
        ) from failure
    return cursor


def _made_ready(statement: Any, dialect: Dialect, values: Mapping[str, object]) -> _Ready:
    compiled = statement.compile(dialect=dialect, column_keys=list(values))
    fixed: dict[str, object] = {}
    binds: dict[str, Convert] = {}
    for parameter, name in compiled.bind_names.items():
        convert = _type(parameter.type, dialect).bind_processor(dialect)
        if name not in values:
            fixed[name] = convert(parameter.value) if convert else parameter.value
        elif convert:
            binds[name] = convert
    if compiled.insert_prefetch or compiled.update_prefetch:
        raise ValueError(f"Name every column that has a default: {compiled}")
    columns = statement.exported_columns
    return _Ready(
        str(compiled), compiled.positiontup, fixed, tuple(binds.items()), _row(columns, dialect)
    )


def _row(columns: Any, dialect: Dialect) -> Convert | None:
    """What makes a named tuple of a driver's row."""
    if not columns:
        return None
    made = _namedtuple("Row", columns.keys())
    types = [_type(column.type, dialect).result_processor(dialect, None) for column in columns]
    converted = [(place, convert) for place, convert in enumerate(types) if convert]

    def row(values: Sequence[Any]) -> Any:
        if not converted:
            return made._make(values)
        own = list(values)
        for place, convert in converted:
            own[place] = convert(own[place])
        return made._make(own)

    return row


def _type(kind: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    return kind.dialect_impl(dialect)
