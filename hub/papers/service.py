"""The rules of papers: who may change them, what is told of it, who has had and opened what."""

from typing import Any
from uuid import UUID

from msgspec import UnsetType

from hub.access import SeenMeeting, access_item, access_meeting, access_paper, refuse_secret
from hub.db import Database, Work
from hub.errors import Forbidden, NotFound
from hub.meetings.models import MeetingRole, WrongState
from hub.meetings.queries import administered_units, state
from hub.notices.service import notify
from hub.papers import note_queries, queries
from hub.papers.models import (
    ChangedPaper,
    NewPaperKind,
    Paper,
    PaperChanged,
    PaperKind,
    PaperNotReadable,
    PaperText,
    UnknownPaperKind,
)
from hub.preparing.handed_in import tell_handed_in
from hub.preparing.service import note_changes
from hub.search.index import forget_paper
from hub.users.models import Me


def reads_papers(meeting: SeenMeeting) -> bool:
    """Who takes part, prepares or approves. Nobody else, also where the meeting itself may be known of."""
    return meeting.summary.my_role is not None or meeting.i_may.manage or meeting.preparing is not None


async def papers_of(work: Work, me: Me, meeting: SeenMeeting) -> list[Paper]:
    """Reads and writes nothing down: whoever shows them to somebody says ``deliver`` afterwards."""
    return await queries.papers(work.conn, meeting.id, me.id) if reads_papers(meeting) else []


async def deliver(db: Database, me: Me, role: MeetingRole | None, state: str, papers: list[Paper]) -> None:
    """What is listed on a person's screen has been delivered to him. In a transaction of its own, and only where
    something may be new: a screen is read as of one moment, in which nothing is written."""
    unread = [(paper.id, paper.number) for paper in papers if paper.i_read != "read"]
    if not unread or role is None or state == "draft":
        return
    async with db.work() as work:
        await queries.note_delivered(work.conn, unread, me.id, work.now)


async def add(
    work: Work,
    me: Me,
    meeting_id: UUID,
    item_id: UUID | None,
    kind_id: UUID,
    title: str,
    sha256: bytes,
    name: str,
    note: str,
    *,
    of_conclusion: bool = False,
) -> UUID:
    paper_id = await queries.insert_paper(
        work.conn, meeting_id, item_id, kind_id, title, work.now, of_conclusion=of_conclusion
    )
    number = await queries.insert_version(work.conn, paper_id, sha256, name, note, me.id, work.now)
    await work.tell(meeting_id, PaperChanged(paper_id, item_id, "added", number, sha256.hex(), me.id))
    await note_changes(work, meeting_id, {paper_id: me.id})
    await tell_handed_in(work, me, meeting_id, item_id, paper_id, title)
    return paper_id


async def replace(work: Work, me: Me, paper_id: UUID, sha256: bytes, name: str, note: str) -> int:
    """The new version is the one shown everywhere; the earlier ones stay readable."""
    paper = await access_paper(work.conn, me, paper_id, "hand_in")
    await work.hold(paper.meeting_id)
    await queries.hold_paper(work.conn, paper_id)
    number = await queries.insert_version(work.conn, paper_id, sha256, name, note, me.id, work.now)
    await note_queries.place_by_text(work.conn, paper_id, number, sha256)
    await work.tell(paper.meeting_id, PaperChanged(paper_id, paper.item_id, "replaced", number, sha256.hex(), me.id))
    await note_changes(work, paper.meeting_id, {paper_id: me.id})
    await tell_handed_in(work, me, paper.meeting_id, paper.item_id, paper_id, paper.title)
    await _tell_readers(work, me, paper)
    await forget_paper(work.conn, paper_id)  # found again when the new version has been read
    return number


async def _tell_readers(work: Work, me: Me, paper: Paper) -> None:
    """Đổi sau khi đọc: for who had opened an earlier version. One notice, however often it changes before he looks."""
    people = await queries.openers(work.conn, paper.id)
    await notify(
        work, people, "paper_changed", paper.meeting_id, by=me.id, item_id=paper.item_id, thing_id=paper.id,
        words=paper.title, merge=True,
    )  # fmt: skip


async def change(work: Work, me: Me, paper: Paper, changed: ChangedPaper) -> None:
    meeting = await _open(work, me, paper.meeting_id)
    item_id = paper.item_id if isinstance(changed.item_id, UnsetType) else changed.item_id
    kind_id = paper.kind_id if isinstance(changed.kind_id, UnsetType) else changed.kind_id
    title = paper.title if isinstance(changed.title, UnsetType) else changed.title
    if item_id != paper.item_id:
        await check_item(work, me, meeting.id, item_id)
    if kind_id != paper.kind_id:
        await check_kind(work, meeting.summary.unit.id, kind_id)
    await queries.update_paper(work.conn, paper.id, title, kind_id, item_id)
    what: Any = "moved" if item_id != paper.item_id else "renamed"
    await work.tell(meeting.id, PaperChanged(paper.id, item_id, what, paper.number, paper.content.sha256, me.id))
    await note_changes(work, meeting.id, {paper.id: me.id})
    await forget_paper(work.conn, paper.id)  # it has another title, or an item that may be marked Mật at any moment


