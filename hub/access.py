"""Who may do what: asked here, and nowhere else. Each function returns the thing, and is the only way to get it.

A person who may not even know of a thing is told it does not exist.
"""

from typing import Any, Literal, LiteralString
from uuid import UUID

import msgspec
from psycopg import AsyncConnection

from hub.agenda.models import AgendaItem
from hub.errors import Forbidden, NotFound, SecretItem
from hub.history.models import DocumentLock
from hub.history.queries import locks
from hub.meetings import queries
from hub.meetings.models import DocumentKind, IMay, MeetingDocument, MeetingSummary, Right
from hub.users.models import Me

Conn = AsyncConnection[Any]
Needs = Literal["read", "speak", "run", "manage"]


class SeenMeeting(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting as one person may see it."""

    summary: MeetingSummary
    current_item_id: UUID | None
    seq: int
    i_may: IMay

    @property
    def id(self) -> UUID:
        return self.summary.id

    @property
    def state(self) -> str:
        return self.summary.state


class SeenDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A live document and what one person may do with it."""

    id: UUID
    meeting_id: UUID
    kind: DocumentKind
    agenda_item_id: UUID | None
    title: str
    secrecy: str
    right: Right
    locked: DocumentLock | None


async def access_meeting(conn: Conn, me: Me, meeting_id: UUID, needs: Needs = "read") -> SeenMeeting:
    """``run``: start, move on, end (chair, secretary). ``manage``: also change it (and who administers the unit).

    Raises NotFound where the person may not know of the meeting, Forbidden where he may know but not do.
    """
    row = await queries.visible_meeting(conn, me, meeting_id)
    if row is None:
        raise NotFound
    leads = row["my_role"] in ("chair", "secretary")
    i_may = IMay(manage=leads or row["administers"], run=leads, speak=leads or row["my_role"] == "delegate")
    if needs != "read" and not getattr(i_may, needs):
        raise Forbidden
    return SeenMeeting(
        summary=queries.summary(row), current_item_id=row["current_item_id"], seq=row["seq"], i_may=i_may
    )


def document_right(meeting: SeenMeeting, kind: DocumentKind, is_drafter: bool) -> Right:
    """Agenda and minutes: chair and secretary write. Draft resolution: secretary and named drafters write.

    Whoever prepares a draft meeting writes too; in a closed meeting nobody does.
    """
    if meeting.state == "closed":
        return "read"
    role = meeting.summary.my_role
    if kind == "draft_resolution":
        if role == "secretary" or is_drafter:
            return "write"
        return "comment" if role in ("chair", "delegate") else "read"
    prepares = meeting.i_may.manage and meeting.state == "draft"
    return "write" if role in ("chair", "secretary") or prepares else "read"


async def access_document(conn: Conn, me: Me, document_id: UUID) -> SeenDocument:
    row = await queries.document(conn, document_id)
    if row is None:
        raise NotFound
    meeting = await access_meeting(conn, me, row["meeting_id"])
    is_drafter = document_id in await queries.drafted_by(conn, meeting.id, me.id)
    right = document_right(meeting, row["kind"], is_drafter)
    lock = (await locks(conn, [document_id])).get(document_id)
    return SeenDocument(**row, right="read" if lock else right, locked=lock)


async def documents_of(conn: Conn, me: Me, meeting: SeenMeeting) -> list[MeetingDocument]:
    drafted = await queries.drafted_by(conn, meeting.id, me.id)
    rows = await queries.documents(conn, meeting.id)
    locked = await locks(conn, [row["id"] for row in rows])
    return [
        MeetingDocument(
            **row,
            my_right="read" if row["id"] in locked else document_right(meeting, row["kind"], row["id"] in drafted),
            locked=locked.get(row["id"]),
        )
        for row in rows
    ]


async def access_item(conn: Conn, me: Me, item_id: UUID, needs: Needs = "read") -> AgendaItem:
    cursor = await conn.execute("SELECT meeting_id FROM agenda_item WHERE id = %s", (item_id,))
    row = await cursor.fetchone()
    if row is None:
        raise NotFound
    await access_meeting(conn, me, row[0], needs)
    return next(item for item in await queries.items(conn, row[0]) if item.id == item_id)


def refuse_secret(secrecy: str) -> None:
    """Mật and above: no upload, recording, captions, AI, projector, search or export."""
    if secrecy != "none":
        raise SecretItem


async def refuse_secret_item(conn: Conn, item_id: UUID | None) -> None:
    """As ``refuse_secret``, for an item known by id only; None is no item and not secret."""
    if item_id is None:
        return
    cursor = await conn.execute("SELECT secrecy FROM agenda_item WHERE id = %s", (item_id,))
    if row := await cursor.fetchone():
        refuse_secret(row[0])


def searchable_meetings_sql(me: Me) -> tuple[LiteralString, dict[str, Any]]:
    """A condition on ``meeting m`` and its parameters: the meetings whose contents this person may find."""
    return queries.VISIBLE, queries.about(me)
