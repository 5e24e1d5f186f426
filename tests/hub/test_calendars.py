"""Working days: by the files of the years, and what is said where one is missing."""

from datetime import date
from pathlib import Path

import pytest

from hub.calendars.days import BadCalendar, read_calendar
from hub.settings import BadSettings, load
from tests.support import Hub


@pytest.mark.parametrize(
    ("sent", "held", "days"),
    [
        (date(2026, 3, 2), date(2026, 3, 6), 3),  # Monday to Friday: Tuesday, Wednesday, Thursday
        (date(2026, 3, 2), date(2026, 3, 5), 2),
        (date(2026, 3, 6), date(2026, 3, 9), 0),  # a weekend
        (date(2026, 2, 13), date(2026, 2, 24), 1),  # the whole of Tết between
        (date(2026, 4, 24), date(2026, 4, 29), 1),  # Hùng kings on Sunday is made good on Monday
        (date(2026, 4, 29), date(2026, 5, 5), 1),  # 30/4 and 1/5, a weekend, and Monday counts
        (date(2026, 1, 8), date(2026, 1, 12), 2),  # Friday, and the Saturday worked for 2 January
        (date(2026, 3, 5), date(2026, 3, 5), 0),
        (date(2026, 3, 6), date(2026, 3, 2), 0),
    ],
)
def test_only_whole_working_days_between_count(sent: date, held: date, days: int) -> None:
    assert read_calendar().between(sent, held) == days


def test_the_last_day_to_send_is_the_last_that_leaves_enough() -> None:
    calendar = read_calendar()
    for held in (date(2026, 3, 6), date(2026, 2, 24), date(2026, 5, 5), date(2026, 9, 7), date(2027, 2, 15)):
        latest = calendar.latest(held, 3)

        assert calendar.between(latest, held) == 3
        assert calendar.between(date.fromordinal(latest.toordinal() + 1), held) < 3


def test_a_year_nobody_announced_says_so_and_counts_what_is_fixed() -> None:
    calendar = read_calendar()

    assert calendar.confirmed(date(2026, 3, 2), date(2026, 3, 20))
    assert not calendar.confirmed(date(2026, 2, 10), date(2026, 2, 25)), "the days of Tết are to be confirmed"
    assert not calendar.known(date(2031, 4, 28), date(2031, 5, 2))
    assert not calendar.is_working(date(2031, 4, 30))
    assert calendar.is_working(date(2031, 4, 29))


def test_what_is_unlike_its_weekday_is_named_in_the_order_of_days() -> None:
    calendar = read_calendar()
    spring = [(day.date.day, day.kind, day.name) for day in calendar.special(date(2026, 4, 20), date(2026, 5, 3))]

    assert [(day, kind) for day, kind, _ in spring] == [
        (26, "holiday"), (27, "instead"), (30, "holiday"), (1, "holiday"),
    ]  # fmt: skip
    assert spring[2][2] == "Ngày Chiến thắng"
    assert [(day.date.day, day.kind) for day in calendar.special(date(2026, 1, 1), date(2026, 1, 31))] == [
        (1, "holiday"), (2, "off"), (10, "worked"),
    ]  # fmt: skip
    assert not any(day.confirmed for day in calendar.special(date(2026, 2, 10), date(2026, 2, 25)))
    assert [day.name for day in calendar.special(date(2031, 9, 1), date(2031, 9, 30))] == ["Quốc khánh"]


async def test_whoever_is_signed_in_reads_the_days_of_a_period_that_is_one(hub: Hub) -> None:
    an = await hub.person()

    answer = await an.get("/api/special-days?since=2026-09-01&until=2026-09-02")

    assert [one["name"] for one in answer.json()] == ["Quốc khánh (ngày liền kề)", "Quốc khánh"]
    for wrong in ("since=2026-09-02&until=2026-09-01", "since=2020-01-01&until=2026-09-01"):
        assert (await an.get(f"/api/special-days?{wrong}")).json()["code"] == "bad-period"


def test_a_folder_of_the_installations_own_goes_before_ours(tmp_path: Path) -> None:
    own = (
        "year = 2026\n[[holiday]]\ndate = 2026-03-04\nname = 'Ngày nghỉ riêng'\nsource = 'Thông báo'\n"
        "confidence = 'announced'\n[[swapped]]\noff = 2026-03-05\nworked = 2026-03-07\nsource = 'Thông báo'\n"
        "confidence = 'announced'\n"
    )
    (tmp_path / "2026.toml").write_text(own, "utf-8")
    calendar = read_calendar(tmp_path)

    assert [calendar.is_working(date(2026, 3, day)) for day in (3, 4, 5, 6, 7)] == [True, False, False, True, True]
    assert calendar.known(date(2027, 1, 1), date(2027, 12, 31)), "ours are there where it has none"


def test_a_broken_calendar_and_a_wrong_address_stop_the_start_without_showing_a_secret(tmp_path: Path) -> None:
    (tmp_path / "2028.toml").write_text("year = 'không'", "utf-8")
    with pytest.raises(BadCalendar, match=r"2028\.toml"):
        read_calendar(tmp_path)
    with pytest.raises(BadSettings, match="PHIEN_CALENDAR"):
        load({"PHIEN_CALENDAR": str(tmp_path)})
    with pytest.raises(BadSettings, match="PHIEN_NOTIFY") as refused:
        load({"PHIEN_NOTIFY": "mailtos://ai:mat-khau@thu.example"})
    assert "mat-khau" not in str(refused.value)
    assert load({"PHIEN_NOTIFY": "mailtos://ai:mat-khau@thu.example?to={email}"}).notify is not None