async def remove(work: Work, me: Me, paper_id: UUID) -> None:
    """Gone from every screen; its content stays named in the meeting's line."""
    paper = await access_paper(work.conn, me, paper_id, "take_back")
    await work.hold(paper.meeting_id)
    paper = await access_paper(work.conn, me, paper_id, "take_back")  # the draft may have been submitted meanwhile
    if await state(work.conn, paper.meeting_id) == "closed":
        raise WrongState
    await take_away(work, me, paper)


async def take_away(work: Work, me: Me, paper: Paper) -> None:
    """What goes with it whoever takes it away; that he may was asked before."""
    await queries.remove_paper(work.conn, paper.id, work.now)
    await work.tell(
        paper.meeting_id,
        PaperChanged(paper.id, paper.item_id, "removed", paper.number, paper.content.sha256, me.id),
    )
    await note_changes(work, paper.meeting_id, {paper.id: me.id})
    await forget_paper(work.conn, paper.id)


async def _open(work: Work, me: Me, meeting_id: UUID) -> SeenMeeting:
    meeting = await access_meeting(work.conn, me, meeting_id, "manage")
    if meeting.state == "closed":
        raise WrongState
    return meeting


async def opened(work: Work, me: Me, paper: Paper, number: int) -> None:
    if await queries.file_of(work.conn, paper.id, number) is None:
        raise NotFound
    await queries.note_opened(work.conn, paper.id, number, me.id, work.now)


async def text_of(work: Work, paper: Paper, number: int) -> PaperText:
    file = await queries.file_of(work.conn, paper.id, number)
    if file is None:
        raise NotFound
    return PaperText(file["state"], await queries.text(work.conn, file["sha256"]))


async def file_of(work: Work, paper: Paper, number: int, form: str) -> dict[str, Any]:
    file = await queries.file_of(work.conn, paper.id, number)
    if file is None:
        raise NotFound
    return chosen(file, form)


def chosen(file: dict[str, Any], form: str) -> dict[str, Any]:
    """``form``: ``file`` is the original, ``pdf`` what LibreOffice made of it."""
    if form not in ("file", "pdf"):
        raise NotFound
    if form == "file":
        return {"name": file["name"], "sha256": bytes(file["sha256"]), "size": file["size"], "format": file["format"]}
    if file["pdf_sha256"] is None:
        raise PaperNotReadable
    name = file["name"].rsplit(".", 1)[0] + ".pdf"
    return {"name": name, "sha256": bytes(file["pdf_sha256"]), "size": file["pdf_size"], "format": "pdf"}


async def check_item(work: Work, me: Me, meeting_id: UUID, item_id: UUID | None) -> None:
    """An item of this meeting, still in its agenda, and not secret."""
    if item_id is None:
        return
    item = await access_item(work.conn, me, item_id)
    if item.meeting_id != meeting_id or item.removed:
        raise NotFound
    refuse_secret(item.secrecy)


async def check_kind(work: Work, unit_id: UUID, kind_id: UUID) -> None:
    offered = await queries.kinds(work.conn, await queries.root_of(work.conn, unit_id))
    if not any(kind.id == kind_id and not kind.retired for kind in offered):
        raise UnknownPaperKind


async def kinds(work: Work, me: Me) -> list[PaperKind]:
    return await queries.kinds(work.conn, await queries.root_of(work.conn, me.unit_id))


async def _my_root(work: Work, me: Me) -> UUID:
    """The commune, for who administers all of it."""
    root = await queries.root_of(work.conn, me.unit_id)
    if root not in await administered_units(work.conn, me):
        raise Forbidden
    return root


async def add_kind(work: Work, me: Me, new: NewPaperKind) -> UUID:
    return await queries.insert_kind(work.conn, await _my_root(work, me), new.name, new.position)


async def change_kind(work: Work, me: Me, kind_id: UUID, new: NewPaperKind) -> None:
    await _own_kind(work, me, kind_id)
    await queries.update_kind(work.conn, kind_id, new.name, new.position)


async def drop_kind(work: Work, me: Me, kind_id: UUID) -> None:
    await _own_kind(work, me, kind_id)
    await queries.drop_kind(work.conn, kind_id)


async def _own_kind(work: Work, me: Me, kind_id: UUID) -> None:
    root = await _my_root(work, me)
    if not any(kind.id == kind_id and kind.mine for kind in await queries.kinds(work.conn, root)):
        raise NotFound
