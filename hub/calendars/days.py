"""Which days are worked. Holidays by the moon and swapped days are announced each year, so each year is a file.

A year without a file is not guessed: its weekends and the four fixed holidays count, and ``known`` says that the rest
is missing. A folder of the installation's own (``PHIEN_CALENDAR``) adds years and replaces ours.
"""

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, Literal

import msgspec

SATURDAY: Final = 5
FIXED: Final = {
    (1, 1): "Tết Dương lịch",
    (4, 30): "Ngày Chiến thắng",
    (5, 1): "Ngày Quốc tế lao động",
    (9, 2): "Quốc khánh",
}
"""Labour Code 45/2019/QH14, article 112: the same in every year."""
ONE_DAY: Final = timedelta(days=1)
CalendarState = Literal["confirmed", "to-confirm", "missing"]
"""Of the days between two: law or announced, something yet to be confirmed, a year without its file."""


class Holiday(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    date: date
    name: str
    source: str
    confidence: Literal["law", "announced", "to-confirm"]


class Swapped(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A working day off, and the day of rest worked for it."""

    off: date
    worked: date
    source: str
    confidence: Literal["announced", "to-confirm"]


class Year(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    year: int
    holiday: list[Holiday]
    swapped: list[Swapped] = []


class SpecialDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day unlike its weekday: ``holiday``, ``instead`` of a holiday on a weekend, ``off`` for a day ``worked``."""

    date: date
    kind: Literal["holiday", "instead", "off", "worked"]
    name: str | None
    confirmed: bool


class BadCalendar(Exception):
    """A file of the installation's own calendar cannot be read; the message names it."""


class Calendar:
    def __init__(self, years: dict[int, Year]) -> None:
        self._years = years
        self._off: dict[int, frozenset[date]] = {}
        self._worked = {each.worked for year in years.values() for each in year.swapped}

    def known(self, first: date, last: date) -> bool:
        """Whether every year between the two has its file."""
        return all(year in self._years for year in range(first.year, last.year + 1))

    def confirmed(self, first: date, last: date) -> bool:
        """Whether what was counted between the two is law or was announced, nothing yet to be confirmed."""
        if not self.known(first, last):
            return False
        years = [self._years[year] for year in range(first.year, last.year + 1)]
        unsure = {each.date for year in years for each in year.holiday if each.confidence == "to-confirm"}
        unsure |= {
            day
            for year in years
            for each in year.swapped
            if each.confidence == "to-confirm"
            for day in (each.off, each.worked)
        }
        return not any(first <= day <= last for day in unsure)

    def state(self, first: date, last: date) -> CalendarState:
        if self.confirmed(first, last):
            return "confirmed"
        return "to-confirm" if self.known(first, last) else "missing"

    def is_working(self, day: date) -> bool:
        if day in self._worked:
            return True
        return day.weekday() < SATURDAY and day not in self._days_off(day.year)

    def special(self, first: date, last: date) -> list[SpecialDay]:
        """Between the two, both included, in their order; of a year without a file only what is the same each year."""
        found: dict[date, SpecialDay] = {}
        for year in range(first.year, last.year + 1):
            file = self._years.get(year)
            for day in sorted(self._days_off(year)):
                found[day] = SpecialDay(date=day, kind="instead", name=None, confirmed=file is not None)
            for swap in file.swapped if file else []:
                sure = swap.confidence != "to-confirm"
                found[swap.off] = SpecialDay(date=swap.off, kind="off", name=None, confirmed=sure)
                found[swap.worked] = SpecialDay(date=swap.worked, kind="worked", name=None, confirmed=sure)
            named = {each.date: (each.name, each.confidence != "to-confirm") for each in file.holiday} if file else {}
            for day, (name, sure) in (named or {date(year, *day): (name, True) for day, name in FIXED.items()}).items():
                found[day] = SpecialDay(date=day, kind="holiday", name=name, confirmed=sure)
        return [found[day] for day in sorted(found) if first <= day <= last]

    def between(self, sent: date, held: date) -> int:
        """Whole working days after the day of sending and before the day of the meeting: neither counts itself."""
        day, count = sent + ONE_DAY, 0
        while day < held:
            count += self.is_working(day)
            day += ONE_DAY
        return count

    def latest(self, held: date, days: int) -> date:
        """The last day on which something can be sent with so many whole working days before the meeting."""
        day = held
        while days > 0:
            day -= ONE_DAY
            days -= self.is_working(day)
        return day - ONE_DAY

    def worked(self, day: date, before: int) -> date:
        """The day itself, or the last worked one before it; then so many worked days earlier."""
        while not self.is_working(day):
            day -= ONE_DAY
        while before > 0:
            day -= ONE_DAY
            before -= self.is_working(day)
        return day

    def _days_off(self, year: int) -> frozenset[date]:
        """A holiday on a weekend is made good on the next working day (article 111)."""
        if year not in self._off:
            found = self._years.get(year)
            holidays = {each.date for each in found.holiday} if found else {date(year, *fixed) for fixed in FIXED}
            off = holidays | ({each.off for each in found.swapped} if found else set())
            for holiday in sorted(holidays):
                if holiday.weekday() >= SATURDAY:
                    instead = holiday
                    while instead in off or instead.weekday() >= SATURDAY:
                        instead += ONE_DAY
                    off.add(instead)
            self._off[year] = frozenset(off)
        return self._off[year]


@cache
def read_calendar(folder: Path | None = None) -> Calendar:
    """Ours, and over them those of the installation. Raises BadCalendar."""
    years = {year.year: year for year in _read(files("hub.calendars") / "years")}
    if folder is not None:
        years |= {year.year: year for year in _read(folder)}
    return Calendar(years)


def _read(folder: Path | Traversable) -> Iterator[Year]:
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        raise BadCalendar(f"{folder}: {error.strerror}") from None
    for entry in entries:
        if entry.name.endswith(".toml"):
            try:
                yield msgspec.convert(tomllib.loads(entry.read_text("utf-8")), Year)
            except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError, OSError) as error:
                raise BadCalendar(f"{entry.name}: {error}") from None
