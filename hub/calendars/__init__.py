"""Working days in Vietnam: weekends, holidays and swapped days, from one data file a year."""

from hub.calendars.days import Calendar, CalendarState, read_calendar

__all__ = ["Calendar", "CalendarState", "read_calendar"]
