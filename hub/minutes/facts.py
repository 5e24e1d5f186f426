"""What the minutes say of the meeting by themselves: read from its rows and its line, said in the words of form 1.9.

One renderer for the page, for PDF and Word, for search and for the frozen record, so that all say the same. A block in
the text holds only its kind and what it is about; nothing here can be edited there.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from hub.agenda.models import AgendaItem
from hub.attendance.history import Stay, stays
from hub.attendance.queries import changes
from hub.attendance.states import PRESENT, Change
from hub.documents.structure import Block, Cell, Fact, FactKind, Heading, Items, Paragraph, Table, Words
from hub.meetings.models import Participant
from hub.meetings.queries import items as items_of
from hub.meetings.queries import participants as participants_of
from hub.minutes import queries
from hub.minutes.models import Conclusion
from hub.speeches.models import Floor
from hub.speeches.queries import floors as floors_of
from hub.votes.models import Result
from hub.votes.queries import VoteRow
from hub.votes.queries import votes as votes_of
from hub.votes.rulebook import shipped

Conn = AsyncConnection[Any]
VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")
UNSAID: Final = "…"
HASH_LETTERS: Final = 16
LATE: Final = timedelta(minutes=5)
"""After the beginning: who is checked in while the chair opens the meeting is not late."""
MARKED: Final = "nội dung mang độ mật, lập biên bản riêng theo quy định về bảo vệ bí mật nhà nước"
CALLED: Final = {"council": "đại biểu"}
ANSWERS: Final = (
    ("agree", "tán thành"),
    ("disagree", "không tán thành"),
    ("abstain", "không biểu quyết"),
    ("other", "ý kiến khác"),
    ("invalid", "không hợp lệ"),
)


class Told(msgspec.Struct, frozen=True):
    """A fact of the line, as far as the minutes name it."""

    seq: int
    at: datetime
    hash: str


class MeetingFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The meeting as of one moment."""

    title: str
    kind: str
    place: str
    starts_at: datetime
    state: str
    seq: int
    head: str
    began: datetime | None
    ended: datetime | None
    people: list[Participant]
    items: list[AgendaItem]
    votes: list[VoteRow]
    results: dict[UUID, Told]
    """By vote: the fact that told what came out."""
    conclusions: dict[UUID, Conclusion]
    stays: dict[UUID, list[Stay]]
    """By person: where he was, from when to when."""
    floors: list[Floor]
    beside: dict[UUID, list[str]] = {}
    """By item: the titles of the files that stand with its conclusion."""


class Rendered(msgspec.Struct, frozen=True):
    kind: FactKind
    ref: str
    label: str
    blocks: list[Block]


async def gather(conn: Conn, meeting_id: UUID) -> MeetingFacts:
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT title, kind, place, starts_at, state, seq, head FROM meeting WHERE id = %s", (meeting_id,)
    )
    row = await cursor.fetchone()
    assert row is not None
    began, ended, results = await _told(conn, meeting_id, row["state"])
    votes = await votes_of(conn, meeting_id)
    return MeetingFacts(
        **{**row, "head": bytes(row["head"]).hex()},
        began=began,
        ended=ended,
        people=await participants_of(conn, meeting_id),
        items=[item for item in await items_of(conn, meeting_id) if not item.removed],
        votes=[vote for vote in votes if vote.state == "closed" and not vote.rehearsal and vote.result is not None],
        results=results,
        conclusions={one.item_id: one for one in await queries.conclusions(conn, meeting_id)},
        stays=await _stays(conn, meeting_id),
        floors=[floor for floor in await floors_of(conn, meeting_id) if floor.started_at is not None],
        beside=await queries.beside_conclusions(conn, meeting_id),
    )


async def _stays(conn: Conn, meeting_id: UUID) -> dict[UUID, list[Stay]]:
    told: dict[UUID, list[Change]] = {}
    for change in await changes(conn, meeting_id):
        told.setdefault(change.user_id, []).append(change)
    return {user_id: stays(of_one) for user_id, of_one in told.items()}


