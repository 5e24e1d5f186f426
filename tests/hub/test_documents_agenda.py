"""The agenda document becomes agenda_item rows: same ids, soon after the commit, whatever a client writes into it."""

import random
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pycrdt
import pytest

from hub.documents import queries
from hub.documents.models import PlannedItem
from hub.documents.projection import AgendaProjection
from hub.documents.reading import plain_text, read_items
from hub.documents.service import begin_documents
from hub.documents.writing import Block, seed_agenda, seed_text
from hub.meetings.queries import items as meeting_items
from tests.hub.document_peer import Peer, peer
from tests.realtime.peers import Client
from tests.support import Hub, LineReader, Person


class Agenda:
    """A meeting's agenda, its row of items, and a client that writes it."""

    def __init__(self, hub: Hub, chair: Person, meeting: UUID, document: UUID) -> None:
        self.hub, self.chair, self.meeting, self.document = hub, chair, meeting, document

    async def rows(self) -> dict[UUID, PlannedItem]:
        async with self.hub.db.pool.connection() as conn:
            return {item.id: item for item in await queries.projected_items(conn, self.meeting)}

    async def titles(self) -> list[str]:
        async with self.hub.db.work() as work:
            return [item.title for item in await meeting_items(work.conn, self.meeting) if not item.removed]


@pytest.fixture
async def agenda(hub: Hub) -> Agenda:
    await hub.serve()
    chair = await hub.person()
    meeting = await hub.meeting(chair, state="published")
    return Agenda(hub, chair, meeting, await hub.document(meeting, "agenda"))


def planned(**fields: Any) -> PlannedItem:
    known = {"id": uuid4(), "position": "V", "title": "Khai mạc", "presenter": "", "minutes": 10, "kind": "discussion"}
    return PlannedItem(**(known | {"removed": False} | fields))  # type: ignore[arg-type]


def items_of(client: Client) -> pycrdt.Map[Any]:
    items: pycrdt.Map[Any] = client.doc.get("items", type=pycrdt.Map)
    return items


def put(client: Client, *items: PlannedItem) -> None:
    for item in items:
        put_one(client, item)


def put_one(client: Client, item: PlannedItem) -> None:
    fields = {name: getattr(item, name) for name in item.__struct_fields__ if name != "id"}
    items_of(client)[str(item.id)] = pycrdt.Map(fields)


async def change(joined: Peer, edit: Callable[[Client], object]) -> None:
    edit(joined.client)
    await joined.flush()
    await joined.saved()


async def told(line: LineReader) -> list[str]:
    message = await line.event("agenda.changed")
    found: list[str] = message["event"]["items"]
    return found


async def test_an_item_added_moved_and_removed_is_so_in_the_rows_and_screens_are_told(agenda: Agenda) -> None:
    chair = agenda.chair
    first, second = (
        planned(position="V", title="Khai mạc"),
        planned(position="k", title="Dự toán 🎉", kind="vote", minutes=45),
    )
    async with peer(chair, agenda.document) as joined, chair.line(agenda.meeting) as line:
        await change(joined, lambda c: put(c, first, second))
        while await told(line) != [str(first.id), str(second.id)]:
            pass
        assert await agenda.rows() == {first.id: first, second.id: second}

        await change(joined, lambda c: items_of(c)[str(second.id)].__setitem__("position", "A"))
        assert await told(line) == [str(second.id), str(first.id)]
        assert await agenda.titles() == ["Dự toán 🎉", "Khai mạc"]

        await change(joined, lambda c: items_of(c)[str(second.id)].__setitem__("removed", True))
        assert await told(line) == [str(first.id)]
        assert (await agenda.rows())[second.id].removed

        await change(joined, lambda c: items_of(c).pop(str(first.id)))
        assert await told(line) == []
        assert (await agenda.rows())[first.id].removed  # marked: a vote may refer to it


async def test_an_edit_that_changes_no_item_tells_nobody(agenda: Agenda) -> None:
    chair = agenda.chair
    item = planned()
    async with peer(chair, agenda.document) as joined, chair.line(agenda.meeting) as line:
        await change(joined, lambda c: put(c, item))
        await told(line)
        await change(joined, lambda c: items_of(c)[str(item.id)].__setitem__("colour", "đỏ"))
        await change(joined, lambda c: items_of(c)[str(item.id)].__setitem__("title", "Bế mạc"))
        await told(line)

        changes = [m for m in line.told if m["event"]["type"] == "agenda.changed"]
        assert len(changes) == 2
        assert (await agenda.rows())[item.id].title == "Bế mạc"


async def test_whatever_a_client_writes_is_brought_within_bounds(agenda: Agenda) -> None:
    chair = agenda.chair
    good, odd, empty = planned(), uuid4(), uuid4()

    def write(client: Client) -> None:
        items = items_of(client)
        items["không phải uuid"] = pycrdt.Map({"title": "x"})
        items[str(uuid4())] = "một chuỗi"
        items[str(uuid4())] = pycrdt.Array([1, 2])
        items[str(empty)] = pycrdt.Map({})
        items[str(odd)] = pycrdt.Map(
            {
                "title": pycrdt.Text("Đ" * 800 + "\x00\n"), "presenter": 5, "minutes": float("inf"), "kind": "nhảy múa",
                "position": {"a": 1}, "removed": "có",
            }
        )  # fmt: skip
        put(client, good)

    async with peer(chair, agenda.document) as joined, chair.line(agenda.meeting) as line:
        await change(joined, write)
        while str(good.id) not in await told(line):
            pass

        rows = await agenda.rows()
        assert rows[good.id] == good
        assert rows[odd] == planned(id=odd, position="", title="Đ" * 500, minutes=1440)
        assert rows[empty] == planned(id=empty, position="", title="", minutes=0)
        assert len(rows) == 3


