"""The few statements asked all the time, past psycopg's cursor: straight to libpq, in bytes both ways.

A cursor reads the statement, finds a way to write each value and to read each result, and keeps count of what it has
prepared: a third of what a commit of a few keystrokes cost the hub. psycopg still waits, and says what went wrong.
"""

import struct
from collections.abc import Sequence
from typing import Any, Final, LiteralString
from weakref import WeakKeyDictionary

from psycopg import AsyncConnection, OperationalError, errors, generators
from psycopg.pq import ExecStatus

UUID: Final = 2950
BIGINT: Final = 20
BYTEA: Final = 17
"""Numbers of types in every PostgreSQL (pg_type.dat)."""

_prepared: WeakKeyDictionary[AsyncConnection[Any], dict[str, bytes]] = WeakKeyDictionary()


def bigint(value: int) -> bytes:
    return value.to_bytes(8, signed=True)


def array(kind: int, values: Sequence[bytes]) -> bytes:
    """Of one dimension and without nulls, in PostgreSQL's binary form (array_recv)."""
    parts = [struct.pack("!iiiii", 1, 0, kind, len(values), 1)]
    for value in values:
        parts += (len(value).to_bytes(4), value)
    return b"".join(parts)


async def ask(conn: AsyncConnection[Any], statement: LiteralString, *values: bytes) -> list[tuple[bytes, ...]]:
    """The rows, each value in its binary form. ``$1`` is the first value. Nobody else may use the connection meanwhile.

    Raises what a cursor would.
    """
    pgconn = conn.pgconn
    names = _prepared.setdefault(conn, {})
    name = names.get(statement)
    if name is None:
        name = f"hot_{len(names)}".encode()
        pgconn.send_prepare(name, statement.encode())
        await _answer(conn, ExecStatus.COMMAND_OK)
        names[statement] = name
    pgconn.send_query_prepared(name, values, [1] * len(values), result_format=1)
    result = await _answer(conn, ExecStatus.TUPLES_OK)
    columns = range(result.nfields)
    return [tuple(result.get_value(row, column) or b"" for column in columns) for row in range(result.ntuples)]


async def _answer(conn: AsyncConnection[Any], wanted: ExecStatus) -> Any:
    results = await conn.wait(generators.execute(conn.pgconn))
    if not results:
        raise OperationalError("the database gave no answer")
    if results[-1].status != wanted:
        raise errors.error_from_result(results[-1])
    return results[-1]