async def _told(conn: Conn, meeting_id: UUID, state: str) -> tuple[datetime | None, datetime | None, dict[UUID, Told]]:
    """When it first began, when it last ended where it has ended, and where results were told."""
    cursor = await conn.execute(
        "SELECT seq, at, hash, kind, body FROM event WHERE meeting_id = %s"
        " AND kind IN ('meeting.state_changed', 'vote.result') ORDER BY seq",
        (meeting_id,),
    )
    began = ended = None
    results: dict[UUID, Told] = {}
    for seq, at, digest, kind, body in await cursor.fetchall():
        said = msgspec.json.decode(bytes(body))
        if kind == "vote.result":
            results[UUID(said["vote_id"])] = Told(seq, at, bytes(digest).hex())
        elif said["state"] == "running":
            began = began or at
        elif said["state"] == "ended":
            ended = at
    return began, ended if state in ("ended", "closed") else None, results


async def rendered(conn: Conn, meeting_id: UUID) -> list[Rendered]:
    """All blocks there are, in the order of the meeting; of a closed meeting as they were frozen."""
    cursor = await conn.execute("SELECT facts FROM yearbook_entry WHERE meeting_id = %s", (meeting_id,))
    if row := await cursor.fetchone():
        return msgspec.json.decode(bytes(row[0]), type=list[Rendered])
    return render(await gather(conn, meeting_id))


async def expanded(conn: Conn, meeting_id: UUID, blocks: Sequence[Block]) -> list[Block]:
    """The text with what its blocks of facts say."""
    if not any(isinstance(block, Fact) for block in blocks):
        return list(blocks)
    known = {(one.kind, one.ref): one.blocks for one in await rendered(conn, meeting_id)}
    return expand(blocks, known)


def expand(blocks: Iterable[Block], known: dict[tuple[FactKind, str], list[Block]]) -> list[Block]:
    """One about something that is not there (any more) says nothing."""
    return [
        said
        for block in blocks
        for said in (known.get((block.kind, block.ref), []) if isinstance(block, Fact) else [block])
    ]


def render(facts: MeetingFacts) -> list[Rendered]:
    found = [
        Rendered("opening", "", "Thời gian, địa điểm", _opening(facts)),
        Rendered("attendance", "", "Thành phần tham dự", _attendance(facts)),
        Rendered("officers", "", "Chủ trì, thư ký", _officers(facts)),
        Rendered("roll", "", "Danh sách có mặt, vắng mặt", _roll(facts)),
        Rendered("agenda", "", "Chương trình", _agenda(facts)),
    ]
    for item in facts.items:
        name = f"Nội dung {item.number}"
        found.append(Rendered("item", str(item.id), name, [Heading(3, [Words(_title(item))])]))
        if blocks := _speeches(facts, item):
            found.append(Rendered("speeches", str(item.id), f"{name}: phát biểu", blocks))
        found += [
            Rendered("vote", str(vote.id), f"{name}: kết quả biểu quyết {vote.position}", _vote(facts, vote))
            for vote in facts.votes
            if vote.item_ids[0] == item.id
        ]
        if blocks := _conclusion(facts, item):
            found.append(Rendered("conclusion", str(item.id), f"{name}: kết luận", blocks))
    return [*found, Rendered("ending", "", "Giờ kết thúc", _ending(facts))]


def moment_words(at: datetime) -> str:
    """As Decree 30/2020 writes it: days below 10 and the months 1 and 2 with two digits."""
    here = at.astimezone(VIETNAM)
    month = f"{here.month:02}" if here.month <= 2 else str(here.month)
    return f"{here.hour:02} giờ {here.minute:02}, ngày {here.day:02} tháng {month} năm {here.year}"


def hour_words(at: datetime) -> str:
    here = at.astimezone(VIETNAM)
    return f"{here.hour:02} giờ {here.minute:02}"


def labelled(label: str, text: str) -> Paragraph:
    return Paragraph([Words(f"{label}: ", bold=True), Words(text)])


def _opening(facts: MeetingFacts) -> list[Block]:
    began = moment_words(facts.began) if facts.began else UNSAID
    return [labelled("Thời gian bắt đầu", began), labelled("Địa điểm", facts.place)]


