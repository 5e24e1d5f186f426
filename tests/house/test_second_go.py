"""A whole run: how its halves are counted, and which failures are tried once more."""

import pytest

from tests.everything import HALVES, ROOT, SECOND_GO_AT_MOST, Half, counted, worth_a_second_go

JOURNEY = "tests/flows/test_votes.py::test_a_ballot"


@pytest.mark.parametrize(
    ("failed", "worth"),
    [
        ([], False),
        ([JOURNEY], True),
        (["tests/house/test_serve.py::test_a_port[in use]", JOURNEY], True),
        (["tests/hub/test_votes.py::test_counting"], True),
        (["tests/votes/test_rules.py::test_counting"], False),
        ([JOURNEY, "tests/realtime/test_document.py::test_r1"], False),
        ([f"{JOURNEY}[{n}]" for n in range(SECOND_GO_AT_MOST)], True),
        ([f"{JOURNEY}[{n}]" for n in range(SECOND_GO_AT_MOST + 1)], False),
    ],
)
def test_a_few_that_a_busy_machine_can_fail_are_and_nothing_else(failed: list[str], worth: bool) -> None:
    assert worth_a_second_go(failed) is worth


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("== 1 failed, 83 passed, 2 skipped in 540.10s (0:09:00) ==", {"failed": 1, "passed": 83, "skipped": 2}),
        ("= 2 passed, 1 warning, 1 error in 0.10s =", {"passed": 2, "failed": 1}),
        ("tests/hub/test_votes.py ....... [ 3%]", {}),
        ("3 passed in the corridor", {}),
    ],
)
def test_the_last_line_of_pytest_counts_and_no_other(line: str, counts: dict[str, int]) -> None:
    assert counted(line) == counts


def test_every_test_is_in_one_half() -> None:
    folders = {f"tests/{path.parent.name}" for path in (ROOT / "tests").glob("*/test_*.py")}
    first, rest = HALVES.values()
    assert {word.removeprefix("--ignore=") for word in rest if word.startswith("--ignore=")} == set(first)
    assert set(first) < folders


def test_a_half_says_what_failed_and_how_many_passed(capfd: pytest.CaptureFixture[str]) -> None:
    here = "tests/house/test_second_go.py"
    half = Half("tried", [here, "-k", "test_a_few_that"])
    half.run([])
    assert (half.code, half.failed, half.counts["passed"]) == (0, [], 8)
    assert f"tried | {here}" in capfd.readouterr().out
