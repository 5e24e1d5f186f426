"""What goes along with the letter of an invitation: the page after Decree 30 and the calendar file."""

from urllib.parse import urlsplit
from uuid import UUID

from hub.db import Database, Work
from hub.exports import queries as export_queries
from hub.exports.child import Press
from hub.exports.messages import Printed, PrintJob
from hub.exports.models import ExportFailed, Format
from hub.invitations import queries
from hub.invitations.ics import Entry, Method, calendar_file
from hub.invitations.sheet import Letter, addressed, sheet_of, when
from hub.meetings.models import MeetingSummary
from hub.notices.models import Delivery
from hub.notices.post import Enclosure
from hub.settings import Settings
from hub.users import queries as users

EVERYBODY = "Các đại biểu theo danh sách mời họp"


class Letters:
    def __init__(self, db: Database, settings: Settings, press: Press) -> None:
        self._db, self._press = db, press
        self._url = settings.public_url
        self._host = urlsplit(settings.public_url).hostname or "phien.invalid"

    async def page(self, work: Work, meeting_id: UUID, user_id: UUID | None) -> PrintJob:
        """To this person, or to all. The file is made by ``print``, when no connection is held."""
        call = await queries.call(work.conn, meeting_id)
        meeting = await queries.meeting(work.conn, meeting_id)
        to = EVERYBODY if user_id is None else addressed(*await queries.name_of(work.conn, user_id))
        letter = Letter(
            office=await export_queries.office(work.conn, meeting.unit.id),
            chair=await export_queries.signatory(work.conn, meeting_id, "chair"),
            number=call["number"],
            title=meeting.title,
            subject=call["subject"],
            remarks=call["remarks"],
            place=meeting.place,
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            written_at=call["sent_at"] or work.now,
            to=to,
        )
        return PrintJob("pdf", sheet_of(letter), {})

    async def print(self, job: PrintJob, format_: Format) -> bytes:
        answer = await self._press.do(PrintJob(format_, job.sheet, job.images))
        if not isinstance(answer, Printed):
            raise ExportFailed
        return answer.content

    async def calendar(self, work: Work, meeting_id: UUID, user_id: UUID) -> tuple[bytes, Method] | None:
        """None where he was never invited."""
        row = (await queries.mine(work.conn, user_id, [meeting_id])).get(meeting_id)
        if row is None:
            return None
        meeting = await queries.meeting(work.conn, meeting_id)
        call = await queries.call(work.conn, meeting_id)
        me = await users.person(work.conn, user_id)
        email, name = await queries.mail_of(work.conn, user_id), me.name if me else ""
        entry = Entry(
            meeting_id=meeting_id,
            sequence=row["sequence"],
            made_at=work.now,
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            title=meeting.title,
            place=meeting.place,
            words=self._words(meeting, call["remarks"]),
            url=f"{self._url}/hop/{meeting_id}",
            organiser=meeting.unit.name,
            host=self._host,
            attendee=name,
            attendee_email=email or f"{user_id}@{self._host}",
            urgent=call["emergency"],
        )
        method: Method = "CANCEL" if row["cancelled"] else "REQUEST"
        return calendar_file(entry, method), method

    def _words(self, meeting: MeetingSummary, remarks: str) -> str:
        parts = [
            when(meeting.starts_at, meeting.ends_at),
            remarks.strip(),
            f"Trả lời giấy mời: {self._url}/hop/{meeting.id}",
        ]
        return "\n".join(part for part in parts if part)

    async def enclose(self, delivery: Delivery) -> list[Enclosure]:
        """Nothing for a reminder or a comment; of an emergency no page, which would be typeset one by one."""
        kind, meeting_id = delivery.kind, delivery.meeting_id
        if meeting_id is None or kind not in (
            "invited", "invitation_changed", "uninvited", "emergency", "substitute_named",
        ):  # fmt: skip
            return []
        async with self._db.work() as work:
            dated = await self.calendar(work, meeting_id, delivery.user_id)
            job = None if kind in ("emergency", "uninvited") else await self.page(work, meeting_id, delivery.user_id)
        enclosures = []
        if job is not None:
            enclosures.append(Enclosure("giay-moi.pdf", "application/pdf", await self.print(job, "pdf")))
        if dated is not None:
            content, method = dated
            enclosures.append(Enclosure("lich-hop.ics", f"text/calendar; method={method}; charset=UTF-8", content))
        return enclosures
