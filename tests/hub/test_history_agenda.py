"""The history of an agenda: its items as they stood, and back to them without losing what others do meanwhile."""

import random
from typing import Any
from uuid import uuid4

import anyio
import pytest
from pycrdt import Array, Doc, Map, Text

from hub.documents.models import PlannedItem
from hub.documents.reading import document_of, read_items
from hub.documents.service import begin_documents
from hub.documents.writing import seed_agenda
from hub.history.agendas import ITEMS, agenda_content, agenda_towards
from hub.history.canonical import text_hash
from hub.history.cutting import cut, cut_apart, edit_apart, whole
from hub.history.models import INVITED
from realtime.replica import merge, new_doc
from realtime.wire import NOTHING
from tests.hub.document_peer import peer
from tests.support import Hub


def planned(title: str, position: str = "V", *, removed: bool = False) -> PlannedItem:
    return PlannedItem(
        id=uuid4(), position=position, title=title, presenter="", minutes=15, kind="discussion", removed=removed
    )


def items_of(doc: "Doc[Any]") -> "Map[Any]":
    items: Map[Any] = doc.get(ITEMS, type=Map)
    return items


def titles(update: bytes) -> list[str]:
    return [fields.get("title", "") for _, fields, _ in agenda_content(document_of(update))]


def hash_of(update: bytes) -> bytes:
    return text_hash(agenda_content(document_of(update)))


def edited(update: bytes, chance: random.Random) -> bytes:
    """After somebody's odd hour: fields written, moved, removed, brought back, added, and things that are no items."""
    doc = document_of(update)
    items = items_of(doc)
    with doc.transaction():
        for _ in range(chance.randint(1, 6)):
            key = chance.choice([*items.keys(), str(uuid4())])
            item = items.get(key)
            if not isinstance(item, Map):
                position = chance.choice("AMVz")
                items[key] = chance.choice([Map({"title": "Mới", "position": position}), Map({}), Array([1]), "không"])
                continue
            name = chance.choice(["title", "presenter", "minutes", "kind", "position", "removed"])
            wild = ["Báo cáo", 20, 7.5, True, False, "vote", float("nan"), Text("Từng chữ"), Map({"x": 1})]
            if chance.random() < 0.1:
                del items[key]
            else:
                item[name] = chance.choice(wild)
    return bytes(doc.get_update())


@pytest.mark.parametrize("seed", range(12))
def test_back_is_back_whatever_was_written_meanwhile(seed: int) -> None:
    chance = random.Random(seed)
    first = seed_agenda([planned(f"Nội dung {n}", str(n)) for n in range(5)])
    states, held, additions = [first], b"", []
    for _ in range(6):
        states.append(edited(states[-1], chance))
    for state in states:
        made = cut([state], held, agenda=True)
        held = made.held
        additions.append(made.addition)
        assert made.hash == hash_of(state) == hash_of(whole(additions))

    for wanted in states:
        _, update = agenda_towards(states[-1], wanted)
        back = merge([states[-1], update])
        assert hash_of(back) == hash_of(wanted)
        assert agenda_towards(back, wanted)[1] == NOTHING
        assert read_items(back) is not None


def test_what_did_not_change_is_not_written_and_what_others_do_meanwhile_stays() -> None:
    four = zip(["Một", "Hai", "Ba", "Bốn"], "1234", strict=True)
    kept, moved, gone, renamed = (planned(title, position) for title, position in four)
    before = seed_agenda([kept, moved, gone, renamed])
    doc = document_of(before)
    items = items_of(doc)
    items[str(moved.id)]["position"] = "9"
    items[str(gone.id)]["removed"] = True
    items[str(renamed.id)]["title"] = "Bốn chấm một"
    items[str(uuid4())] = Map({"title": "Thừa", "position": "5", "removed": False})
    now = bytes(doc.get_update())
    assert titles(now) == ["Một", "Bốn chấm một", "Thừa", "Hai"]

    _, update = agenda_towards(now, before)
    other = document_of(now)
    items_of(other)[str(uuid4())] = Map({"title": "Cùng lúc", "position": "35", "removed": False})
    items_of(other)[str(kept.id)]["presenter"] = "Bà Hoa"
    both = merge([bytes(other.get_update()), update])

    assert titles(merge([now, update])) == ["Một", "Hai", "Ba", "Bốn"]
    assert titles(both) == ["Một", "Hai", "Ba", "Cùng lúc", "Bốn"]
    assert items_of(document_of(both))[str(kept.id)]["presenter"] == "Bà Hoa"
    assert len(update) < 250 < len(before)


