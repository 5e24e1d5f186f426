"""The sample commune: made once, in one piece, consistent with itself, and its neighbour sees nothing of it."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any, cast

import anyio
import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pycrdt import XmlElement, XmlFragment, XmlText

from hub.chain import verify_all
from hub.db import Database
from hub.documents import queries as logs
from hub.documents.reading import document_of, read_items
from hub.sample import InstallationHasPeople, make_sample, meeting_id, people
from hub.sample.holding import id_of, people_of
from hub.sample.load import ACCOUNTS
from hub.sample.texts import past_meetings, sample_people
from hub.settings import Settings
from realtime import InProcessBus
from tests.conftest import TEMPLATE
from tests.support import START, Hub, HubClock, Person, running_hub

PAST = dict(past_meetings())


@pytest.fixture
async def empty(database: str, clock: HubClock) -> AsyncIterator[Database]:
    async with Database(database, InProcessBus(), clock, pool_size=2) as db:
        yield db


@pytest.fixture(scope="module")
def made(postgres: str) -> Iterator[str]:
    """A database in which the sample was made, to be copied; returns its name."""
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE phien_sample TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")

    async def make() -> None:
        async with Database(make_conninfo(postgres, dbname="phien_sample"), InProcessBus(), pool_size=1) as db:
            assert await make_sample(db, START) == ACCOUNTS

    anyio.run(make)
    yield "phien_sample"
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute("DROP DATABASE phien_sample WITH (FORCE)")


@pytest.fixture
def inhabited(postgres: str, made: str) -> Iterator[str]:
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE phien_sample_copy TEMPLATE {made} STRATEGY FILE_COPY")
    yield make_conninfo(postgres, dbname="phien_sample_copy")
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute("DROP DATABASE phien_sample_copy WITH (FORCE)")


@pytest.fixture
async def commune(inhabited: str, settings: Settings, clock: HubClock) -> AsyncIterator[Hub]:
    """A hub whose database holds the sample and nobody else."""
    async with running_hub(settings, inhabited, clock=clock) as running:
        yield running


async def rows(db: Database, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    async with db.work() as work:
        return await (await work.conn.execute(sql.encode(), values)).fetchall()


def blocks(update: bytes) -> list[tuple[str | None, dict[str, Any], str]]:
    """(tag, attributes, text) of a text document, marks left out."""
    found = []
    for node in document_of(update).get("default", type=XmlFragment).children:
        assert isinstance(node, XmlElement)
        text = "".join(str(piece) for child in node.children if isinstance(child, XmlText) for piece, _ in child.diff())
        found.append((node.tag, dict(cast("Iterable[tuple[str, Any]]", node.attributes)), text))
    return found


async def enter(hub: Hub, username: str) -> Person:
    return await hub.sign_in(id_of("person", username))


async def test_it_has_24_meetings_behind_it_two_ahead_and_one_about_to_begin(commune: Hub) -> None:
    now = commune.clock()
    found = await rows(commune.db, "SELECT id, state, starts_at FROM meeting ORDER BY starts_at")

    assert [state for _, state, _ in found] == ["closed"] * 24 + ["published"] * 3
    assert all(starts < now - timedelta(days=10) for _, _, starts in found[:24])
    assert found[0][2] < now - timedelta(days=700)
    assert found[24][0] == ACCOUNTS.meeting
    assert now < found[24][2] <= now + timedelta(hours=1)
    assert all(starts > now + timedelta(days=2) for _, _, starts in found[25:])


async def test_twice_is_once(empty: Database, clock: HubClock) -> None:
    await make_sample(empty, clock())
    before = await rows(empty, "SELECT id, seq, head FROM meeting ORDER BY id")

    with pytest.raises(InstallationHasPeople):
        await make_sample(empty, clock())

    assert await rows(empty, "SELECT id, seq, head FROM meeting ORDER BY id") == before


async def test_of_two_starts_at_once_one_makes_it(empty: Database, clock: HubClock) -> None:
    ends = await asyncio.gather(*(make_sample(empty, clock()) for _ in range(2)), return_exceptions=True)

    assert sorted(type(end).__name__ for end in ends) == ["InstallationHasPeople", "SampleAccounts"]
    assert await rows(empty, "SELECT count(*) FROM meeting") == [(27,)]


async def test_it_is_not_made_among_real_people(hub: Hub) -> None:
    await hub.person("Người thật")

    with pytest.raises(InstallationHasPeople):
        await make_sample(hub.db, hub.clock())

    assert await rows(hub.db, "SELECT count(*) FROM app_user") == [(1,)]
    async with hub.db.work() as work:
        assert await people(work.conn) == []


async def test_nobody_has_a_password_and_links_are_for_chair_secretary_delegate_and_administrator(commune: Hub) -> None:
    async with commune.db.work() as work:
        links = await people(work.conn)
        await work.conn.execute("UPDATE app_user SET active = false WHERE id = %s", (ACCOUNTS.chair,))
        fewer = await people(work.conn)

    assert await rows(commune.db, "SELECT count(*) FROM app_user WHERE password_hash IS NOT NULL") == [(0,)]
    rest = [ACCOUNTS.secretary, ACCOUNTS.delegate, ACCOUNTS.administrator]
    assert [user_id for _, user_id in links] == [ACCOUNTS.chair, *rest]
    assert [name for name, _ in links] == [
        "Chủ tọa: Nguyễn Thị Hạnh",
        "Thư ký: Lê Minh Đức",
        "Đại biểu: Phạm Quốc Tuấn",
        "Quản trị đơn vị: Mạc Thị Hải Yến",
    ]
    assert [user_id for _, user_id in fewer] == rest
    administrator = await commune.sign_in(ACCOUNTS.administrator)
    units = (await administrator.get("/api/organisation/units")).json()
    assert {unit["name"] for unit in units if unit["i_administer"]} >= {"Xã Yên Bình", "Ban Pháp chế"}


async def test_every_line_is_whole_and_was_told_in_the_order_of_time(commune: Hub, inhabited: str) -> None:
    verdicts = [*verify_all(inhabited)]

    assert len(verdicts) == 27
    assert {verdict.broken_at for verdict in verdicts} == {None}
    assert (
        await rows(
            commune.db,
            "SELECT 1 FROM event a JOIN event b ON b.meeting_id = a.meeting_id AND b.seq = a.seq + 1 WHERE b.at < a.at",
        )
        == []
    )
    kinds = "SELECT DISTINCT ON (meeting_id) kind, body FROM event WHERE meeting_id = %s ORDER BY meeting_id, seq DESC"
    ((kind, body),) = await rows(commune.db, kinds, meeting_id("02-khac-phuc-lu-lut"))
    assert (kind, b'"closed"' in bytes(body)) == ("meeting.state_changed", True)


async def test_a_delegate_opens_on_the_meeting_about_to_begin(commune: Hub) -> None:
    delegate = await commune.sign_in(ACCOUNTS.delegate)

    home = (await delegate.get("/api/home")).json()
    meeting = (await delegate.get(f"/api/meetings/{ACCOUNTS.meeting}")).json()

    assert home["current"]["id"] == str(ACCOUNTS.meeting)
    assert home["current"]["title"] == "Kỳ họp thứ 5, Hội đồng nhân dân xã Yên Bình"
    assert [item["minutes"] for item in meeting["items"]] == [10, 25, 40, 20, 30, 10]
    assert meeting["items"][2]["kind"] == "vote"
    assert [p["role"] for p in meeting["participants"]].count("delegate") == 26
    rights = {document["kind"]: document["my_right"] for document in meeting["documents"]}
    assert rights == {"agenda": "read", "minutes": "read", "draft_resolution": "write"}  # he is one of its drafters


async def test_people_see_the_meetings_they_took_part_in_and_those_of_their_unit(commune: Hub) -> None:
    merit, drought = meeting_id("16-nguoi-co-cong"), meeting_id("17-thuy-loi-chong-han")
    delegate = await commune.sign_in(ACCOUNTS.delegate)  # took part in 17, not in 16
    village = await enter(commune, "hai.vo")  # a deputy who took part in neither
    clerk = await enter(commune, "viet.chu")  # of the committee that held 16, without taking part

    seen = [
        [(await who.get(f"/api/meetings/{m}")).status_code for m in (merit, drought)] for who in (delegate, village)
    ]

    assert seen == [[404, 200], [404, 404]]
    assert (await clerk.get(f"/api/meetings/{merit}")).status_code == 200
    past = (await village.get("/api/meetings?when=past&limit=100")).json()
    assert {meeting["unit"]["name"] for meeting in past} >= {"Hội đồng nhân dân xã Yên Bình"}
    assert str(merit) not in {meeting["id"] for meeting in past}


async def test_the_secretary_may_convene_and_the_delegate_may_not(commune: Hub) -> None:
    secretary, delegate = await commune.sign_in(ACCOUNTS.secretary), await commune.sign_in(ACCOUNTS.delegate)

    assert (await secretary.get("/api/home")).json()["i_may_convene"] is True
    assert (await delegate.get("/api/home")).json()["i_may_convene"] is False


async def test_the_neighbour_commune_sees_nothing(commune: Hub) -> None:
    for username in ("thinh.nguyen", "bich.tran", "dat.pham"):
        neighbour = await enter(commune, username)

        home = (await neighbour.get("/api/home")).json()
        assert (home["current"], home["coming"], home["past"]) == (None, [], [])
        assert (await neighbour.get("/api/meetings?when=all&limit=100")).json() == []
        assert (await neighbour.get(f"/api/meetings/{ACCOUNTS.meeting}")).status_code == 404
        assert {unit["name"] for unit in (await neighbour.get("/api/units")).json()} == {"Xã Đông Sơn"}
        assert len((await neighbour.get("/api/users")).json()) == 3


async def test_documents_hold_the_texts_in_the_shapes_the_editor_writes(commune: Hub) -> None:
    async with commune.db.work() as work:
        minutes = await logs.whole(work.conn, id_of("minutes", "12-ho-tro-bua-an-ban-tru"))
        resolution = await logs.whole(work.conn, id_of("resolution", "12-ho-tro-bua-an-ban-tru"))
        draft = await logs.whole(work.conn, id_of("resolution", "ky-hop-thu-5"))
        started = await logs.whole(work.conn, id_of("minutes", "ky-hop-thu-5"))
    assert minutes
    assert resolution
    assert draft
    assert started is None

    record, decision = blocks(minutes), blocks(resolution)
    assert record[0] == ("heading", {"level": 1}, "BIÊN BẢN")
    assert record[2][2] == "Thời gian bắt đầu: 08 giờ 00, ngày 01 tháng 01 năm 2025"
    assert "Thành phần tham dự: 25/27 đại biểu được triệu tập; khách mời:" in record[4][2]
    assert ("heading", {"level": 3}, "4. Biểu quyết") in record
    assert decision[2] == ("paragraph", {"textAlign": "center"}, "Số: 05/2025/NQ-HĐND")
    assert [attributes.get("part") for _, attributes, _ in decision].count("article") == 4
    assert not [text for _, attributes, text in decision if attributes.get("part") and text.startswith("Điều")]
    first = next(text for _, attributes, text in blocks(draft) if attributes.get("part") == "article")
    assert first.startswith("Thông qua chủ trương nâng cấp tuyến đường liên thôn Đông – Đoài")


async def test_the_agenda_document_and_its_items_are_the_same(commune: Hub) -> None:
    for slug in (*PAST, "ky-hop-thu-5", "giao-ban-thang"):
        async with commune.db.work() as work:
            update = await logs.whole(work.conn, id_of("agenda", slug))
            items = await logs.projected_items(work.conn, meeting_id(slug))
            assert update
            assert sorted(read_items(update) or [], key=lambda item: item.position) == sorted(
                items, key=lambda item: item.position
            )
            assert not await logs.unprojected_agendas(work.conn, 10)


async def test_words_of_a_secret_item_are_nowhere(commune: Hub) -> None:
    secret = await rows(commune.db, "SELECT id, conclusion FROM agenda_item WHERE secrecy <> 'none'")

    assert [conclusion for _, conclusion in secret] == [""]
    assert await rows(commune.db, "SELECT 1 FROM transcript_segment WHERE item_id = %s", secret[0][0]) == []
    assert await rows(commune.db, "SELECT 1 FROM document WHERE agenda_item_id = %s", secret[0][0]) == []


async def test_what_was_said_was_said_during_its_item_and_one_at_a_time(commune: Hub) -> None:
    said = await rows(
        commune.db,
        "SELECT t.meeting_id, t.at, t.at + (t.end_ms - t.start_ms) * interval '1 ms', m.starts_at, m.ends_at,"
        "       s.started_at + t.start_ms * interval '1 ms', s.stopped_at"
        "  FROM transcript_segment t JOIN meeting m ON m.id = t.meeting_id"
        "  JOIN caption_session s ON s.id = t.session_id"
        " ORDER BY t.meeting_id, t.at",
    )

    assert len({row[0] for row in said}) >= 8
    for _, begins, ends, meeting_starts, meeting_ends, by_sound, stopped in said:
        assert meeting_starts < begins < ends < meeting_ends
        assert abs(by_sound - begins) < timedelta(milliseconds=1)
        assert ends < stopped
    for before, after in pairwise(said):
        assert before[0] != after[0] or before[2] < after[1]


@pytest.mark.parametrize("slug", PAST)
def test_a_past_meeting_agrees_with_itself(slug: str) -> None:
    meeting = PAST[slug]
    named = {person.username: person.name for person in sample_people()}
    deputies = {person.username for person in sample_people() if person.deputy}
    there = {meeting.chair, meeting.secretary, *meeting.guests}
    there |= deputies if meeting.delegates == "deputies" else set(meeting.delegates)
    there -= set(meeting.absent)
    absent = [name for username, name in named.items() if username not in there]

    assert 4 <= len(meeting.agenda) <= 7
    assert 300 <= len(meeting.minutes.split()) <= 600
    assert {item.presenter for item in meeting.agenda} <= {named[username] for username in there}
    assert {said.speaker for said in meeting.transcript} <= there
    assert not [name for name in absent if name in meeting.minutes]
    assert all(meeting.agenda[said.item - 1].secrecy == "none" for said in meeting.transcript)
    assert not [item.title for item in meeting.agenda if item.secrecy != "none" and item.title in meeting.minutes]
    if meeting.resolution is not None:
        assert 3 <= len(meeting.resolution.articles) <= 5
        assert meeting.agenda[meeting.resolution.item - 1].kind in ("vote", "decision", "discussion", "election")


@pytest.mark.parametrize("slug", PAST)
def test_the_votes_of_a_meeting_are_as_many_as_those_who_were_there(slug: str) -> None:
    meeting = PAST[slug]
    came = [person for person in people_of(meeting, [p for p in sample_people() if p.deputy], START) if person.at]
    sitting = sum(person.role in ("chair", "delegate") for person in came)
    counts = []
    for result in (item.conclusion for item in meeting.agenda if item.kind == "vote"):
        if share := re.search(r"(\d+)/(\d+) (?:đại biểu|thành viên|tán thành)", result):
            assert int(share[1]) <= int(share[2])
            counts.append(int(share[2]))
        else:
            counts.append(sum(map(int, re.findall(r"(\d+) (?:tán thành|không tán thành|không biểu quyết)", result))))

    assert len(counts) == sum(item.kind == "vote" for item in meeting.agenda)
    assert set(counts) <= {sitting}


def test_two_meetings_have_no_number_in_common() -> None:
    numbers = [meeting.resolution.number for meeting in PAST.values() if meeting.resolution]

    assert len(numbers) >= 12
    assert len(set(numbers)) == len(numbers)


async def test_a_failure_leaves_nothing(empty: Database, clock: HubClock) -> None:
    async with empty.work() as work:  # the last meeting's id is taken: the whole sample is undone
        unit = await (
            await work.conn.execute("INSERT INTO unit (name, kind) VALUES ('x', 'commune') RETURNING id")
        ).fetchone()
        assert unit is not None
        await work.conn.execute(
            "INSERT INTO meeting (id, unit_id, title, kind, place, starts_at, ends_at)"
            " VALUES (%s, %s, 'x', 'other', 'x', now(), now() + interval '1 h')",
            (meeting_id("tham-tra-quyet-toan"), unit[0]),
        )

    with pytest.raises(psycopg.errors.UniqueViolation):
        await make_sample(empty, clock())

    assert await rows(empty, "SELECT (SELECT count(*) FROM app_user), (SELECT count(*) FROM meeting)") == [(0, 1)]
