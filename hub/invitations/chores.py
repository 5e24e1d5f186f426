"""What the hub does by itself, by its clock: sends what is due outside the page, and reminds."""

from hub.calendars import read_calendar
from hub.db import Database
from hub.invitations.letters import Letters
from hub.invitations.reminders import Reminders
from hub.notices.outbox import Outbox
from hub.notices.post import Post
from hub.preparing.paper_reminders import PaperReminders
from hub.settings import Settings


def chores_of(
    db: Database, settings: Settings, letters: Letters, post: Post
) -> tuple[Outbox, Reminders, PaperReminders]:
    outbox = Outbox(db, post, settings.public_url, letters.enclose)
    return outbox, Reminders(db), PaperReminders(db, read_calendar(settings.calendar))
