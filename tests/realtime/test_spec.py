"""The rules and the tests name each other."""

import re
from pathlib import Path

HERE = Path(__file__).parent
SPEC = (HERE.parents[1] / "realtime" / "SPEC.md").read_text()


def test_every_rule_is_proved_by_a_test_and_every_test_cites_a_rule_that_exists() -> None:
    rules = {int(number) for number in re.findall(r"^\* \*\*R(\d+)\*\*", SPEC, re.MULTILINE)}
    cited: set[int] = set()
    for file in HERE.glob("test_*.py"):
        for name in re.findall(r"def test_((?:r\d+_)+)", file.read_text()):
            cited |= {int(number) for number in re.findall(r"r(\d+)_", name)}

    assert rules - cited == set()
    assert cited - rules == set()


def test_every_reason_for_closing_is_named() -> None:
    reasons: set[str] = set()
    for file in (HERE.parents[1] / "realtime").glob("*.py"):
        reasons |= set(re.findall(r'FrameError\("([a-z-]+)"\)', file.read_text()))
        reasons |= set(re.findall(r'close\([A-Z_]+, "([a-z-]+)"\)', file.read_text()))

    assert {reason for reason in reasons - {"restart"} if f"`{reason}`" not in SPEC} == set()
    assert "broken-update" in reasons
