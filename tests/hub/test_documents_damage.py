"""A log whose rows are not what was written: what is whole of it is found, and nobody else is concerned."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from psycopg import sql

from hub.db import Database
from hub.documents.log import PostgresLog
from realtime import InProcessBus, LogRefused
from tests.hub.test_documents_log import make_documents


@pytest.fixture
async def db(database: str) -> AsyncIterator[Database]:
    async with Database(database, InProcessBus(), pool_size=4) as opened:
        yield opened


async def do(db: Database, statement: str, *values: object) -> None:
    async with db.pool.connection() as conn:
        await conn.execute(sql.SQL(statement), values)  # type: ignore[arg-type]


async def written(db: Database, count: int = 4) -> tuple[PostgresLog, str, str]:
    """A log of so many rows, and a neighbour."""
    document, other = await make_documents(db, 2)
    store = PostgresLog(db)
    await store.append([(document, b"row %d" % n) for n in range(1, count + 1)] + [(other, b"whole")])
    return store, document, other


FLIPPED = "UPDATE document_update SET update = set_byte(update, 0, 1) WHERE document_id = %s AND seq = %s"


@pytest.mark.parametrize(
    "harm", [FLIPPED, "DELETE FROM document_update WHERE document_id = %s AND seq = %s"], ids=["flipped", "gone"]
)
async def test_a_row_that_is_not_what_was_written_is_named_and_the_others_are_read(db: Database, harm: str) -> None:
    store, document, other = await written(db)
    await do(db, harm, document, 2)

    stored = await store.read(document)

    assert stored is not None
    assert stored.updates == [b"row 1", b"row 3", b"row 4"]
    assert stored.head == 4
    assert stored.damage is not None
    assert stored.damage.rows == (2,)
    beside = await store.read(other)
    assert beside is not None
    assert beside.damage is None


async def test_a_damaged_row_is_noticed_by_who_reads_the_log_in_pieces_too(db: Database) -> None:
    store, document, _ = await written(db)
    await do(db, FLIPPED, document, 2)

    pieces = [piece async for piece in store.pieces(document)]

    assert pieces[-1].damage is not None
    assert len(pieces) == 1


async def test_when_it_was_noticed_is_remembered_and_forgotten_when_it_is_whole_again(db: Database) -> None:
    store, document, _ = await written(db)
    await do(db, FLIPPED, document, 2)
    first = await store.read(document)
    again = await store.read(document, 1)
    assert first is not None
    assert first.damage is not None
    assert again is not None
    assert again.damage == first.damage
    tail = await store.read(document, 2)
    assert tail is not None
    assert tail.damage is None  # nothing wrong behind it

    await do(db, "UPDATE document_update SET update = 'row 2' WHERE document_id = %s AND seq = %s", document, 2)

    mended = await store.read(document)
    assert mended is not None
    assert mended.damage is None
    async with db.pool.connection() as conn:
        assert await (await conn.execute("SELECT * FROM document_damage")).fetchall() == []


async def test_a_damaged_log_is_neither_overdue_nor_compacted_but_takes_edits_of_hubs_that_know_the_whole(
    db: Database,
) -> None:
    store, document, _ = await written(db)
    await do(db, FLIPPED, document, 2)
    await store.read(document)

    assert await store.take_lease("here", 60)
    assert await store.overdue(2, 10, 5) == []
    assert not await store.compact(document, "here", 4, b"1234")
    assert await store.append([(document, b"row 5")]) == [5]


async def test_a_damaged_snapshot_falls_back_to_the_one_before(db: Database) -> None:
    store, document, _ = await written(db)
    assert await store.take_lease("here", 60)
    assert await store.compact(document, "here", 2, b"1 to 2")
    assert await store.compact(document, "here", 3, b"1 to 3")
    await do(db, "UPDATE document_snapshot SET state = 'nonsense' WHERE document_id = %s", document)

    stored = await store.read(document)

    assert stored is not None
    assert stored.updates == [b"1 to 2", b"row 4"]
    assert stored.damage is not None
    assert stored.damage.rows == (0,)


async def test_rows_of_an_earlier_version_are_asked_whether_they_can_be_read_at_all(db: Database) -> None:
    store, document, _ = await written(db, 1)
    await do(db, "UPDATE document_update SET update = '\\x0000', checksum = NULL WHERE document_id = %s", document)
    stored = await store.read(document)
    assert stored is not None
    assert stored.updates == [b"\x00\x00"]

    await do(db, "UPDATE document_update SET update = 'broken' WHERE document_id = %s", document)

    stored = await store.read(document)
    assert stored is not None
    assert stored.damage is not None
    assert stored.damage.rows == (1,)


async def test_a_page_that_the_database_cannot_read_costs_its_rows_and_no_more(db: Database) -> None:
    """The values of one row outside its page (TOAST) are taken away beneath the server, as a failing disk does."""
    document, other = await make_documents(db, 2)
    store = PostgresLog(db)
    big = bytes(range(256)) * 400
    await do(db, "ALTER TABLE document_update ALTER COLUMN update SET STORAGE EXTERNAL")
    await store.append([(document, b"row 1"), (document, big), (document, b"row 3"), (other, big)])
    async with db.pool.connection() as conn:
        cursor = await conn.execute(
            "SELECT reltoastrelid::regclass::text FROM pg_class WHERE oid = 'document_update'::regclass"
        )
        row = await cursor.fetchone()
        assert row is not None
        chunks = sql.SQL("DELETE FROM {} WHERE chunk_id = (SELECT min(chunk_id) FROM {})").format(
            *[sql.Identifier(*row[0].split("."))] * 2
        )
        kind = "UPDATE pg_class SET relkind = %s WHERE oid = %s::regclass"
        await conn.execute("SET LOCAL allow_system_table_mods = on")
        await conn.execute(kind, ("r", row[0]))
        await conn.execute(chunks)
        await conn.execute(kind, ("t", row[0]))

    stored = await store.read(document)

    assert stored is not None
    assert stored.updates == [b"row 1", b"row 3"]
    assert stored.damage is not None
    assert stored.damage.rows == (2,)
    beside = await store.read(other)
    assert beside is not None
    assert beside.updates == [big]


@pytest.mark.parametrize(
    ("code", "says"), [("53100", "no space left on device"), ("XX001", "invalid page"), ("P0001", "not today")]
)
async def test_a_commit_that_the_database_refuses_is_told_from_one_that_is_away(
    db: Database, code: str, says: str
) -> None:
    store, document, other = await written(db)
    await do(
        db,
        f"""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{says}' USING ERRCODE = '{code}'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON document_update FOR EACH ROW
        WHEN (NEW.document_id = '{UUID(document)}') EXECUTE FUNCTION refuse()
        """,
    )

    with pytest.raises(LogRefused, match=says):
        await store.append([(other, b"x"), (document, b"y")])

    assert await store.append([(other, b"x")]) == [2]
    assert await store.heads([document]) == {document: 4}
