"""Search of past meetings: within one's rights, by meaning, word and number, whatever is typed, model or no model."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio
import pytest

from ai.inference import InferenceClient, InferenceUnavailable, command
from ai.search import read_question
from hub.access import search_rights
from hub.db import Database
from hub.documents.queries import append
from hub.documents.writing import Block, seed_text
from hub.jobs import Jobs
from hub.search import archive, finding, index_meeting
from hub.search.counting import Words
from hub.search.index import _replace, forget_meeting
from hub.search.reindex import reindex, stale_meetings
from hub.search.service import Search
from hub.search.sources import read_meeting
from hub.settings import Settings
from hub.users import queries as users
from tests.ai.weights import models_folder
from tests.hub.papers_world import pdf, prepare, send
from tests.support import Hub, HubClock, Person, running_hub


@pytest.fixture(scope="module")
def inference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One inference process for the tests of this file."""
    socket = tmp_path_factory.mktemp("inference") / "socket"
    child = subprocess.Popen(command(socket, models_folder()))
    yield socket
    child.terminate()
    child.wait(10)


@pytest.fixture
async def hub(database: str, tmp_path: Path, inference: Path, clock: HubClock) -> AsyncIterator[Hub]:
    async with running_hub(Settings(data=tmp_path, inference=inference), database, clock=clock) as running:
        yield running


async def put_items(hub: Hub, meeting_id: UUID, *texts: tuple[str, str]) -> list[UUID]:
    ids = []
    async with hub.db.work() as work:
        for number, (title, conclusion) in enumerate(texts):
            cursor = await work.conn.execute(
                "INSERT INTO agenda_item (meeting_id, position, title, conclusion)"
                " VALUES (%s, %s, %s, %s) RETURNING id",
                (meeting_id, f"a{number}", title, conclusion),
            )
            row = await cursor.fetchone()
            assert row is not None
            ids.append(UUID(str(row[0])))
    return ids


async def index(hub: Hub, *meetings: UUID) -> int:
    assert hub.settings.inference is not None
    async with InferenceClient(hub.settings.inference) as client:
        assert await client.until_known(20) is not None
        return sum([await index_meeting(hub.db, client, meeting) for meeting in meetings])


