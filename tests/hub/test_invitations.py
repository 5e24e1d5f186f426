"""Invitations: page and calendar file, sent and answered, substitutes, lead time, emergency, reminders, mail."""

import io
import logging
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from pypdf import PdfReader
from structlog.testing import capture_logs

from hub.exports.child import Press
from hub.exports.letterhead import Office, Signatory
from hub.invitations.chores import chores_of
from hub.invitations.ics import LINE_OCTETS, Entry, calendar_file, escaped, quoted
from hub.invitations.letters import Letters
from hub.invitations.sheet import Letter, sheet_of
from hub.notices.letters import SAYS
from hub.notices.models import KINDS
from hub.notices.outbox import AGAIN
from hub.notices.post import Post, failure_of
from hub.settings import Settings
from tests.hub.mailbox import Mailbox, mailbox
from tests.support import Hub, Person


class World:
    """A committee's meeting on Friday, prepared on Monday morning."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.meeting: UUID
        self.chair: Person
        self.secretary: Person
        self.binh: Person
        self.cuc: Person
        self.colleague: Person

    @property
    def path(self) -> str:
        return f"/api/meetings/{self.meeting}"

    async def plan(self, *, kind: str = "committee", days: float = 4) -> UUID:
        admin = await self.hub.person(role="system_admin")
        starts = self.hub.clock() + timedelta(days=days)
        answer = await admin.post(
            "/api/meetings",
            {
                "title": "Họp Ủy ban, tháng 3; phiên thường kỳ",
                "kind": kind,
                "place": "Phòng họp số 1",
                "starts_at": starts.isoformat(),
                "ends_at": (starts + timedelta(hours=3)).isoformat(),
                "unit_id": str(self.hub.unit_id),
                "chair_id": str(self.chair.id),
                "secretary_ids": [str(self.secretary.id)],
                "delegate_ids": [str(self.binh.id), str(self.cuc.id)],
            },
        )
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["id"])

    async def later(self, **parts: float) -> None:
        """Time passes, and everybody is still signed in."""
        self.hub.clock.pass_(**parts)
        async with self.hub.db.work() as work:
            await work.conn.execute("UPDATE session SET expires_at = %s", (work.now + timedelta(hours=12),))

    async def publish(self, **more: Any) -> Any:
        return await self.chair.post(f"{self.path}/state", {"to": "published", **more})

    async def send(self, **more: Any) -> int:
        answer = await self.secretary.post(f"{self.path}/invitations/send", more)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["people"])

    async def table(self) -> dict[str, dict[str, Any]]:
        call = (await self.secretary.get(f"{self.path}/invitations")).json()
        return {row["name"]: row for row in call["invitees"]}

    async def events(self, kind: str) -> list[dict[str, Any]]:
        async with self.hub.db.work() as work:
            cursor = await work.conn.execute(
                "SELECT convert_from(body, 'UTF8')::jsonb FROM event WHERE meeting_id = %s AND kind = %s ORDER BY seq",
                (self.meeting, kind),
            )
            return [row[0] for row in await cursor.fetchall()]


@pytest.fixture
async def world(hub: Hub) -> World:
    world = World(hub)
    unit = await hub.unit("Phòng Tài chính", "office", hub.unit_id)
    world.chair, world.secretary = await hub.person("Chủ tọa"), await hub.person("Thư ký")
    world.binh, world.colleague = await hub.person("Bình", unit=unit), await hub.person("Dũng", unit=unit)
    world.cuc = await hub.person("Cúc")
    world.meeting = await world.plan()
    return world


@pytest.fixture
async def sent(world: World) -> World:
    assert (await world.publish()).status_code == 204
    assert await world.send() == 4
    return world


async def kinds(person: Person) -> list[str]:
    """Of his notices about invitations, the newest first."""
    newest = (await person.get("/api/notices")).json()["newest"]
    return [one["kind"] for one in newest if not one["kind"].startswith("meeting_")]


ANSWERS = ("invitation_accepted", "invitation_declined")

# Sent and answered.


async def test_nobody_is_invited_to_a_draft_and_everybody_once_to_what_is_published(world: World) -> None:
    refused = await world.secretary.post(f"{world.path}/invitations/send", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "not-to-be-sent")
    await world.publish()

    assert [await world.send(), await world.send()] == [4, 0]

    assert (await world.table())["Bình"]["sent"] == "sent"
    assert await kinds(world.binh) == ["invited"]
    assert (await world.table())["Bình"]["sent"] == "delivered", "a page of his has the notice"
    await world.binh.post(f"{world.path}/invitation/opened")
    assert (await world.table())["Bình"]["sent"] == "opened"
    assert (await world.cuc.get(f"{world.path}/invitations")).status_code == 403


async def test_who_declines_says_why_and_chair_and_secretary_alone_read_it(sent: World) -> None:
    path = f"{sent.path}/invitation/answer"
    assert (await sent.binh.put(path, {"answer": "declined"})).json()["code"] == "absence-reason-needed"
    assert (await sent.binh.put(path, {"answer": "declined", "reason": "Đi công tác"})).status_code == 204
    await sent.cuc.put(path, {"answer": "accepted"})

    table = await sent.table()
    assert (table["Bình"]["answer"], table["Bình"]["reason"]) == ("declined", "Đi công tác")
    assert table["Cúc"]["answer"] == "accepted"
    newest = (await sent.secretary.get("/api/notices")).json()["newest"]
    assert {(one["kind"], one["by_name"], one["words"]) for one in newest if one["kind"] in ANSWERS} == {
        ("invitation_declined", "Bình", "Đi công tác"),
        ("invitation_accepted", "Cúc", ""),
    }
    told = await sent.events("invitation.answered")
    assert [set(body) for body in told] == [{"user_id", "answer", "by"}] * 2, "no reason in the line"
    assert "invitation_declined" not in await kinds(sent.cuc)
    mine = (await sent.binh.get(sent.path)).json()["my_invitation"]
    assert (mine["answer"], mine["reason"], mine["may_answer"]) == ("declined", "Đi công tác", True)


async def test_a_change_raises_the_sequence_and_asks_again_and_off_the_list_is_withdrawn(sent: World) -> None:
    await sent.binh.put(f"{sent.path}/invitation/answer", {"answer": "accepted"})
    await sent.later(minutes=5)
    await sent.secretary.patch(sent.path, {"place": "Hội trường tầng 2"})
    assert (await sent.secretary.get(f"{sent.path}/invitations")).json()["changed_since"] is True

    assert await sent.send(again=True) == 4

    call = (await sent.secretary.get(f"{sent.path}/invitations")).json()
    assert (call["sequence"], call["changed_since"]) == (1, False)
    assert (await sent.table())["Bình"]["outdated"] is True
    mine = (await sent.binh.get(f"{sent.path}/invitation/calendar")).text
    assert [word for word in ("METHOD:REQUEST", "SEQUENCE:1", "Hội trường tầng 2") if word not in mine] == []
    assert "uninvited" not in await kinds(sent.cuc)

    await sent.secretary.delete(f"{sent.path}/participants/{sent.cuc.id}")

    assert "uninvited" in await kinds(sent.cuc)
    assert (await sent.cuc.get(f"{sent.path}/invitation")).status_code == 404
    assert "Cúc" not in await sent.table()


async def test_a_reminder_by_hand_goes_to_those_who_owe_an_answer(sent: World) -> None:
    await sent.binh.put(f"{sent.path}/invitation/answer", {"answer": "accepted"})
    await sent.secretary.put(
        f"{sent.path}/invitations/{sent.chair.id}/answer", {"answer": "accepted", "reason": "Báo qua điện thoại"}
    )

    answer = await sent.secretary.post(f"{sent.path}/invitations/remind", {})

    assert answer.json() == {"people": 1}, "not the secretary himself, nor who has answered"
    assert "remind_answer" in await kinds(sent.cuc)
    table = await sent.table()
    assert table["Chủ tọa"]["by_hand"] is True
    assert table["Cúc"]["reminded_at"] is not None


# Substitutes.


async def test_a_substitute_is_of_the_unit_is_accepted_speaks_and_never_votes(sent: World) -> None:
    answer = f"{sent.path}/invitation/answer"
    said = {"answer": "declined", "reason": "Ốm", "substitute_id": str(sent.cuc.id)}
    assert (await sent.binh.put(answer, said)).json()["code"] == "not-a-substitute"
    choice = (await sent.binh.get(f"{sent.path}/invitation/colleagues")).json()
    assert [one["name"] for one in choice] == ["Dũng"]
    assert (await sent.binh.put(answer, said | {"substitute_id": str(sent.colleague.id)})).status_code == 204
    assert (await sent.colleague.get(sent.path)).status_code == 404, "only named, not yet accepted"

    decide = f"{sent.path}/invitations/{sent.binh.id}/substitute"
    assert (await sent.secretary.post(decide, {"accept": True})).status_code == 204

    meeting = (await sent.colleague.get(sent.path)).json()
    his = next(one for one in meeting["participants"] if one["user_id"] == str(sent.colleague.id))
    assert (his["role"], his["substitute_for"]) == ("guest", str(sent.binh.id))
    assert meeting["i_may"]["speak"] is True
    assert meeting["my_invitation"]["stands_for"] == "Bình"
    role = await sent.secretary.patch(f"{sent.path}/participants/{sent.colleague.id}", {"role": "delegate"})
    assert role.json()["code"] == "substitute-stays-guest"
    assert await kinds(sent.colleague) == ["substitute_named"]
    assert "substitute_accepted" in await kinds(sent.binh)

    await sent.binh.put(answer, {"answer": "accepted"})

    assert (await sent.colleague.get(sent.path)).status_code == 404, "he comes himself after all"
    assert [body["state"] for body in await sent.events("invitation.substituted")] == ["named", "accepted", None]


async def test_a_peoples_council_takes_no_substitute_whatever_the_unit_says(world: World) -> None:
    world.meeting = await world.plan(kind="council")
    admin = await world.hub.person(role="system_admin")
    rule = f"/api/units/{world.hub.unit_id}/call-rules/council"
    said = (await admin.put(rule, {"lead_days": 5, "substitutes": True})).json()
    assert (said["lead_days"], said["substitutes"], said["own"]) == (5, False, True)
    assert (await world.publish(reason="Đã thống nhất")).status_code == 204
    await world.send()

    said = {"answer": "declined", "reason": "Ốm", "substitute_id": str(world.colleague.id)}
    refused = await world.binh.put(f"{world.path}/invitation/answer", said)

    assert refused.json()["code"] == "no-substitutes"
    assert (await world.table())["Bình"]["answer"] is None, "the whole answer is refused"


# Lead time and emergency.


async def test_too_late_is_refused_until_a_reason_is_given_and_the_line_keeps_it(world: World) -> None:
    await world.later(days=1)
    lead = (await world.secretary.get(f"{world.path}/lead-time")).json()
    assert (lead["required"], lead["left"], lead["latest"], lead["in_time"]) == (3, 2, "2026-03-02", False)
    assert lead["calendar"] == "confirmed"

    assert (await world.publish()).json()["code"] == "too-late-to-publish"
    assert (await world.publish(reason="Ứng phó mưa lũ")).status_code == 204

    (waived,) = await world.events("meeting.lead_time_waived")
    assert (waived["required"], waived["left"], waived["emergency"]) == (3, 2, False)
    assert (await world.secretary.get(f"{world.path}/invitations")).json()["waived_reason"] == "Ứng phó mưa lũ"


async def test_one_form_convenes_now_and_everybody_is_called(world: World) -> None:
    admin = await world.hub.person(role="system_admin")
    form = {
        "title": "Ứng phó bão số 3",
        "place": "Sở chỉ huy",
        "reason": "Bão đổ bộ trong đêm",
        "starts_at": (world.hub.clock() + timedelta(minutes=30)).isoformat(),
        "unit_id": str(world.hub.unit_id),
        "chair_id": str(world.chair.id),
        "user_ids": [str(world.binh.id), str(world.cuc.id), str(world.chair.id)],
    }
    assert (await world.binh.post("/api/emergency-meetings", form)).status_code == 403

    made = await admin.post("/api/emergency-meetings", form)

    world.meeting = UUID(made.json()["meeting_id"])
    assert await kinds(world.binh) == ["emergency"]
    assert (await world.binh.get("/api/notices")).json()["unread"] == 1, "one call, not two"
    call = (await admin.get(f"{world.path}/invitations")).json()
    assert call["emergency"] is True
    assert sorted(row["name"] for row in call["invitees"]) == ["Bình", "Chủ tọa", "Cúc"]
    assert (await world.events("meeting.lead_time_waived"))[0]["emergency"] is True
    await world.binh.put(f"{world.path}/invitation/answer", {"answer": "accepted"})
    assert (await admin.get(f"{world.path}/invitations")).json()["invitees"][1]["answer"] == "accepted"


# Reminders.


async def remind(world: World) -> None:
    _, reminders, _ = chores(world)
    if await reminders.due():
        await reminders.do()
    assert not await reminders.due()


async def test_reminders_come_by_the_clock_once_and_not_after_the_obligation_is_met(sent: World) -> None:
    await sent.binh.put(f"{sent.path}/invitation/answer", {"answer": "accepted"})
    await sent.later(hours=23)
    await remind(sent)
    assert "remind_answer" not in await kinds(sent.cuc)

    await sent.later(hours=1)
    for _ in range(2):
        await remind(sent)
    assert (await kinds(sent.cuc)).count("remind_answer") == 1
    assert "remind_answer" not in await kinds(sent.binh), "he has answered"

    await sent.cuc.put(f"{sent.path}/invitation/answer", {"answer": "declined", "reason": "Ốm"})
    await sent.later(hours=48)  # a day before
    for _ in range(2):
        await remind(sent)
    assert (await kinds(sent.binh)).count("remind_attend") == 1
    assert "remind_attend" not in await kinds(sent.cuc), "who is absent is not reminded to come"

    await sent.later(hours=23, minutes=30)  # half an hour before: of what was missed, one
    await remind(sent)
    assert (await kinds(sent.binh)).count("remind_attend") == 2
    await sent.chair.post(f"{sent.path}/state", {"to": "running"})
    await sent.later(hours=1)
    await remind(sent)
    assert (await kinds(sent.binh)).count("remind_attend") == 2


async def test_who_is_invited_on_the_eve_is_not_reminded_of_yesterday_and_a_moved_meeting_reminds_anew(
    world: World,
) -> None:
    await world.later(days=3, hours=12)
    await world.publish(reason="Gấp")
    await world.send()
    await remind(world)
    assert "remind_attend" not in await kinds(world.binh), "the day before had passed when he was invited"

    starts = world.hub.clock() + timedelta(days=2)
    await world.secretary.patch(
        world.path, {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=1)).isoformat()}
    )
    await world.later(days=1)
    await remind(world)
    assert (await kinds(world.binh)).count("remind_attend") == 1


# Outside the page.


def chores(world: World, notify: str | None = None) -> Any:
    settings = Settings(data=world.hub.settings.data, url="https://hop.xa.example", notify=notify)
    letters = Letters(world.hub.db, settings, Press())
    return chores_of(world.hub.db, settings, letters, Post(notify))


@pytest.fixture
async def post() -> AsyncIterator[Mailbox]:
    async with mailbox() as box:
        yield box


async def reachable(person: Person, address: str, outside: list[str] | None = None) -> None:
    said = {"email": address, "phone": "", "outside": outside if outside is not None else ["invitations"]}
    assert (await person.put("/api/notices/settings", said)).status_code == 200


def part(letter: EmailMessage, media_type: str) -> EmailMessage:
    found = [each for each in letter.walk() if each.get_content_type() == media_type]
    assert found, [each.get_content_type() for each in letter.walk()]
    assert isinstance(found[0], EmailMessage)
    return found[0]


async def test_an_invitation_is_mailed_with_its_page_and_its_calendar_file(world: World, post: Mailbox) -> None:
    await reachable(world.binh, "binh@xa.example")
    await reachable(world.cuc, "cuc@xa.example", outside=[])
    await world.publish()
    await world.send()
    assert (await world.table())["Bình"]["email"] == "queued"
    outbox, _, _ = chores(world, post.url)

    assert await outbox.due()
    await outbox.do()

    assert not await outbox.due()
    assert post.to("cuc@xa.example") == [], "he does not want it there"
    (letter,) = post.to("binh@xa.example")
    assert letter["subject"] == "Mời họp: Họp Ủy ban, tháng 3; phiên thường kỳ"
    assert f"https://hop.xa.example/hop/{world.meeting}" in part(letter, "text/plain").get_content()
    page = PdfReader(io.BytesIO(part(letter, "application/pdf").get_content())).pages[0].extract_text()
    assert "Ông (bà) Bình" in page
    dated = part(letter, "text/calendar")
    assert dated.get_param("method") == "REQUEST"
    assert b"ATTENDEE" in dated.get_payload(decode=True)
    assert (await world.table())["Bình"]["email"] == "sent"

    await world.secretary.delete(f"{world.path}/participants/{world.binh.id}")
    await outbox.do()

    withdrawn = post.to("binh@xa.example")[1]
    assert b"METHOD:CANCEL" in part(withdrawn, "text/calendar").get_payload(decode=True)


async def test_what_could_not_be_sent_says_why_is_tried_again_and_given_up(world: World, post: Mailbox) -> None:
    await reachable(world.binh, "khong-co@xa.example")
    await reachable(world.cuc, "cuc@xa.example")
    post.refused.add("khong-co@xa.example")
    await world.publish()
    await world.send()
    nowhere, _, _ = chores(world, "mailto://127.0.0.1:1/?from=phien@xa.example&to={email}&mode=insecure")

    await nowhere.do()

    row = (await world.table())["Cúc"]
    assert (row["email"], row["email_reason"]) == ("queued", "unreachable")
    assert not await nowhere.due(), "not at once again"
    await world.later(minutes=2)
    outbox, _, _ = chores(world, post.url)
    with capture_logs() as said:
        await outbox.do()
    table = await world.table()
    assert table["Cúc"]["email"] == "sent"
    assert (table["Bình"]["email"], table["Bình"]["email_reason"]) == ("failed", "address-refused")

    assert [one["event"] for one in said] == ["notices.not_sent"]
    assert "xa.example" not in str(said), "no address in a log"
    assert not logging.getLogger("apprise").propagate, "nor in apprise's own"

    await reachable(world.chair, "chu-toa@xa.example", outside=["reminders"])
    await world.secretary.post(f"{world.path}/invitations/remind", {"user_ids": [str(world.chair.id)]})
    for _ in range(len(AGAIN) + 1):
        await world.later(hours=3)
        await nowhere.do()
    async with world.hub.db.work() as work:
        cursor = await work.conn.execute(
            "SELECT d.state, d.reason, d.attempts FROM notice_delivery d JOIN notice n ON n.id = d.notice_id"
            " WHERE n.kind = 'remind_answer'"
        )
        assert await cursor.fetchall() == [("failed", "unreachable", len(AGAIN) + 1)]
    assert not await nowhere.due()


async def test_without_a_way_out_it_is_said_and_no_row_waits_for_ever(world: World) -> None:
    await reachable(world.binh, "binh@xa.example")
    await world.publish()
    await world.send()
    outbox, _, _ = chores(world)

    assert not await outbox.due()

    row = (await world.table())["Bình"]
    assert (row["email"], row["email_reason"]) == ("failed", "not-set-up")


def test_every_kind_has_words_for_a_letter() -> None:
    assert set(SAYS) == set(KINDS)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Socket Exception: timed out", "time-out"),
        ("Socket Exception: (535, b'5.7.8 Authentication failed')", "sign-in"),
        ("{'a@b.c': (550, b'no such mailbox')}", "address-refused"),
        ("[Errno 111] Connection refused", "unreachable"),
        ("unavailable", "refused"),
    ],
)
def test_a_failure_is_a_word(said: str, reason: str) -> None:
    assert failure_of([said]) == reason


# The page and the calendar file themselves.

HELD = datetime(2026, 3, 6, 1, 0, tzinfo=UTC)


def letter(**more: Any) -> Letter:
    said: dict[str, Any] = {
        "office": Office("Ủy ban nhân dân xã Yên Bình", "committee", []),
        "chair": Signatory("Trần Văn Lợi", "Chủ tịch Ủy ban nhân dân xã"),
        "number": "5",
        "title": "Phiên họp thường kỳ tháng 3",
        "subject": "",
        "remarks": "Đại biểu nghiên cứu trước tài liệu",
        "place": "Phòng họp số 1",
        "starts_at": HELD,
        "ends_at": HELD + timedelta(hours=3),
        "written_at": HELD - timedelta(days=4),
        "to": "Ông (bà) Bình, Trưởng phòng",
    }
    return Letter(**(said | more))


def test_the_page_has_what_form_1_7_has_in_its_order() -> None:
    sheet = sheet_of(letter())
    lines = ["".join(run.text for run in block.runs) for block in sheet.blocks if hasattr(block, "runs")]

    assert sheet.head.number == "Số: 05/GM-UBND"
    assert sheet.head.dated == "Yên Bình, ngày 02 tháng 03 năm 2026".replace("tháng 03", "tháng 3")
    assert lines == [
        "GIẤY MỜI",
        "Phiên họp thường kỳ tháng 3",
        "Ủy ban nhân dân xã Yên Bình trân trọng kính mời: Ông (bà) Bình, Trưởng phòng.",
        "Tới dự: Phiên họp thường kỳ tháng 3.",
        "Chủ trì: Trần Văn Lợi, Chủ tịch Ủy ban nhân dân xã.",
        "Thời gian: 08 giờ 00 phút đến 11 giờ 00 phút, thứ Sáu, ngày 06 tháng 3 năm 2026.",
        "Địa điểm: Phòng họp số 1.",
        "Đại biểu nghiên cứu trước tài liệu./.",
    ]
    assert sheet.foot is not None
    assert sheet.foot.recipients == ["Như trên;", "Lưu: VT."]
    assert sheet_of(letter(number="12/GM-VP")).head.number == "Số: 12/GM-VP"


async def test_the_page_comes_as_pdf_and_word_and_of_others_only_for_who_prepares(sent: World) -> None:
    file = f"{sent.path}/invitation/file"
    mine = await sent.binh.get(file)
    assert "trân trọng kính mời" in " ".join(PdfReader(io.BytesIO(mine.content)).pages[0].extract_text().split())
    word = await sent.secretary.get(file, params={"format": "docx", "whose": "all"})
    assert "danh sách mời họp" in zipfile.ZipFile(io.BytesIO(word.content)).read("word/document.xml").decode()
    assert (await sent.binh.get(file, params={"whose": "all"})).status_code == 403
    assert (await sent.binh.get(file, params={"user_id": str(sent.cuc.id)})).status_code == 403


def entry(**more: Any) -> Entry:
    said: dict[str, Any] = {
        "meeting_id": UUID(int=7),
        "sequence": 2,
        "made_at": HELD,
        "starts_at": HELD,
        "ends_at": HELD + timedelta(hours=3),
        "title": "Họp; tháng 3, bàn về \\ kế hoạch",
        "place": "Phòng họp số 1",
        "words": "Dòng một\r\nDòng hai " + "ộ" * 90,
        "url": "https://hop.xa.example/hop/7",
        "organiser": 'UBND xã "Yên Bình"',
        "host": "hop.xa.example",
        "attendee": "Nguyễn, Thị: Bình",
        "attendee_email": "binh@xa.example",
    }
    return Entry(**(said | more))


def test_the_calendar_file_is_folded_between_letters_and_escaped() -> None:
    content = calendar_file(entry(), "REQUEST")

    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= LINE_OCTETS
    assert lines[-1] == b""
    assert b"\n" not in b"".join(lines)
    whole = content.replace(b"\r\n ", b"").decode()
    assert "SUMMARY:Họp\\; tháng 3\\, bàn về \\\\ kế hoạch\r\n" in whole
    assert "DESCRIPTION:Dòng một\\nDòng hai ộ" in whole
    assert "ORGANIZER;CN=\"UBND xã 'Yên Bình'\":mailto:" in whole
    assert 'ATTENDEE;CN="Nguyễn, Thị: Bình";' in whole
    assert "DTSTART;TZID=Asia/Ho_Chi_Minh:20260306T080000\r\n" in whole
    assert "SEQUENCE:2\r\n" in whole
    assert whole.count("BEGIN:") == whole.count("END:") == 4
    for each in content.replace(b"\r\n ", b"\0").split(b"\0"):
        each.decode()  # no letter was cut


def test_nothing_of_a_title_becomes_a_line_of_its_own() -> None:
    evil = "Họp\r\nATTENDEE:mailto:ai@khac.example\x00\x07"

    assert set(escaped(evil)) & set("\r\n\x00\x07") == set()
    assert set(quoted(evil)) & set("\r\n\x00\x07") == set()
    whole = calendar_file(entry(title=evil, place=evil, attendee=evil, organiser=evil), "CANCEL").decode()
    assert [line for line in whole.split("\r\n") if line.startswith("ATTENDEE:")] == []
    assert "STATUS:CANCELLED" in whole
