"""Every code with which the hub may refuse has a sentence on the screen, in both languages."""

import re
from pathlib import Path

import pytest

import hub.app  # noqa: F401  every slice is imported by the composition root, and with it every refusal
from hub.errors import _CODES, Refusal

I18N = Path(__file__).resolve().parents[2] / "web" / "src" / "i18n"


def refusal_codes() -> set[str]:
    found: set[str] = set()
    waiting = [Refusal]
    while waiting:
        kind = waiting.pop()
        found.add(kind.code)
        waiting += kind.__subclasses__()
    return found | set(_CODES.values()) | {"csrf", "bug"}


def sentences(language: str) -> dict[str, str]:
    text = (I18N / language / "errors.ts").read_text()
    return dict(re.findall(r'^  "?([a-z-]+)"?: "(.+)",$', text, re.MULTILINE))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_refusal_has_a_sentence(language: str) -> None:
    said = sentences(language)

    assert refusal_codes() - said.keys() == set()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_sentence_is_a_sentence(language: str) -> None:
    for code, said in sentences(language).items():
        assert said[0].isupper(), code
        assert said.endswith("."), code
        assert "-".join(said.lower().rstrip(".").split()) != code, code
