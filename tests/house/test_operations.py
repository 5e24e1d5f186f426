"""What ``docs/operations.md`` says is there, and what is there is said."""

import argparse

import pytest

from hub.children.supervisor import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS
from hub.cli import build_parser
from hub.folder import ENOUGH_BYTES
from hub.serve import GOODBYE_SECONDS
from hub.settings import PREFIX, Settings
from tests.house.installation import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text()


def verbs() -> list[str]:
    (found,) = [action for action in build_parser()._actions if isinstance(action, argparse._SubParsersAction)]
    return list(found.choices)


@pytest.mark.parametrize("setting", Settings.__struct_fields__)
def test_every_setting_is_explained(setting: str) -> None:
    assert f"`{PREFIX}{setting.upper()}`" in PAGE


@pytest.mark.parametrize("verb", verbs())
def test_every_verb_is_explained(verb: str) -> None:
    assert f"| `{verb}" in PAGE


def test_numbers_on_the_page_are_the_numbers_in_the_code() -> None:
    assert f"needs {ENOUGH_BYTES >> 20} MB free" in PAGE
    assert f"get {GOODBYE_SECONDS} s" in PAGE
    assert f"after {FIRST_PAUSE_SECONDS} s" in PAGE
    assert f"up to {LONGEST_PAUSE_SECONDS:.0f} s" in PAGE


def test_the_verbs_people_were_promised_are_there() -> None:
    wanted = {
        "serve",
        "worker",
        "migrate",
        "create-admin",
        "sign-in-link",
        "check",
        "caption",
        "simulate-room",
        "reindex",
    }

    assert wanted <= set(verbs())
