"""``docs/rooms.md`` names what is there."""

from pathlib import Path

import pytest

from rooms import ANSWER_SECONDS, BY_RULE, OVERRIDE_SECONDS, Kind
from rooms.discovery import MAX_ANNOUNCEMENT, MAX_COMPONENTS
from rooms.room import MAX_DEVICES, SILENT_SECONDS
from rooms.rules import COOL_ENOUGH, COOL_TO, DIMMED, EMPTY_SECONDS, TOO_DARK, TOO_WARM

PAGE = (Path(__file__).parents[2] / "docs" / "rooms.md").read_text()


@pytest.mark.parametrize("name", [*BY_RULE, *(kind.value for kind in Kind)])
def test_every_kind_and_every_reason_is_on_the_page(name):
    assert f"`{name}`" in PAGE


def test_numbers_on_the_page_are_the_numbers_in_the_code():
    for said in (
        f"after {ANSWER_SECONDS:.0f} s",
        f"for {OVERRIDE_SECONDS / 60:.0f} minutes",
        f"silent for {SILENT_SECONDS / 60:.0f} minutes",
        f"above {TOO_WARM:.0f} °C",
        f"cool to {COOL_TO:.0f} °C",
        f"below {COOL_ENOUGH:.0f} °C",
        f"below {TOO_DARK:.0f} lx",
        f"{DIMMED} %",
        f"seen for {EMPTY_SECONDS / 60:.0f} minutes",
        f"{MAX_ANNOUNCEMENT >> 10} KiB and {MAX_COMPONENTS} components",
        f"{MAX_DEVICES} devices",
    ):
        assert said in PAGE, said
