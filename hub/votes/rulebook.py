"""The legal rules of voting, read from ``rules/*.toml``: data with a source, never code.

A file that was shipped is never changed: a changed rule is a new file with the next version, and old votes keep theirs.
"""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

Base = Literal["total", "present", "valid"]
Threshold = Literal["more-than-half", "at-least-two-thirds", "more-than-two-thirds"]
Tie = Literal["as-chair", "fails"]
Silence = Literal["not-voting", "agree"]
Choice = Literal["agree", "disagree", "abstain", "other"]
VoteKind = Literal["question", "election"]
Secrecy = Literal["open", "secret"]
Confidence = Literal["read", "to-confirm", "own"]
VoterRole = Literal["chair", "delegate"]  # a guest or a substitute has no vote, whatever a file says


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    vi: str
    en: str


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    document: str
    article: str
    valid_from: date
    valid_to: date | None = None
    confidence: Confidence
    note: str = ""


class Quorum(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    threshold: Threshold
    base: Literal["total"]


class Voters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``late``: who comes while the vote is open. ``online``: whether who follows on a screen elsewhere is present.
    ``delegation`` has one value: nobody votes for another."""

    roles: list[VoterRole]
    presence: Literal["needed", "not-needed"]
    late: Literal["admitted", "not-admitted"]
    online: Literal["counts", "not-counted"] = "counts"
    delegation: Literal["never"]


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``silence`` "body-decides": each vote must say what no answer means. ``meetings``: offered there first."""

    id: str
    version: int
    name: Words
    members: Words
    chair: Words
    meetings: list[str]
    kinds: list[VoteKind]
    secrecy: list[Secrecy]
    choices: list[Choice]
    base: Base
    threshold: Threshold
    tie: Tie
    silence: Literal["not-voting", "agree", "body-decides"]
    quorum: Quorum | None = None
    voters: Voters
    seats_filled_below: Literal["two-thirds"] | None = None
    sources: list[Source]

    @property
    def valid_from(self) -> date:
        return max(source.valid_from for source in self.sources)

    def valid_on(self, day: date) -> bool:
        return all(s.valid_from <= day and (s.valid_to is None or day <= s.valid_to) for s in self.sources)


def read_rule(text: str) -> Rule:
    rule = msgspec.convert(tomllib.loads(text), Rule)
    if not rule.sources:
        raise ValueError(f"rule {rule.id} names no source")
    return rule


@cache
def shipped() -> dict[tuple[str, int], Rule]:
    """Every rule of this release, by id and version."""
    folder = files("hub.votes") / "rules"
    found: dict[tuple[str, int], Rule] = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name.removesuffix(".toml")):
        if entry.name.endswith(".toml"):
            rule = read_rule(entry.read_text("utf-8"))
            if (rule.id, rule.version) in found:
                raise ValueError(f"rule {rule.id} version {rule.version} is there twice")
            found[rule.id, rule.version] = rule
    return found


def rules_of(day: date) -> dict[str, Rule]:
    """The newest version of each rule that is in force on this day."""
    newest: dict[str, Rule] = {}
    for (name, version), rule in shipped().items():
        if rule.valid_on(day) and (name not in newest or version > newest[name].version):
            newest[name] = rule
    return newest
