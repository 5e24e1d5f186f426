"""One installation as shipped, people typing, and SIGKILL at a random moment, again and again.

After each kill the log itself is read, before anybody who has the edits may come back with them: what was called saved
must be there. The moment, the kind and the order within a kind come from the seed.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg

from bench.faults.site import ALONE, Visit, logged_text, make_admin
from bench.faults.writer import Writer
from tests.house.installation import Installation, name_of

KINDS: Final = ("hub", "postgres", "valkey", "all three")
WRITERS: Final = 4
DOCUMENTS: Final = 2
CHAPTER_KILLS: Final = 20
"""Then new documents: a history of thousands of kills is not what is asked about."""
PATIENCE_SECONDS: Final = 90.0


@dataclass
class Found:
    """Of one kill."""

    kind: str
    how: str
    acknowledged: int
    """Edits called saved since the kill before, and until this one."""
    lost: list[str]


@dataclass
class Tally:
    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    acknowledged: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)

    def note(self, found: Found) -> None:
        self.kills[found.kind] += 1
        self.acknowledged[found.kind] += found.acknowledged
        self.lost += found.lost

    def table(self) -> Iterable[str]:
        yield f"{'killed':<12}{'kills':>7}{'edits acknowledged':>20}{'lost':>7}"
        for kind in KINDS:
            lost = sum(each.startswith(f"{kind}:") for each in self.lost)
            yield f"{kind:<12}{self.kills[kind]:>7}{self.acknowledged[kind]:>20}{lost:>7}"
        yield f"{'together':<12}{self.kills.total():>7}{self.acknowledged.total():>20}{len(self.lost):>7}"


def in_random_order(chance: random.Random, kills: int) -> list[str]:
    """Each kind as often as the others."""
    kinds = [KINDS[n % len(KINDS)] for n in range(kills)]
    chance.shuffle(kinds)
    return kinds


async def run(
    place: Path,
    *,
    kills: int,
    seed: int,
    tell: Callable[[str], None] = lambda _: None,
    note: Callable[[Found], None] = lambda _: None,
    done: Iterable[Found] = (),
) -> Tally:
    """``note`` hears of each kill; ``done`` is what it heard in an earlier run with this seed."""
    tally = Tally(seed)
    for found in done:
        tally.note(found)
    kinds = in_random_order(random.Random(seed), kills)
    make_admin(place / "data", ALONE)
    house = Installation(place / "data", **ALONE)
    await asyncio.to_thread(house.start)
    try:
        visit = Visit(house.running.url)
        for at in range(tally.kills.total(), kills, CHAPTER_KILLS):
            chapter = kinds[at : at + CHAPTER_KILLS]
            async with Chapter(house, visit, random.Random(f"{seed}.{at}")) as people:
                for number, kind in enumerate(chapter, at + 1):
                    found = await people.kill(kind)
                    tally.note(found)
                    note(found)
                    tell(
                        f"{number:>4} {kind:<10}{found.how:<32}{found.acknowledged:>6} saved {len(found.lost):>3} lost"
                    )
                await people.agree()
    finally:
        await asyncio.to_thread(house.stop)
    return tally


class Chapter:
    """Some documents, and the people who write in them while things are killed."""

    def __init__(self, house: Installation, visit: Visit, chance: random.Random) -> None:
        self._house, self._visit, self._chance = house, visit, chance
        self._url = house.running.url
        self._documents = [visit.new_minutes(self._url, f"Họp thử {n}") for n in range(DOCUMENTS)]
        self._writers: list[tuple[Writer, UUID]] = []
        for number in range(WRITERS):
            document = self._documents[number % DOCUMENTS]
            writer = Writer(f"w{number}", self._door(document), random.Random(chance.random()))
            self._writers.append((writer, document))
        self._counted = 0

    def _door(self, document: UUID) -> Callable[[], tuple[str, dict[str, str]]]:
        return lambda: self._visit.door(self._url, document)

    async def __aenter__(self) -> Chapter:
        for writer, _ in self._writers:
            writer.start()
        await self._go_on()
        return self

    async def __aexit__(self, *error: object) -> None:
        for writer, _ in self._writers:
            await writer.stop()

    async def kill(self, kind: str) -> Found:
        await asyncio.sleep(self._chance.uniform(0.1, 0.8))  # the fault's own moment, not a wait for anything
        dies = kind in ("hub", "all three")
        if dies:
            self._let_in(False)
        how = _strike(self._house, kind, self._chance)
        if dies:
            await until(lambda: not any(writer.connected for writer, _ in self._writers))
        promised = [writer.acknowledged for writer, _ in self._writers]
        if dies:
            await asyncio.to_thread(self._house.start)
            self._url = self._house.running.url
        lost = [f"{kind}: {each}" for each in await self._lost(promised)]
        self._let_in(True)
        await self._go_on()
        acknowledged = sum(promised) - self._counted
        self._counted = sum(promised)
        return Found(kind, how, acknowledged, lost)

    async def agree(self) -> None:
        """Nobody types any more: everything becomes saved, and everybody and the log have the same."""
        for writer, _ in self._writers:
            writer.may_type.clear()
        await until(lambda: all(writer.settled for writer, _ in self._writers))
        for document in self._documents:
            logged = await logged_text(self._house.running.database, document)
            await until(lambda: {str(w.text) for w, of in self._writers if of == document} == {logged})  # noqa: B023
        refused = [each for writer, _ in self._writers for each in writer.refused]
        if refused:
            raise AssertionError(f"edits were refused: {refused[:3]}")

    def _let_in(self, may: bool) -> None:
        for writer, _ in self._writers:
            writer.may_connect.set() if may else writer.may_connect.clear()

    async def _go_on(self) -> None:
        """Everybody is told of something saved that he wrote from now on."""
        goals = [len(writer.edits) + 1 for writer, _ in self._writers]
        await until(lambda: all(w.acknowledged >= goal for (w, _), goal in zip(self._writers, goals, strict=True)))

    async def _lost(self, promised: list[int]) -> list[str]:
        texts = {document: await _readable(self._house, document) for document in self._documents}
        lost: list[str] = []
        for (writer, document), count in zip(self._writers, promised, strict=True):
            lost += writer.lost(texts[document], count)
        return lost


async def _readable(house: Installation, document: UUID) -> str:
    """The document in the log, as soon as the database answers again."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with suppress(psycopg.OperationalError):
                return await logged_text(house.running.database, document)
            await asyncio.sleep(0.02)


def _strike(house: Installation, kind: str, chance: random.Random) -> str:
    """SIGKILL to what the kind names; says to what."""
    servers: dict[str, list[int]] = {}
    for pid in house.children():
        with suppress(FileNotFoundError, ProcessLookupError):
            servers.setdefault(name_of(pid), []).append(pid)
    postgres, valkey = servers.get("postgres", []), servers.get("valkey-server", [])
    if kind == "hub":
        house.kill()
        return ""
    if kind == "valkey":
        return _kill("", valkey)
    if kind == "postgres":
        how = chance.choice(("postmaster", "a backend", "every process"))
        chosen = {"postmaster": postgres[:1], "a backend": [chance.choice(postgres[1:])], "every process": postgres}
        return _kill(how, chosen[how])
    steps: list[Callable[[], Any]] = [
        lambda: _kill("postgres", postgres), lambda: _kill("valkey", valkey), house.kill
    ]  # fmt: skip
    order = chance.sample(range(3), 3)
    for number in order:
        steps[number]()
    return "then ".join(("postgres ", "valkey ", "hub ")[number] for number in order).strip()


def _kill(what: str, pids: list[int]) -> str:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return what


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not true():  # noqa: ASYNC110  # the other side is another process
            await asyncio.sleep(0.01)
