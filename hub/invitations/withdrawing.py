"""Off the list is out of the calendar: apart from the other rules, because the list of people asks for it."""

from uuid import UUID

from hub.db import Work
from hub.invitations import queries
from hub.invitations.models import SubstituteStaysGuest
from hub.notices.service import notify


async def withdraw(work: Work, meeting_id: UUID, user_id: UUID, by: UUID) -> None:
    """Who had an invitation hears that it does not hold any more. Of a substitute, who named him is free again."""
    await queries.drop_substitute(work.conn, meeting_id, user_id)
    if await queries.cancel(work.conn, meeting_id, user_id, work.now):
        await notify(work, [user_id], "uninvited", meeting_id, by=by)


async def refuse_substitute(work: Work, meeting_id: UUID, user_id: UUID) -> None:
    """Who sits for somebody stays a guest: in any other role he would have a vote of his own in that seat."""
    if await queries.sits_for(work.conn, meeting_id, user_id):
        raise SubstituteStaysGuest