async def find(person: Person, q: str, **more: Any) -> dict[str, Any]:
    answer = await person.get("/api/search", params={"q": q, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def said(result: dict[str, Any]) -> str:
    return "".join(piece["text"] for piece in result["passage"])


FEE = ("Mức thu vệ sinh môi trường", "Thống nhất mức thu 30.000 đồng mỗi hộ một tháng để gom và xử lý chất thải.")
ROAD = ("Đường liên thôn Hạ đi thôn Thượng", "Mở rộng nền đường thêm một mét theo Quyết định số 28/2024/QĐ-UBND.")
SCHOOL = ("Sửa chữa trường mầm non", "Giao Ủy ban nhân dân xã lợp lại mái trước ngày khai giảng.")


@pytest.fixture
async def chair(hub: Hub) -> Person:
    return await hub.person("Trần Văn Lợi")


@pytest.fixture
async def meeting(hub: Hub, chair: Person) -> UUID:
    meeting_id = await hub.meeting(chair, title="Kỳ họp thứ tư Hội đồng nhân dân xã")
    await put_items(hub, meeting_id, FEE, ROAD, SCHOOL)
    await index(hub, meeting_id)
    return meeting_id


async def test_a_decision_is_found_by_its_meaning(chair: Person, meeting: UUID) -> None:
    found = await find(chair, "người dân phải nộp bao nhiêu tiền rác")

    first = found["results"][0]
    assert said(first) == FEE[1]
    assert first["why"] == ["meaning"]
    assert first["kind"] == "conclusion"
    assert first["link"].startswith(f"/hop/{meeting}?doan={first['id']}&noi-dung=")
    assert found["model"] == {"state": "ready", "progress": 1.0}


async def test_words_are_found_and_marked(chair: Person, meeting: UUID) -> None:
    first = (await find(chair, "khai giảng"))["results"][0]

    assert said(first) == SCHOOL[1]
    assert {"text": "khai giảng", "hit": True} in first["passage"]
    assert "word" in first["why"]


async def test_typed_without_diacritics_it_still_finds_and_says_what_it_searched(chair: Person, meeting: UUID) -> None:
    found = await find(chair, "sua chua truong mam non")

    assert found["restored"] == "sửa chữa trường mầm non"
    assert "mầm non" in said(found["results"][0])
    as_typed = await find(chair, "sua chua truong mam non", restore=False)
    assert as_typed["restored"] is None
    assert "mầm non" in said(as_typed["results"][0])


@pytest.mark.parametrize(
    "q", ["28/2024/QĐ-UBND", "28/2024/qd-ubnd", "quyết định 28", "số 28 / 2024 / QĐ-UBND ban hành gì"]
)
async def test_a_document_number_finds_exactly(chair: Person, meeting: UUID, q: str) -> None:
    first, *others = (await find(chair, q))["results"]

    assert said(first) == ROAD[1]
    assert first["why"][0] == "number"
    assert any("28/2024/QĐ-UBND" in piece["text"] for piece in first["passage"] if piece["hit"])
    assert all("number" not in other["why"] for other in others)


@pytest.mark.parametrize(
    "q",
    ["", "   ", "\x00", "'", '"', "\\", "%", "'; DROP TABLE passage; --", "🎉🎉", "a" * 10_000, "ngân sách " * 1_000,
     "<script>alert(1)</script>", "' OR 1=1", "&|!():*", "~xa", "NULL", "\u202e", "ẹ́̂" * 50],
)  # fmt: skip
async def test_anything_may_be_typed(chair: Person, meeting: UUID, q: str) -> None:
    answer = await chair.get("/api/search", params={"q": q})

    assert answer.status_code == 200
    found = answer.json()
    assert found["query"] == q
    if not q.strip(" \x00"):
        assert found["results"] == []


async def test_a_query_beyond_reason_is_refused_in_words(chair: Person, meeting: UUID) -> None:
    answer = await chair.get("/api/search", params={"q": "x" * 20_000})

    assert answer.status_code == 400
    assert answer.json()["code"] == "bad-request"


# Rights.


async def test_a_stranger_finds_nothing_of_a_meeting_he_may_not_read(hub: Hub, chair: Person, meeting: UUID) -> None:
    elsewhere = await hub.unit("Xã Khác")
    stranger = await hub.person(unit=elsewhere)

    for q in ("mức thu vệ sinh", "nộp tiền rác", "28/2024/QĐ-UBND", "mam non"):
        assert (await find(stranger, q))["results"] == []
    passage = (await find(chair, "mức thu vệ sinh"))["results"][0]["id"]
    assert (await stranger.get(f"/api/passages/{passage}")).status_code == 404
    assert (await stranger.get("/api/search/filters")).json()["units"] == []


async def test_what_one_may_not_read_does_not_push_out_what_one_may(hub: Hub, chair: Person) -> None:
    """The filter is inside the search: two hundred better passages of others leave the reader's own one first."""
    mine = await hub.meeting(chair, title="Họp tổ")
    await put_items(hub, mine, ("Thu gom", "Bàn sơ về chất thải."))
    elsewhere = await hub.unit("Xã Khác")
    other = await hub.person(unit=elsewhere)
    theirs = await hub.meeting(other, title="Họp của họ", unit=elsewhere)
    await put_items(hub, theirs, *[(f"Mức thu {n}", f"Mức thu phí vệ sinh môi trường đợt {n}.") for n in range(200)])
    await index(hub, mine, theirs)

    found = await find(chair, "mức thu phí vệ sinh môi trường", limit=50)

    assert found["results"]
    assert {result["meeting_id"] for result in found["results"]} == {str(mine)}
    numbers = await find(chair, "đợt 7", limit=50)
    assert {result["meeting_id"] for result in numbers["results"]} == {str(mine)}


async def test_comparing_all_and_walking_the_index_keep_the_same_rights(hub: Hub, chair: Person, meeting: UUID) -> None:
    """A large archive is walked, a small one compared: the statement differs, what one may find does not."""
    stranger = await hub.person(unit=await hub.unit("Xã Khác"))
    assert hub.settings.inference is not None
    async with InferenceClient(hub.settings.inference) as client:
        assert await client.until_known(20) is not None
        vector = await client.embed_query("tiền rác", within=20)
    found: dict[tuple[UUID, bool], set[UUID]] = {}
    searching = Database(hub.db.conninfo, hub.db.bus, autocommit=True, options=finding.OPTIONS)
    async with searching, searching.reading() as conn:
        question = read_question("mức thu 28/2024/QĐ-UBND", await Words().now(conn))
        for who in (chair, stranger):
            me = await users.person(conn, who.id)
            assert me is not None
            for exact in (True, False):
                rows = await finding.find(conn, search_rights(me), finding.Narrowed(), question, vector, exact=exact)
                found[who.id, exact] = {row.id for row in rows}

    assert len(found[chair.id, True]) == 7
    assert found[chair.id, False] == found[chair.id, True]
    assert found[stranger.id, True] == found[stranger.id, False] == set()


async def test_nobody_searches_a_draft(hub: Hub, chair: Person) -> None:
    draft = await hub.meeting(chair, state="draft", title="Chưa công bố")
    await put_items(hub, draft, FEE)
    await index(hub, draft)

    assert (await find(chair, "mức thu vệ sinh"))["results"] == []


async def test_an_item_marked_secret_is_gone_at_once(hub: Hub, chair: Person, meeting: UUID) -> None:
    before = (await find(chair, "mức thu vệ sinh"))["results"][0]
    item = (await hub.items(meeting))[0]

    answer = await chair.put(f"/api/agenda-items/{item}/secrecy", {"secrecy": "mat"})

    assert answer.status_code == 204
    for q in ("mức thu vệ sinh", "tiền rác hằng tháng"):
        assert all("30.000" not in said(result) for result in (await find(chair, q))["results"])
    assert (await chair.get(f"/api/passages/{before['id']}")).status_code == 404
    async with hub.db.work() as work:
        left = await (await work.conn.execute("SELECT count(*) FROM passage WHERE item_id = %s", (item,))).fetchone()
        word = await (await work.conn.execute("SELECT passages FROM search_word WHERE word = 'gom'")).fetchone()
    assert left == (0,)
    assert word is None
    assert await index(hub, meeting) == 0
    assert all("30.000" not in said(result) for result in (await find(chair, "mức thu"))["results"])


async def test_an_item_that_becomes_secret_while_it_is_indexed_stays_out(hub: Hub, chair: Person) -> None:
    """Read before the mark, written after it: the writer asks again."""
    meeting_id = await hub.meeting(chair)
    item, _ = await put_items(hub, meeting_id, FEE, ROAD)
    async with hub.db.work() as work:
        marks = await archive.marks(work.conn, meeting_id)
        drafts = await read_meeting(work.conn, meeting_id)
    assert marks is not None

    await chair.put(f"/api/agenda-items/{item}/secrecy", {"secrecy": "tuyet_mat"})
    async with hub.db.work() as work:
        await _replace(work.conn, meeting_id, drafts, marks, work.now)

    async with hub.db.work() as work:
        rows = await (await work.conn.execute("SELECT item_id FROM passage")).fetchall()
    assert item not in {row[0] for row in rows}
    assert len(rows) == 3


# Narrowing.


async def test_results_are_narrowed_by_year_unit_and_kind(
    hub: Hub, chair: Person, meeting: UUID, clock: HubClock
) -> None:
    unit = await hub.unit("Ban Kinh tế", "board", hub.unit_id)
    clock.pass_(days=400)
    chair = await hub.sign_in(chair.id)
    later = await hub.meeting(chair, title="Phiên họp năm sau", unit=hub.unit_id)
    await put_items(hub, later, FEE)
    await index(hub, later)

    async def meetings(**more: Any) -> set[str]:
        return {result["meeting_id"] for result in (await find(chair, "mức thu vệ sinh", **more))["results"]}

    assert await meetings() == {str(meeting), str(later)}
    assert await meetings(year=2026) == {str(meeting)}
    assert await meetings(year=2027) == {str(later)}
    assert await meetings(unit=str(unit)) == set()
    kinds = {result["kind"] for result in (await find(chair, "mức thu", kind="agenda"))["results"]}
    assert kinds == {"agenda"}
    filters = (await chair.get("/api/search/filters")).json()
    assert filters["years"] == [2027, 2026]
    assert [each["name"] for each in filters["units"]] == ["Xã Thử Nghiệm"]


@pytest.mark.parametrize("wrong", [{"kind": "gossip"}, {"year": "x"}, {"unit": "1"}, {"limit": 0}, {"limit": 1000}])
async def test_a_filter_that_means_nothing_is_refused(chair: Person, wrong: dict[str, Any]) -> None:
    answer = await chair.get("/api/search", params={"q": "x", **wrong})

    assert answer.status_code == 400


async def test_pages_follow_each_other_without_doubles(hub: Hub, chair: Person) -> None:
    for number in range(12):
        meeting_id = await hub.meeting(chair, title=f"Phiên {number}")
        await put_items(hub, meeting_id, ("Thu phí vệ sinh", f"Mức thu lần thứ {number}."))
        await index(hub, meeting_id)

    first = await find(chair, "mức thu phí vệ sinh", limit=10)
    second = await find(chair, "mức thu phí vệ sinh", limit=10, offset=10)

    ids = [result["id"] for result in first["results"] + second["results"]]
    assert len(first["results"]) == 10
    assert len(set(ids)) == len(ids)
    assert first["total_shown"] == second["total_shown"] >= 20


# Opening.


async def test_a_link_leads_to_the_passage_in_its_context(hub: Hub, chair: Person, meeting: UUID) -> None:
    result = (await find(chair, "mở rộng nền đường"))["results"][0]

    passage = (await chair.get(f"/api/passages/{result['id']}")).json()

    assert passage["text"] == ROAD[1]
    assert passage["heading"] == ROAD[0]
    assert passage["meeting_id"] == str(meeting)
    assert UUID(passage["item_id"]) in await hub.items(meeting)
    assert passage["before"] == FEE[1]
    assert passage["after"] == SCHOOL[1]


# The index.


async def test_indexing_again_changes_nothing_and_embeds_nothing(hub: Hub, chair: Person, meeting: UUID) -> None:
    async def rows() -> list[Any]:
        async with hub.db.work() as work:
            passages = await work.conn.execute("SELECT id, ordinal, text, model_id FROM passage ORDER BY id")
            words = await work.conn.execute("SELECT word, passages FROM search_word ORDER BY word")
            return [await passages.fetchall(), await words.fetchall()]

    before = await rows()

    assert await index(hub, meeting) == 0

    assert await rows() == before


async def test_only_what_changed_is_embedded_and_links_to_the_rest_last(hub: Hub, chair: Person, meeting: UUID) -> None:
    kept = (await find(chair, "khai giảng"))["results"][0]["id"]
    item = (await hub.items(meeting))[0]
    async with hub.db.work() as work:
        await work.conn.execute("UPDATE agenda_item SET conclusion = 'Hoãn sang kỳ họp sau.' WHERE id = %s", (item,))

    assert await index(hub, meeting) == 1

    assert (await find(chair, "khai giảng"))["results"][0]["id"] == kept
    assert all("30.000" not in said(result) for result in (await find(chair, "mức thu"))["results"])
    async with hub.db.work() as work:
        gone = await (await work.conn.execute("SELECT 1 FROM search_word WHERE word = 'gom'")).fetchone()
    assert gone is None


async def test_counts_of_words_are_what_counting_anew_gives(hub: Hub, chair: Person, meeting: UUID) -> None:
    from hub.search.counting import counted

    for conclusion in ("Lần một.", "Lần hai, lần hai.", ""):
        async with hub.db.work() as work:
            await work.conn.execute("UPDATE agenda_item SET conclusion = %s WHERE title = %s", (conclusion, FEE[0]))
        await index(hub, meeting)

    async with hub.db.work() as work:
        texts = [row[0] for row in await (await work.conn.execute("SELECT text FROM passage")).fetchall()]
        words = dict(await (await work.conn.execute("SELECT word, passages FROM search_word")).fetchall())
        pairs = await (await work.conn.execute("SELECT first, second, passages FROM search_pair")).fetchall()
        state = await (await work.conn.execute("SELECT passages FROM search_state")).fetchone()
    expected_words, expected_pairs = counted(texts)
    assert words == dict(expected_words)
    assert {(first, second): n for first, second, n in pairs} == dict(expected_pairs)
    assert state == (len(texts),)


async def test_two_who_index_at_once_leave_one_index(hub: Hub, chair: Person) -> None:
    meeting_id = await hub.meeting(chair)
    await put_items(hub, meeting_id, FEE, ROAD, SCHOOL)

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(index, hub, meeting_id)

    async with hub.db.work() as work:
        count = await (await work.conn.execute("SELECT count(*), count(DISTINCT hash) FROM passage")).fetchone()
        state = await (await work.conn.execute("SELECT passages FROM search_state")).fetchone()
    assert count == (7, 7)
    assert state == (7,)


async def test_a_forgotten_meeting_leaves_nothing(hub: Hub, chair: Person, meeting: UUID) -> None:
    async with hub.db.work() as work:
        await forget_meeting(work.conn, meeting)

    async with hub.db.work() as work:
        for table in ("passage", "search_word", "search_pair", "search_meeting"):
            left = await (await work.conn.execute(f"SELECT count(*) FROM {table}".encode())).fetchone()
            assert left == (0,), table


# What is read.


async def write(hub: Hub, document_id: UUID, *blocks: Block | str) -> None:
    async with hub.db.work() as work:
        await append(work.conn, [(document_id, seed_text(blocks))])


async def test_minutes_are_found_under_their_headings_and_a_conclusion_is_called_one(
    hub: Hub, chair: Person, meeting: UUID
) -> None:
    minutes = await hub.document(meeting, "minutes")
    await write(
        hub,
        minutes,
        Block("BIÊN BẢN", 1),
        Block("1. Phòng, chống cháy rừng", 3),
        "Trưởng thôn Thượng đề nghị phát quang đường băng cản lửa trước mùa khô.",
        Block("2. Kết luận của chủ tọa", 3),
        "Giao kiểm lâm địa bàn lập phương án trước ngày 15.",
    )
    assert await index(hub, meeting) == 2

    spoken = (await find(chair, "dọn cây cỏ để lửa không lan", kind="minutes"))["results"][0]
    concluded = (await find(chair, "kiểm lâm lập phương án"))["results"][0]

    assert (spoken["heading"], said(spoken)) == (
        "1. Phòng, chống cháy rừng",
        "Trưởng thôn Thượng đề nghị phát quang đường băng cản lửa trước mùa khô.",
    )
    assert spoken["link"].endswith(f"&van-ban={minutes}")
    assert concluded["kind"] == "conclusion"
    passage = (await chair.get(f"/api/passages/{concluded['id']}")).json()
    assert (passage["document_id"], passage["block"]) == (str(minutes), 4)


async def test_a_change_of_a_document_makes_its_meeting_stale(hub: Hub, chair: Person, meeting: UUID) -> None:
    async def stale() -> list[UUID]:
        async with hub.db.work() as work:
            return await stale_meetings(work, None, able=False)

    await chair.post(f"/api/meetings/{meeting}/state", {"to": "ended"})
    await index(hub, meeting)
    assert await stale() == []

    await write(hub, await hub.document(meeting, "minutes"), "Thêm một câu.")

    assert await stale() == [meeting]


async def test_a_draft_on_a_secret_item_is_not_indexed_and_leaves_at_once(
    hub: Hub, chair: Person, meeting: UUID
) -> None:
    item = (await hub.items(meeting))[1]
    answer = await chair.post(
        f"/api/meetings/{meeting}/documents", {"title": "Dự thảo về đường", "agenda_item_id": str(item)}
    )
    document = UUID(answer.json()["id"])
    await write(hub, document, "Điều chỉnh tim tuyến qua khu vực kho đạn cũ.")
    await index(hub, meeting)
    assert "kho đạn" in said((await find(chair, "kho đạn cũ"))["results"][0])

    await chair.put(f"/api/agenda-items/{item}/secrecy", {"secrecy": "mat"})

    assert all("kho đạn" not in said(result) for result in (await find(chair, "kho đạn cũ"))["results"])
    await index(hub, meeting)
    assert all("kho đạn" not in said(result) for result in (await find(chair, "kho đạn cũ"))["results"])


async def test_a_document_written_by_a_stranger_client_harms_nothing(hub: Hub, chair: Person, meeting: UUID) -> None:
    from pycrdt import Doc, Map, Text

    doc: Any = Doc()
    doc.get("default", type=Text).insert(0, "không phải XML\x00")
    doc.get("items", type=Map)["x"] = 1
    minutes = await hub.document(meeting, "minutes")
    async with hub.db.work() as work:
        await append(work.conn, [(minutes, bytes(doc.get_update()))])

    await index(hub, meeting)

    assert (await find(chair, "khai giảng"))["results"]


async def test_what_was_said_is_found_by_speaker_runs(hub: Hub, chair: Person, meeting: UUID) -> None:
    item = (await hub.items(meeting))[2]
    async with hub.db.work() as work:
        row = await (
            await work.conn.execute(
                "INSERT INTO caption_session (meeting_id, started_by, speaker_id, language, started_at, seen_at)"
                " VALUES (%s, %s, %s, 'vi', %s, %s) RETURNING id",
                (meeting, chair.id, chair.id, work.now, work.now),
            )
        ).fetchone()
        assert row is not None
        for number, words in enumerate(["Mái trường đã dột ba mùa mưa.", "Đề nghị làm ngay trong hè này."]):
            at = work.now + timedelta(seconds=5 * number)
            await work.conn.execute(
                "INSERT INTO transcript_segment (id, meeting_id, session_id, number, speaker_id, item_id, at, start_ms,"
                " end_ms, text) VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (meeting, row[0], number, chair.id, item, at, 5_000 * number, 5_000 * number + 4_000, words),
            )
    assert await index(hub, meeting) == 1

    found = (await find(chair, "lớp học bị thấm nước", kind="transcript"))["results"][0]

    assert said(found) == "Mái trường đã dột ba mùa mưa. Đề nghị làm ngay trong hè này."
    assert found["heading"] == "Trần Văn Lợi"
    assert found["link"].endswith("&muc=phu-de")


async def test_a_paper_is_found_at_its_page_by_who_may_read_it(hub: Hub, chair: Person, meeting: UUID) -> None:
    """Not by the whole unit of a closed meeting; a new version, another item and going are seen at once."""
    delegate, colleague, stranger = await hub.person(), await hub.person(), await hub.person(unit=await hub.unit("Xã"))
    held = await hub.meeting(chair, delegates=[delegate], state="ended", items=2)
    marked = (await hub.items(held))[1]
    sent = await send(
        chair, pdf("Tờ trình của Ủy ban.", "Mỗi hộ nuôi trâu được vay năm mươi triệu đồng."), meeting_id=str(held)
    )
    paper = sent.json()["paper_id"]
    await prepare(hub)
    assert await index(hub, held) >= 3

    first = (await find(delegate, "nông dân mượn tiền mua gia súc", kind="paper"))["results"][0]
    assert (said(first), first["heading"]) == (
        "Mỗi hộ nuôi trâu được vay năm mươi triệu đồng.",
        "Tờ trình về ngân sách",
    )
    assert first["link"] == f"/hop/{held}?doan={first['id']}&muc=tai-lieu-hop&giay={paper}&trang=2"
    passage = (await delegate.get(f"/api/passages/{first['id']}")).json()
    assert (passage["paper_id"], passage["block"], passage["before"]) == (paper, 2, "Tờ trình của Ủy ban.")

    async def finders(words: str = "nuôi trâu") -> list[bool]:
        people = (chair, delegate, colleague, stranger)
        return [bool((await find(one, words, kind="paper"))["total_shown"]) for one in people]

    assert await finders() == [True, True, False, False]
    assert {(await one.get(f"/api/passages/{first['id']}")).status_code for one in (colleague, stranger)} == {404}
    await send(chair, pdf("Mỗi hộ nuôi bò được vay sáu mươi triệu đồng."), paper_id=paper)
    assert await finders() == [False] * 4
    await prepare(hub)
    async with hub.db.work() as work:
        assert held in await stale_meetings(work, None, able=False)
    await index(hub, held)
    assert await finders("nuôi bò") == [True, True, False, False]
    await chair.patch(f"/api/papers/{paper}", {"item_id": str(marked)})
    await index(hub, held)
    await chair.put(f"/api/agenda-items/{marked}/secrecy", {"secrecy": "mat"})
    assert await finders("nuôi bò") == [False] * 4
    await index(hub, held)
    assert await finders("nuôi bò") == [False] * 4
    await chair.put(f"/api/agenda-items/{marked}/secrecy", {"secrecy": "none"})
    await chair.post(f"/api/meetings/{held}/state", {"to": "closed", "reason": "Không có biên bản."})
    assert hub.settings.inference is not None
    async with InferenceClient(hub.settings.inference) as client:
        assert await client.until_known(20) is not None
        await reindex(hub.db, client, lambda done, total, title: None)
    assert await finders("nuôi bò") == [True, True, False, False], "colleagues see the closed meeting, not its papers"


async def test_a_paper_that_goes_while_it_is_indexed_stays_out(hub: Hub, chair: Person) -> None:
    held = await hub.meeting(chair, state="published")
    papers = [
        (await send(chair, pdf(f"Tài liệu số {n} về đê điều."), meeting_id=str(held))).json()["paper_id"]
        for n in (1, 2)
    ]
    await prepare(hub)
    async with hub.db.work() as work:
        marks = await archive.marks(work.conn, held)
        drafts = await read_meeting(work.conn, held)
    assert marks is not None
    assert [draft.kind for draft in drafts].count("paper") == 2

    await chair.delete(f"/api/papers/{papers[0]}")
    async with hub.db.work() as work:
        await _replace(work.conn, held, drafts, marks, work.now)

    assert [said(one) for one in (await find(chair, "đê điều", kind="paper"))["results"]] == [
        "Tài liệu số 2 về đê điều."
    ]


async def test_everything_can_be_indexed_anew(hub: Hub, chair: Person, meeting: UUID) -> None:
    assert hub.settings.inference is not None
    before = (await find(chair, "mức thu vệ sinh"))["results"]
    heard: list[tuple[int, int]] = []

    async with InferenceClient(hub.settings.inference) as client:
        assert await client.until_known(20) is not None
        made = await reindex(hub.db, client, lambda done, total, title: heard.append((done, total)))

    after = (await find(chair, "mức thu vệ sinh"))["results"]
    assert made == 7
    assert heard == [(0, 1), (1, 1)]
    assert [said(result) for result in after] == [said(result) for result in before]


# Without a model.


async def test_without_a_model_it_goes_on_by_words_and_says_so(database: str, tmp_path: Path, clock: HubClock) -> None:
    async with running_hub(Settings(data=tmp_path), database, clock=clock) as hub:
        chair = await hub.person()
        meeting_id = await hub.meeting(chair)
        await put_items(hub, meeting_id, FEE, ROAD)
        with pytest.raises(InferenceUnavailable):
            await index_meeting(hub.db, None, meeting_id)

        found = await find(chair, "vệ sinh")
        number = await find(chair, "28/2024")

        assert found["model"]["state"] == "missing"
        assert "vệ sinh" in said(found["results"][0])
        assert found["results"][0]["why"] == ["word"]
        assert said(number["results"][0]) == ROAD[1]
        ready = await chair.get("/readyz")
        assert ready.status_code == 200
        assert ready.json()["model"] == "missing"


# Jobs.


async def test_a_change_is_indexed_by_a_job_without_anybody_asking(hub: Hub, chair: Person) -> None:
    meeting_id = await hub.meeting(chair)
    await put_items(hub, meeting_id, FEE)
    async with Search(hub.db, hub.settings) as search, Jobs(hub.db, search, sweep_seconds=0.2):
        with anyio.fail_after(30):
            while not (await find(chair, "tiền rác"))["results"]:
                await anyio.sleep(0.1)
        await put_items(hub, meeting_id, SCHOOL)
        await chair.post(f"/api/meetings/{meeting_id}/state", {"to": "ended"})
        with anyio.fail_after(30):
            while "khai giảng" not in "".join(map(said, (await find(chair, "ngày khai giảng"))["results"])):
                await anyio.sleep(0.1)


async def test_a_meeting_waits_for_its_indexing_once(hub: Hub, chair: Person) -> None:
    meeting_id = await hub.meeting(chair)
    async with Search(hub.db, hub.settings) as search, Jobs(hub.db, search, work=False) as jobs:
        assert await jobs.defer_indexing([meeting_id, meeting_id]) == 1
        assert await jobs.defer_indexing([meeting_id]) == 0

    async with hub.db.work() as work:
        rows = await (await work.conn.execute("SELECT status FROM jobs.procrastinate_jobs")).fetchall()
    assert rows == [("todo",)]


def test_the_jobs_schema_is_the_one_of_the_installed_package() -> None:
    from importlib.resources import files

    shipped = (files("procrastinate") / "sql" / "schema.sql").read_text("utf-8")
    ours = (files("hub.db") / "migrations" / "0006_jobs.sql").read_text("utf-8")

    assert shipped.strip() in ours