async def test_an_agenda_that_is_no_map_at_all_changes_nothing(agenda: Agenda) -> None:
    chair = agenda.chair
    item = planned()
    async with peer(chair, agenda.document) as joined, chair.line(agenda.meeting) as line:
        await change(joined, lambda c: put(c, item))
        await told(line)

    wrong: pycrdt.Doc[Any] = pycrdt.Doc()
    wrong.get("items", type=pycrdt.Text).insert(0, "chữ")
    assert read_items(wrong.get_update()) in ([], None)


async def test_an_item_of_another_meeting_is_never_touched(agenda: Agenda) -> None:
    hub, chair = agenda.hub, agenda.chair
    elsewhere = await hub.meeting(await hub.person(), items=1)
    [theirs] = await hub.items(elsewhere)
    mine = planned()
    async with peer(chair, agenda.document) as joined, chair.line(agenda.meeting) as line:
        await change(joined, lambda c: put(c, planned(id=theirs, title="chiếm"), mine))
        while await told(line) != [str(mine.id)]:
            pass

    async with hub.db.pool.connection() as conn:
        [left] = await queries.projected_items(conn, elsewhere)
    assert left.title == "Nội dung 1"


async def test_what_a_hub_left_behind_when_it_died_is_projected_by_the_next(agenda: Agenda) -> None:
    item = planned()
    async with agenda.hub.db.work() as work:
        await begin_documents(work, [(agenda.document, seed_agenda([item]))])

    async with AgendaProjection(agenda.hub.db):
        while await agenda.rows() != {item.id: item}:
            pass
    async with agenda.hub.db.pool.connection() as conn:
        assert await queries.unprojected_agendas(conn, 10) == []


async def test_what_the_server_writes_first_a_client_reads_and_goes_on_with(agenda: Agenda) -> None:
    chair = agenda.chair
    minutes = await agenda.hub.document(agenda.meeting, "minutes")
    blocks: list[Block | str] = [Block("BIÊN BẢN", 1), "Thời gian: 8 giờ 🕗", Block("Nội dung", 2), ""]
    async with agenda.hub.db.work() as work:
        await begin_documents(work, [(minutes, seed_text(blocks)), (agenda.document, b"")])

    async with peer(chair, minutes) as joined:
        fragment = joined.client.doc.get("default", type=pycrdt.XmlFragment)
        heading, paragraph, *_ = fragment.children
        assert (heading.tag, dict(heading.attributes)) == ("heading", {"level": 1})
        assert paragraph.tag == "paragraph"
        paragraph.children[0].insert(0, "▸ ")
        await joined.flush()
        await joined.saved()

    async with agenda.hub.db.pool.connection() as conn:
        update = await queries.whole(conn, minutes)
    assert update is not None
    assert plain_text(update) == "BIÊN BẢN\n▸ Thời gian: 8 giờ 🕗\nNội dung"


def test_marks_lists_and_tables_are_read_as_their_words() -> None:
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    fragment = doc.get("default", type=pycrdt.XmlFragment)
    words = pycrdt.XmlText("Điều 1. ")
    fragment.children.append(pycrdt.XmlElement("paragraph", None, [words]))
    words.insert(len("Điều 1. ".encode()), "Thông qua", {"bold": {}})
    cells = [
        pycrdt.XmlElement("tableCell", None, [pycrdt.XmlElement("paragraph", None, [pycrdt.XmlText(text)])])
        for text in ("Thu", "12.000")
    ]
    fragment.children.append(pycrdt.XmlElement("table", None, [pycrdt.XmlElement("tableRow", None, cells)]))

    assert plain_text(doc.get_update()) == "Điều 1. Thông qua\nThu\n12.000"


def test_random_agendas_are_read_without_an_error() -> None:
    for seed in range(300):
        chance = random.Random(seed)
        doc: pycrdt.Doc[Any] = pycrdt.Doc(client_id=seed + 1)
        items = doc.get("items", type=pycrdt.Map)
        values: list[Any] = [None, True, -1, 1e300, float("nan"), "", "\x00", "Đ" * 999, [], {"a": []}, b"x"]
        for _ in range(chance.randint(0, 8)):
            key = chance.choice([str(uuid4()), str(uuid4()).upper(), "", "x"])
            names = ("title", "presenter", "minutes", "kind", "position", "removed")
            items[key] = pycrdt.Map({name: chance.choice(values) for name in names if chance.random() < 0.8})

        found = read_items(doc.get_update())

        assert found is not None, seed
        for item in found:
            assert len(item.title) <= 500 and "\x00" not in item.title and 0 <= item.minutes <= 1440, seed  # noqa: PT018