def _named(person: Participant) -> str:
    return f"{person.name}, {person.position}" if person.position else person.name


def _attendance(facts: MeetingFacts) -> list[Block]:
    called = CALLED.get(facts.kind, "thành viên")
    members = [one for one in facts.people if one.votes]
    here = [one for one in members if one.checked_in_at is not None]
    said = f"có mặt {len(here)}/{len(members)} {called} được triệu tập"
    guests = [one for one in facts.people if one.role == "guest" and one.checked_in_at is not None]
    if guests:
        said += f"; khách mời: {'; '.join(map(_named, guests))}"
    blocks: list[Block] = [labelled("Thành phần tham dự", f"{said}.")]
    came = [one for one in members if _came(facts, one) is not None]
    absent = [
        f"{one.name} (có phép)" if one.attendance == "excused" else one.name for one in members if one not in came
    ]
    if absent and came:
        blocks.append(labelled("Vắng mặt", f"{'; '.join(absent)}."))
    begun = facts.began + LATE if facts.began else None
    late = [(one.name, at) for one in came if (at := _came(facts, one)) and begun and at > begun]
    if late:
        blocks.append(labelled("Đến sau giờ khai mạc", f"{_with_hours(late)}."))
    gone = [(one.name, left) for one in came if (left := _left(facts, one)) is not None]
    if gone:
        blocks.append(labelled("Về trước khi kết thúc", f"{_with_hours(gone)}."))
    return blocks


def _with_hours(people: list[tuple[str, datetime]]) -> str:
    return "; ".join(f"{name} ({hour_words(at)})" for name, at in people)


def _came(facts: MeetingFacts, one: Participant) -> datetime | None:
    """When he first was here, in the room or online."""
    there = [stay.since for stay in facts.stays.get(one.user_id, []) if stay.state in PRESENT]
    return there[0] if there else one.checked_in_at


def _left(facts: MeetingFacts, one: Participant) -> datetime | None:
    """When he went, if he was gone when the meeting ended."""
    told = facts.stays.get(one.user_id, [])
    gone = bool(told) and told[-1].state == "left" and any(stay.state in PRESENT for stay in told)
    return told[-1].since if gone and (facts.ended is None or told[-1].since < facts.ended) else None


def _roll(facts: MeetingFacts) -> list[Block]:
    head = [_cell(words, header=True) for words in ("TT", "Họ và tên", "Chức vụ", "Có mặt")]
    rows = [
        [
            _cell(str(number)),
            _cell(one.name),
            _cell(one.position),
            _cell(_presence(facts, one)),
        ]
        for number, one in enumerate(facts.people, 1)
    ]
    return [Table([head, *rows])]


STATES: Final = {
    "unknown": "chưa điểm danh",
    "room": "có mặt",
    "online": "trực tuyến",
    "excused": "vắng có phép",
    "absent": "vắng không phép",
    "left": "ra về",
}


def _presence(facts: MeetingFacts, one: Participant) -> str:
    told = facts.stays.get(one.user_id, [])
    if told:
        return "; ".join(
            f"{STATES[stay.state]} từ {hour_words(stay.since)}"
            if stay.state in (*PRESENT, "left")
            else STATES[stay.state]
            for stay in told
        )
    return f"có mặt từ {hour_words(one.checked_in_at)}" if one.checked_in_at else STATES[one.attendance]


def _speeches(facts: MeetingFacts, item: AgendaItem) -> list[Block]:
    """Who had the floor on the item, in order, and for how long. What was said is the secretary's to write."""
    if item.secrecy != "none":
        return []
    said = [
        f"{floor.name} ({FLOORS[floor.kind]}{_minutes(floor.used_ms)})"
        for floor in facts.floors
        if floor.item_id == item.id and floor.state == "ended"
    ]
    return [labelled("Phát biểu", f"{'; '.join(said)}.")] if said else []


FLOORS: Final = {
    "on_item": "",
    "question": "chất vấn, ",
    "procedural": "về thủ tục, ",
    "answer": "trả lời chất vấn, ",
    "follow_up": "hỏi thêm, ",
}


