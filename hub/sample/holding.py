"""A meeting of the sample laid out in time: who was there, when each item began, who said what when."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid5

from hub.attendance.codes import VIETNAM
from hub.documents.models import PlannedItem
from hub.documents.writing import seed_agenda, seed_text
from hub.meetings.models import MeetingRole
from hub.sample.telling import Document, Microphone, Present, Turn, Utterance, spoken_ms
from hub.sample.texts import ComingMeeting, Item, PastMeeting, Resolution, SampleMeeting, SamplePerson
from hub.sample.writing import minutes_blocks, resolution_blocks

SAMPLE = UUID("6f1b6c1e-53a5-4a57-9d0e-5d2f4c9a7b10")  # nothing outside the sample has an id made from it
BEFORE, AFTER = timedelta(seconds=3), timedelta(seconds=2)  # a microphone is open a little longer than the words
ROUND_MINUTES = 5
POSITIONS = "VWXYZabcdefghijklmnopqrstuvwxyz"  # what the page gives items added one after another


def id_of(kind: str, *keys: object) -> UUID:
    """The same in every sample: links, labels and a second look at the database find the same thing."""
    return uuid5(SAMPLE, "/".join((kind, *map(str, keys))))


def meeting_id(slug: str) -> UUID:
    return id_of("meeting", slug)


def past_start(meeting: PastMeeting, now: datetime) -> datetime:
    return _at(now.astimezone(VIETNAM).date() - timedelta(days=meeting.days_ago), meeting.starts)


def coming_start(meeting: ComingMeeting, now: datetime) -> datetime:
    if meeting.in_minutes is None:
        return _at(now.astimezone(VIETNAM).date() + timedelta(days=meeting.in_days), meeting.starts)
    soon = (now + timedelta(minutes=meeting.in_minutes)).replace(second=0, microsecond=0)
    return soon + timedelta(minutes=-soon.minute % ROUND_MINUTES)


def _at(day: date, clock: str) -> datetime:
    """On that day or the working day nearest to it."""
    day += timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))
    return datetime.combine(day, time.fromisoformat(clock), VIETNAM)


def placed_items(slug: str, items: Iterable[Item]) -> list[tuple[UUID, str, Item]]:
    return [(id_of("item", slug, number), POSITIONS[number - 1], item) for number, item in enumerate(items, 1)]


def people_of(meeting: SampleMeeting, deputies: list[SamplePerson], came: datetime | None) -> list[Present]:
    """``came``: when the first of them did. Deputies have seats in the hall: seven in a row, A1 to D7."""
    invited: list[tuple[str, MeetingRole]] = [(meeting.chair, "chair"), (meeting.secretary, "secretary")]
    seats: dict[str, str] = {}
    if meeting.delegates == "deputies":
        sitting = [each.username for each in deputies if each.username != meeting.chair]
        seats = {username: f"{'ABCD'[at // 7]}{at % 7 + 1}" for at, username in enumerate(sitting)}
    else:
        sitting = list(meeting.delegates)
    invited += [(username, "delegate") for username in sitting]
    invited += [(username, "guest") for username in meeting.guests]
    absent = meeting.absent if isinstance(meeting, PastMeeting) else []
    return [
        Present(
            id_of("person", username),
            role,
            seats.get(username),
            None if came is None or username in absent else came + timedelta(seconds=25 * at),
        )
        for at, (username, role) in enumerate(invited)
    ]


def begun(items: list[tuple[UUID, str, Item]], starts: datetime, duration: int) -> list[tuple[UUID, datetime]]:
    """When each item began: the time of the meeting shared out as its agenda planned."""
    planned = sum(item.minutes for _, _, item in items)
    found, passed = [], 1.0
    for item_id, _, item in items:
        found.append((item_id, starts + timedelta(seconds=round(passed * 60))))
        passed += (duration - 2) * item.minutes / planned
    return found


def spoken(
    slug: str, meeting: PastMeeting, items: list[tuple[UUID, datetime]], ends: datetime
) -> tuple[list[Microphone], list[Utterance]]:
    """Each speaker's words under his own microphone, spread over the item they belong to."""
    stops = [began for _, began in items[1:]] + [ends]
    at_item: dict[int, int] = {}
    moments: list[datetime] = []
    for said in meeting.transcript:
        number = at_item[said.item] = at_item.get(said.item, 0) + 1
        many = sum(each.item == said.item for each in meeting.transcript)
        began = items[said.item - 1][1]
        moments.append(began + (stops[said.item - 1] - began) * number / (many + 1))
    microphones: list[Microphone] = []
    utterances: list[Utterance] = []
    for speaker in dict.fromkeys(said.speaker for said in meeting.transcript):
        his = [(at, said) for at, said in zip(moments, meeting.transcript, strict=True) if said.speaker == speaker]
        opened, session = his[0][0] - BEFORE, id_of("session", slug, speaker)
        last = his[-1][0] + timedelta(milliseconds=spoken_ms(his[-1][1].text)) + AFTER
        microphones.append(Microphone(session, id_of("person", speaker), opened, last))
        for number, (at, said) in enumerate(his, 1):
            start = round((at - opened) / timedelta(milliseconds=1))
            utterances.append(
                Utterance(
                    id_of("said", slug, speaker, number), session, id_of("person", speaker),
                    items[said.item - 1][0], number, at, start, start + spoken_ms(said.text), said.text,
                )
            )  # fmt: skip
    return microphones, utterances


