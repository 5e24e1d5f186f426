"""Which failures of a whole run are tried once more."""

import pytest

from tests.everything import SECOND_GO_AT_MOST, worth_a_second_go

JOURNEY = "tests/flows/test_votes.py::test_a_ballot"


@pytest.mark.parametrize(
    ("failed", "worth"),
    [
        ([], False),
        ([JOURNEY], True),
        (["tests/house/test_serve.py::test_a_port[in use]", JOURNEY], True),
        (["tests/hub/test_votes.py::test_counting"], False),
        ([JOURNEY, "tests/realtime/test_document.py::test_r1"], False),
        ([f"{JOURNEY}[{n}]" for n in range(SECOND_GO_AT_MOST)], True),
        ([f"{JOURNEY}[{n}]" for n in range(SECOND_GO_AT_MOST + 1)], False),
    ],
)
def test_a_few_journeys_are_and_nothing_else(failed: list[str], worth: bool) -> None:
    assert worth_a_second_go(failed) is worth
