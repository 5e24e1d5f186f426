"""Working days in Vietnam: weekends, holidays and swapped days, from one data file a year."""

from hub.calendars.days import Calendar, read_calendar

__all__ = ["Calendar", "read_calendar"]