def turns(said: list[Utterance], units: dict[UUID, UUID], leads: set[UUID]) -> list[Turn]:
    """The floor as it was given for what was said. Who leads the meeting has it without being given it."""
    spoken = sorted((each for each in said if each.speaker_id not in leads), key=lambda each: each.at)
    return [
        Turn(
            uuid5(SAMPLE, f"turn/{each.id}"), each.speaker_id, units[each.speaker_id], each.item_id, each.at - BEFORE,
            each.at + timedelta(milliseconds=each.end_ms - each.start_ms) + AFTER,
        )
        for each in spoken
    ]  # fmt: skip


def documents_of(
    slug: str, items: list[tuple[UUID, str, Item]], resolution: Resolution | None, minutes: bytes
) -> list[Document]:
    """``minutes`` is the update of the minutes, empty while nobody wrote any."""
    found = [
        Document(id_of("agenda", slug), "agenda", None, "", seed_agenda(_planned(items))),
        Document(id_of("minutes", slug), "minutes", None, "", minutes),
    ]
    if resolution is not None:
        item_id = items[resolution.item - 1][0]
        update = seed_text(resolution_blocks(resolution))
        found.append(Document(id_of("resolution", slug), "draft_resolution", item_id, _named(resolution), update))
    return found


def _planned(items: list[tuple[UUID, str, Item]]) -> Iterator[PlannedItem]:
    for item_id, position, item in items:
        yield PlannedItem(
            id=item_id,
            position=position,
            title=item.title,
            presenter=item.presenter,
            minutes=item.minutes,
            kind=item.kind,
            removed=False,
        )


def _named(resolution: Resolution) -> str:
    if not resolution.number:
        return resolution.title
    kind = "Quyết định" if "QĐ-UBND" in resolution.number else "Nghị quyết"
    return f"{kind} số {resolution.number}: {resolution.title}"


def minutes_of(
    meeting: PastMeeting, people: list[Present], by_id: dict[UUID, SamplePerson], starts: datetime, ends: datetime
) -> bytes:
    """As they were written then. Those of a meeting to come are empty: they fill themselves when it begins."""

    def who(role: str) -> str:
        return "; ".join(f"{by_id[p.user_id].name}, {by_id[p.user_id].position}" for p in people if p.role == role)

    sitting = [p for p in people if p.role in ("chair", "delegate")]
    called = "đại biểu" if meeting.kind == "council" else "thành viên"
    there = f"{sum(p.at is not None for p in sitting)}/{len(sitting)} {called} được triệu tập"
    if guests := who("guest"):
        there += f"; khách mời: {guests}"
    heads = [
        ("Thời gian bắt đầu", _moment(starts)),
        ("Địa điểm", meeting.place),
        ("Thành phần tham dự", f"{there}."),
        ("Chủ trì", who("chair")),
        ("Thư ký", who("secretary")),
    ]
    end = f"Cuộc họp kết thúc vào {_moment(ends)}./."
    return seed_text(minutes_blocks(heads, meeting.title, meeting.minutes, end))


def _moment(at: datetime) -> str:
    """As Decree 30/2020 writes it: days below 10 and the months 1 and 2 with two digits."""
    here = at.astimezone(VIETNAM)
    month = f"{here.month:02}" if here.month <= 2 else str(here.month)
    return f"{here.hour:02} giờ {here.minute:02}, ngày {here.day:02} tháng {month} năm {here.year}"
