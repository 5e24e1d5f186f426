"""The days of rest and the days worked instead, for whoever looks at a calendar."""

from datetime import date

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from hub.calendars.days import Calendar, SpecialDay
from hub.organisation.models import BadPeriod
from hub.users.models import Me

LONGEST_DAYS = 400


@get("/api/special-days", tags=["Calendar (lịch)"])
async def special_days(
    me: NamedDependency[Me], calendar: NamedDependency[Calendar], since: FromQuery[date], until: FromQuery[date]
) -> list[SpecialDay]:
    """Holidays, days off in their place, days worked for a day off: from the first to the last, both included."""
    if not 0 <= (until - since).days <= LONGEST_DAYS:
        raise BadPeriod
    return calendar.special(since, until)


handlers = [special_days]
