"""The log of documents in PostgreSQL keeps the same promises as the one in memory, with several hubs at once."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import psycopg
import pytest

from hub.db import Database
from hub.documents import queries
from hub.documents.log import PostgresLog
from realtime import InProcessBus, Log, LogUnavailable, MemoryLog, Stored

LogAndDocuments = tuple[Log, list[str]]


async def make_documents(db: Database, count: int) -> list[str]:
    async with db.work() as work:
        cursor = await work.conn.execute(
            """
            WITH place AS (INSERT INTO unit (name, kind) VALUES ('Xã', 'commune') RETURNING id),
            held AS (
                INSERT INTO meeting (unit_id, title, kind, place, starts_at, ends_at)
                SELECT id, 'Họp', 'council', 'Hội trường', now(), now() + interval '1 hour' FROM place RETURNING id
            )
            INSERT INTO document (meeting_id, kind, created_at)
            SELECT held.id, 'draft_resolution', now() FROM held, generate_series(1, %s) RETURNING id::text
            """,
            (count,),
        )
        return [row[0] for row in await cursor.fetchall()]


@pytest.fixture
async def db(database: str) -> AsyncIterator[Database]:
    async with Database(database, InProcessBus(), pool_size=10) as opened:
        yield opened


@pytest.fixture(params=["memory", "postgres"])
async def log(request: pytest.FixtureRequest) -> AsyncIterator[LogAndDocuments]:
    if request.param == "memory":
        ids = ["a", "b", "c"]
        yield MemoryLog(ids), ids
    else:
        async with Database(request.getfixturevalue("database"), InProcessBus()) as opened:
            yield PostgresLog(opened), await make_documents(opened, 3)


def missing(log: Log) -> str:
    return "nowhere" if isinstance(log, MemoryLog) else str(uuid4())


async def test_a_document_is_empty_at_first_and_one_that_is_not_there_is_none(log: LogAndDocuments) -> None:
    store, (document, *_) = log

    assert await store.read(document) == Stored([], 0, 0)
    assert await store.read(missing(store)) is None


async def test_numbers_are_given_in_order_for_each_document_and_none_to_those_gone(log: LogAndDocuments) -> None:
    store, (one, two, _) = log
    gone = missing(store)

    assert await store.append([(one, b"1"), (two, b"2"), (gone, b"x"), (one, b"3")]) == [1, 1, None, 2]
    assert await store.append([(one, b"4")]) == [3]
    assert await store.read(one) == Stored([b"1", b"3", b"4"], 3, 0)
    assert await store.read(one, 2) == Stored([b"4"], 3, 0)
    assert await store.heads([one, two, gone]) == {one: 3, two: 1}


async def test_any_bytes_come_back_as_they_went(log: LogAndDocuments) -> None:
    store, (document, *_) = log
    updates = [bytes(range(256)), b"\\x00", b"{,}", bytes(3_000_000)]

    await store.append([(document, update) for update in updates])

    assert await store.read(document) == Stored(updates, 4, 0)


async def test_r91_r92_only_the_leaseholder_replaces_rows_and_later_ones_stay(log: LogAndDocuments) -> None:
    store, (document, *_) = log
    await store.append([(document, b"1"), (document, b"2"), (document, b"3")])

    assert await store.take_lease("here", 60)
    assert not await store.take_lease("there", 60)
    assert not await store.compact(document, "there", 2, b"12")
    assert await store.compact(document, "here", 2, b"12")

    assert not await store.take_lease("there", 60)
    await store.give_back_lease("there")  # not theirs to give
    assert not await store.take_lease("there", 60)
    await store.give_back_lease("here")
    assert await store.take_lease("there", 60)
    assert await store.read(document) == Stored([b"12", b"3"], 3, 2)
    assert await store.read(document, 1) == Stored([b"12", b"3"], 3, 2)
    assert await store.read(document, 2) == Stored([b"3"], 3, 2)
    assert await store.append([(document, b"4")]) == [4]


async def whole_in_pieces(log: Log, document: str) -> tuple[list[bytes], list[int]]:
    updates, heads = [], []
    async for piece in log.pieces(document):
        assert piece.damage is None
        updates += piece.updates
        heads.append(piece.head)
    return updates, heads


async def test_r94_the_pieces_of_a_log_are_the_whole_of_it_in_order(log: LogAndDocuments) -> None:
    store, (document, empty, _) = log
    assert await whole_in_pieces(store, empty) == ([], [])
    assert await whole_in_pieces(store, missing(store)) == ([], [])

    await store.append([(document, b"old" * n) for n in (1, 2)])
    assert await store.take_lease("hub", 60)
    assert await store.compact(document, "hub", 2, b"both of the old")
    assert await whole_in_pieces(store, document) == ([], [])

    fresh = [bytes([n]) * 200_000 for n in range(7)]
    await store.append([(document, update) for update in fresh])
    updates, heads = await whole_in_pieces(store, document)

    assert updates == [b"both of the old", *fresh]
    assert heads == sorted(set(heads))
    assert heads[-1] == 9


async def test_r93_the_longest_are_overdue_first(log: LogAndDocuments) -> None:
    store, (many, big, _) = log
    await store.append([(many, b"x")] * 20)
    await store.append([(big, bytes(5000))])

    found = await store.overdue(10, 1000, 5)

    assert [(each.document_id, each.rows, each.size) for each in found] == [(big, 1, 5000), (many, 20, 20)]
    assert await store.overdue(100, 100_000, 5) == []


async def test_r94_a_long_log_never_comes_in_one_piece(db: Database) -> None:
    store = PostgresLog(db)
    [document] = await make_documents(db, 1)
    await store.append([(document, bytes([n]) * 200_000) for n in range(7)])

    sizes = [sum(map(len, piece.updates)) async for piece in store.pieces(document)]

    assert len(sizes) > 1
    assert max(sizes) < 512 * 1024 + 200_000


async def test_r80_hubs_that_append_at_once_share_numbers_without_gap_or_deadlock(db: Database) -> None:
    documents = await make_documents(db, 5)
    hubs = [PostgresLog(db) for _ in range(4)]

    async def write(hub: int) -> list[tuple[str, int]]:
        given = []
        for turn in range(25):
            order = documents if (hub + turn) % 2 else documents[::-1]
            entries = [(document, f"{hub}.{turn}.{n}".encode()) for document in order for n in range(3)]
            numbers = await hubs[hub].append(entries)
            given += [(document, number) for (document, _), number in zip(entries, numbers, strict=True) if number]
        return given

    given = [pair for pairs in await asyncio.gather(*(write(n) for n in range(4))) for pair in pairs]

    for document in documents:
        assert sorted(number for of, number in given if of == document) == list(range(1, 301))
        stored = await hubs[0].read(document)
        assert stored is not None
        assert stored.head == 300
        for hub in range(4):  # each hub's own order is kept
            own = [u.decode() for u in stored.updates if u.decode().startswith(f"{hub}.")]
            assert own == [f"{hub}.{turn}.{n}" for turn in range(25) for n in range(3)]


async def test_a_lease_runs_out_by_itself(db: Database) -> None:
    [document] = await make_documents(db, 1)
    store = PostgresLog(db)
    await store.append([(document, b"1")])

    assert await store.take_lease("dead hub", -1)
    assert not await store.compact(document, "dead hub", 1, b"1")
    assert await store.take_lease("here", 60)


async def test_deleting_a_document_deletes_its_log(db: Database) -> None:
    [document] = await make_documents(db, 1)
    store = PostgresLog(db)
    await store.append([(document, b"1")])
    async with db.work() as work:
        await work.conn.execute("DELETE FROM document WHERE id = %s", (UUID(document),))

    assert await store.read(document) is None
    assert await store.append([(document, b"2")]) == [None]


async def test_a_database_that_is_away_is_log_unavailable(db: Database, database: str) -> None:
    [document] = await make_documents(db, 1)
    store = PostgresLog(Database("host=/nowhere dbname=x", InProcessBus()))
    with pytest.raises(LogUnavailable):
        await store.read(document)

    store = PostgresLog(db)
    killed = asyncio.Event()

    async def kill() -> None:
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as conn:
            await conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim'"
            )
        killed.set()

    with pytest.raises(LogUnavailable):
        async with store._work() as conn:
            await conn.execute("SET application_name = 'victim'")
            await kill()
            await queries.heads(conn, [UUID(document)])
    assert killed.is_set()
    assert await store.heads([document]) == {document: 0}
