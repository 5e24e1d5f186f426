"""The lists in docs/ are the code's lists."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

import hub.app
from hub.errors import Refusal
from hub.events import REGISTRY
from hub.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
LITESTARS_OWN = {"csrf", "bad-method", "bad-media-type", "bug"}


def table(name: str) -> dict[str, str]:
    """First cell without its quotes → the rest of the row."""
    rows = re.findall(r"^\| `([^`]+)` \| (.*) \|$", (ROOT / "docs" / name).read_text("utf-8"), re.MULTILINE)
    assert len(rows) == len(dict(rows)), f"docs/{name} says something twice"
    return dict(rows)


def refusals(base: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for refusal in base.__subclasses__():
        yield refusal
        yield from refusals(refusal)


def test_every_fact_is_in_docs_events_with_its_fields() -> None:
    assert hub.app.create_app
    documented = {kind: set(re.findall(r"`(\w+)`", rest.split(" | ")[0])) for kind, rest in table("events.md").items()}

    assert documented == {kind: {f.name for f in msgspec.structs.fields(cls)} for kind, cls in REGISTRY.items()}


def test_every_refusal_is_in_docs_refusals_with_its_status() -> None:
    documented = {code: int(rest.split(" | ")[0]) for code, rest in table("refusals.md").items()}

    known = {refusal.code: refusal.status for refusal in refusals()}
    assert {code: status for code, status in documented.items() if code not in LITESTARS_OWN} == known


def test_every_setting_is_in_docs_operations() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")

    for name in Settings.__struct_fields__:
        assert f"`{PREFIX}{name.upper()}`" in text, f"docs/operations.md does not name {PREFIX}{name.upper()}"


def test_every_path_named_in_the_readme_is_there() -> None:
    for name in ("README.md", "README.vi.md"):
        text = (ROOT / name).read_text("utf-8")
        paths = re.findall(r"`((?:docs|hub|realtime|ai|rooms|web|bench|tests)/[\w./-]*)`", text)
        assert paths
        for path in [*paths, *re.findall(r"\]\(([\w./-]+)\)", text)]:
            assert (ROOT / path).exists(), f"{name} names {path}"