def _minutes(milliseconds: int) -> str:
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes} phút {seconds:02} giây" if minutes else f"{seconds} giây"


def _cell(words: str, *, header: bool = False) -> Cell:
    return Cell([Paragraph([Words(words)] if words else [])], header=header)


def _officers(facts: MeetingFacts) -> list[Block]:
    def who(role: str) -> str:
        return "; ".join(_named(one) for one in facts.people if one.role == role) or UNSAID

    return [labelled("Chủ trì", who("chair")), labelled("Thư ký", who("secretary"))]


def _title(item: AgendaItem) -> str:
    return f"{item.number}. {MARKED.capitalize() if item.secrecy != 'none' else item.title}"


def _agenda(facts: MeetingFacts) -> list[Block]:
    if not facts.items:
        return []
    listed: list[list[Block]] = [
        [Paragraph([Words(_title(item).partition(". ")[2] + (f" ({item.presenter})" if item.presenter else ""))])]
        for item in facts.items
    ]
    return [Paragraph([Words("Chương trình:", bold=True)]), Items(listed, ordered=True)]


def _vote(facts: MeetingFacts, vote: VoteRow) -> list[Block]:
    items = {item.id: item for item in facts.items}
    if any(items[item].secrecy != "none" for item in vote.item_ids if item in items):
        return []
    result = msgspec.convert(vote.result, Result)
    rule = shipped()[vote.rule_id, vote.rule_version]
    secret = vote.secrecy == "secret"
    form = "bỏ phiếu kín" if secret else "biểu quyết công khai"
    blocks: list[Block] = [labelled("Biểu quyết", f"{vote.question} ({form}; {rule.name.vi.lower()})")]
    given = f"Tổng số {result.members} {rule.members.vi}, có mặt {result.present}"
    given += f"; phát ra {result.issued}, thu về {result.tally.returned} phiếu" if result.issued is not None else ""
    if vote.kind == "election":
        blocks.append(Paragraph([Words(f"{given}; không hợp lệ {result.tally.invalid}.")]))
        head = [_cell("Người ứng cử", header=True), _cell("Số phiếu", header=True)]
        rows = [[_cell(name), _cell(str(n))] for name, n in zip(vote.options, result.tally.counts, strict=True)]
        blocks.append(Table([head, *rows]))
    else:
        counts = [
            f"{words} {getattr(result.tally, name)}"
            for name, words in ANSWERS
            if name in rule.choices or getattr(result.tally, name)
        ]
        if result.tally.deemed_agree:
            counts.append(f"coi là đồng ý do không trả lời {result.tally.deemed_agree}")
        blocks.append(Paragraph([Words(f"{given}. Kết quả: {', '.join(counts)}.")]))
    blocks.append(Paragraph([Words(result.sentence.vi, bold=True)]))
    if told := facts.results.get(vote.id):
        words = f"(Sự kiện số {told.seq} của phiên họp, mã {told.hash[:HASH_LETTERS]}.)"
        blocks.append(Paragraph([Words(words, italic=True)]))
    return blocks


def _conclusion(facts: MeetingFacts, item: AgendaItem) -> list[Block]:
    if item.secrecy != "none":
        return []
    known = facts.conclusions.get(item.id)
    text = known.text if known else item.conclusion
    if not text:
        return []
    first, *more = text.splitlines()
    blocks: list[Block] = [labelled("Kết luận của chủ tọa", first)]
    blocks += [Paragraph([Words(line)]) for line in more if line.strip()]
    if titles := facts.beside.get(item.id):
        blocks.append(labelled("Kèm theo", f"{'; '.join(titles)}."))
    if known and known.state != "confirmed":
        waits = "chủ tọa đề nghị sửa" if known.state == "returned" else "chờ chủ tọa xác nhận"
        blocks.append(Paragraph([Words(f"(Dự thảo kết luận, {waits}.)", italic=True)]))
    return blocks


def _ending(facts: MeetingFacts) -> list[Block]:
    when = moment_words(facts.ended) if facts.ended else f"{UNSAID} giờ {UNSAID}, ngày {UNSAID} "
    return [Paragraph([Words(f"Cuộc họp kết thúc vào {when}./.")])]