def test_the_hash_is_of_what_stands_in_which_order_and_not_of_how_that_is_written() -> None:
    one, other = planned("Một", "1"), planned("Hai", "2")
    with_ghost = [one, other, planned("Đã bỏ", "3", removed=True)]
    positioned = [PlannedItem(**{**_fields(each), "position": at}) for each, at in ((one, "A"), (other, "Bx"))]
    doc = new_doc()
    items_of(doc)[str(one.id)] = Map({**_fields(one), "id": None, "title": Text("Một"), "minutes": 15.2})
    items_of(doc)[str(other.id)] = Map(_fields(other) | {"id": None})

    plain = hash_of(seed_agenda([one, other]))

    assert hash_of(seed_agenda(with_ghost)) == hash_of(seed_agenda(positioned)) == plain
    assert hash_of(bytes(doc.get_update())) == plain
    assert hash_of(seed_agenda([one])) != plain


def _fields(item: PlannedItem) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__struct_fields__}


async def test_a_large_agenda_is_read_in_a_process_of_its_own_with_the_same_answer() -> None:
    large = seed_agenda([planned("x" * 400, f"{n:04}") for n in range(700)])
    small = seed_agenda([planned("Một")])
    assert len(large) > 256 * 1024

    assert await cut_apart([large], b"", agenda=True) == cut([large], b"", agenda=True)
    _, update = await edit_apart(merge([small, large]), large, agenda=True)

    assert titles(merge([small, large, update])) == titles(large)


async def test_an_agenda_is_kept_compared_and_brought_back_over_http(hub: Hub) -> None:
    await hub.serve()
    chair, delegate = await hub.person("An"), await hub.person("Chi")
    meeting = await hub.meeting(chair, delegates=[delegate], state="draft")
    agenda = await hub.document(meeting, "agenda")
    opening, report = planned("Khai mạc", "1"), planned("Báo cáo", "2")
    async with hub.db.work() as work:
        await begin_documents(work, [(agenda, seed_agenda([opening, report]))])
    path = f"/api/documents/{agenda}/versions"
    assert (await chair.post(f"/api/meetings/{meeting}/state", {"to": "published"})).status_code == 204
    with anyio.fail_after(10):
        while not (invited := (await delegate.get(path)).json()):
            pass  # made a moment after the publication was told
    assert [(one["number"], one["reason"], one["letters"]) for one in invited] == [(1, INVITED, 15)]

    async with peer(chair, agenda) as writing, chair.line(meeting) as line:
        items = items_of(writing.client.doc)
        items[str(report.id)]["removed"] = True
        items[str(opening.id)]["title"] = "Chào cờ, khai mạc"
        await writing.flush()
        await writing.saved()
        named = await chair.post(path, {"name": "Sau thẩm tra"})
        assert named.status_code == 201, named.text
        assert (await delegate.post(f"{path}/1/restore")).status_code == 403
        restored = await chair.post(f"{path}/1/restore")
        assert (restored.json()["kind"], restored.json()["restored_from"]) == ("restored", 1), restored.text
        assert (await chair.post(f"{path}/1/restore")).json()["code"] == "same-text"
        while (await line.event("agenda.changed"))["event"]["items"] != [str(opening.id), str(report.id)]:
            pass  # the meeting's items follow, a moment after the edit and after the way back

    listed: list[dict[str, Any]] = []
    with anyio.fail_after(10):  # who wrote is noted a moment after the commit
        while not listed or not listed[1]["writers"]:
            listed = (await delegate.get(path)).json()
    assert [each["writers"] for each in listed[:2]] == [[{"id": str(chair.id), "name": "An"}]] * 2
    assert [(one["number"], one["kind"], one["name"]) for one in listed] == [
        (3, "restored", ""), (2, "named", "Sau thẩm tra"), (1, "automatic", ""),
    ]  # fmt: skip
    assert listed[0]["hash"] == listed[2]["hash"] != listed[1]["hash"]
    states = [(await delegate.get(f"{path}/{number}/state")).content for number in (1, 2)]
    assert [titles(state) for state in states] == [["Khai mạc", "Báo cáo"], ["Chào cờ, khai mạc"]]
