"""The rules of roles in a text. A change is in force at once: the sockets of the text ask again."""

from uuid import UUID

from hub.access import SeenDocument, access_document, access_meeting, usual_right
from hub.db import Work
from hub.errors import Forbidden, NotFound
from hub.meetings.models import MeetingRole, Participant, Right, WrongState
from hub.meetings.queries import participants
from hub.roles import queries
from hub.roles.models import DocumentRole, DocumentRoleChanged, NotInMeeting, RoleInText
from hub.users.models import Me

ROLE_OF: dict[Right, DocumentRole] = {"read": "reader", "comment": "commenter", "write": "editor"}


async def access_own_text(work: Work, me: Me, document_id: UUID) -> SeenDocument:
    """A text whose roles this person may give."""
    document = await access_document(work.conn, me, document_id)
    if document.kind not in ("draft_resolution", "minutes"):
        raise NotFound
    if not document.owns:
        raise Forbidden
    return document


async def roles_in(work: Work, me: Me, document: SeenDocument) -> list[RoleInText]:
    meeting = await access_meeting(work.conn, me, document.meeting_id)
    given = await queries.given_in(work.conn, document.id)
    drafters = await queries.drafters(work.conn, document.id)

    def usual(person: Participant) -> DocumentRole:
        role: MeetingRole = person.role
        if role in ("chair", "secretary"):
            return "owner"
        return ROLE_OF[usual_right(meeting.state, role, document.kind, drafts=person.user_id in drafters)]

    return [
        RoleInText(
            user_id=person.user_id,
            name=person.name,
            position=person.position,
            meeting_role=person.role,
            usual=usual(person),
            given=given.get(person.user_id),
        )
        for person in await participants(work.conn, document.meeting_id)
    ]


async def give_role(work: Work, me: Me, document: SeenDocument, user_id: UUID, role: DocumentRole | None) -> None:
    """Nothing is said where nothing changes. In a frozen record nobody is given anything."""
    meeting = await access_meeting(work.conn, me, document.meeting_id)
    if meeting.state == "closed":
        raise WrongState
    if all(person.user_id != user_id for person in await participants(work.conn, document.meeting_id)):
        raise NotInMeeting
    if role is None:
        changed = await queries.take_back(work.conn, document.id, user_id)
    else:
        changed = await queries.give(work.conn, document.id, user_id, role, me.id, work.now)
    if not changed:
        return
    await work.tell(document.meeting_id, DocumentRoleChanged(document.id, user_id, role, me.id))
    for channel in (document.id, document.comments_id):
        work.publish(f"doc-rights:{channel}", b"changed")
