"""The one load generator: reads a job as JSON from its input, drives one server with it, and prints what it found.

It runs in an environment of its own, so that nothing of the product is imported here.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop

from bench.documents import machine, yjs
from bench.documents.client import CURSOR, EDIT, Connection, Run, Target, now

WATCHED = 3
"""Connections whose document is put together from what they got; the others' edits are counted."""
PATIENCE = 30.0


@dataclass
class Job:
    target: Target
    server: int
    """The process that answers."""
    services: list[int] = field(default_factory=list)
    """Others it needs, such as a database, with all below them; its other children are counted as the server's."""
    work: str = "typing"
    documents: int = 1
    editors: int = 1
    readers: int = 0
    edits_a_second: float = 5.0
    cursors_a_second: float = 0.0
    warm: float = 1.5
    seconds: float = 6.0
    state: str = ""
    """joins: a file with the update that the document holds."""
    at_once: int = 200
    singles: int = 7
    megabytes: float = 40.0
    stalled: int = 0

    def beside(self) -> list[int]:
        return [p for service in self.services for p in (service, *machine.below(service))]

    def processes(self) -> list[int]:
        beside = set(self.beside())
        return [p for p in (self.server, *machine.below(self.server)) if p not in beside]


def percentiles(found: Any) -> dict[str, float]:
    if not len(found):
        return {}
    ordered = sorted(found)
    return {f"p{p}": round(ordered[min(len(ordered) - 1, len(ordered) * p // 100)] * 1e3, 2) for p in (50, 95, 99)}


@dataclass
class Costs:
    """Between two moments."""

    job: Job
    began: float = field(default_factory=now)
    server: dict[int, float] = field(default_factory=dict)
    services: dict[int, float] = field(default_factory=dict)
    own: float = 0.0

    def __post_init__(self) -> None:
        self.server, self.services = machine.seconds(self.job.processes()), machine.seconds(self.job.beside())
        self.own = time.process_time()

    def so_far(self) -> dict[str, float]:
        return {
            "wall": now() - self.began,
            "server": machine.since(self.server, self.job.processes()),
            "services": machine.since(self.services, self.job.beside()),
            "generator": (time.process_time() - self.own) / (now() - self.began),
        }


async def quiet(connections: list[Connection]) -> None:
    """Until nothing has come for a while."""
    last, since = -1, now()
    until = since + PATIENCE
    while now() < until and now() - since < 1.5:
        await asyncio.sleep(0.1)
        frames = sum(c.frames for c in connections)
        if frames != last:
            last, since = frames, now()


Event = tuple[float, Connection, bytes, tuple[int, int, int, int]]


async def play(run: Run, job: Job, connections: list[Connection], events: list[Event]) -> tuple[dict[str, Any], int]:
    """Sends each message at its time; what is measured begins after the warm-up. Returns how many were sent."""
    start, costs, late, at = now() + 0.05, None, 0.0, 0
    before: tuple[int, int, int] = (0, 0, 0)
    end = job.warm + job.seconds
    while True:
        moment = now() - start
        if costs is None and moment >= job.warm:
            run.measuring, costs, before = True, Costs(job), _counted(connections)
        if moment >= end:
            break
        while at < len(events) and events[at][0] <= moment:
            due, connection, message, key = events[at]
            at += 1
            late = max(late, moment - due)
            run.sent[key] = now()
            connection.say(message)
        due = min(events[at][0] if at < len(events) else end, end if costs else job.warm)
        await asyncio.sleep(max(0.0, due - (now() - start)))
    assert costs is not None
    found: dict[str, Any] = costs.so_far()
    edits, cursors, frames = (a - b for a, b in zip(_counted(connections), before, strict=True))
    delivered = max(1, edits + cursors)
    found |= {
        "delivered": delivered, "frames": frames, "late_ms": round(late * 1e3, 1),
        "us": found["server"] / delivered * 1e6, "us_services": found["services"] / delivered * 1e6,
        "mb": machine.megabytes(job.processes()),
    }  # fmt: skip
    return found, at


def _counted(connections: list[Connection]) -> tuple[int, int, int]:
    return (
        sum(c.edits for c in connections),
        sum(c.cursors for c in connections),
        sum(c.frames for c in connections),
    )


async def seeded(run: Run, documents: int, base: bytes) -> list[Connection]:
    """The documents with their first state in them, each kept open by one connection."""
    keepers = await run.join([(document, 0, 0) for document in range(documents)])
    for keeper in keepers:
        keeper.say(yjs.update_message(base))
    await asyncio.sleep(0.5)
    return keepers


async def typing(run: Run, job: Job) -> dict[str, Any]:
    """Editors at work in some documents, readers beside them."""
    base = yjs.first_state()
    total = job.warm + job.seconds
    strokes = int(job.edits_a_second * total) + 2
    moves = int(job.cursors_a_second * total) + 2 if job.cursors_a_second else 0
    typed = [yjs.keystrokes(base, writer, strokes) for writer in range(job.editors)]
    moved = [yjs.cursors(writer, moves) for writer in range(job.editors)]
    idle = machine.megabytes(job.processes())
    keepers = await seeded(run, job.documents, base)
    each = job.editors + job.readers
    places = [
        (document, 1 + document * each + n, yjs.FIRST_WRITER + n if n < job.editors else 0)
        for document in range(job.documents)
        for n in range(each)
    ]
    connections = await run.join(places)
    for keeper in keepers:
        keeper.leave()
    await asyncio.sleep(0.5)
    drawn, events = random.Random(5), []
    for document in range(job.documents):
        for writer in range(job.editors):
            connection = connections[document * each + writer]
            client = yjs.FIRST_WRITER + writer
            first = drawn.random() / job.edits_a_second
            for k, update in enumerate(typed[writer]):
                at, key = first + k / job.edits_a_second, (document, EDIT, client, k)
                events.append((at, connection, yjs.update_message(update), key))
            first = drawn.random() / job.cursors_a_second if moves else 0.0
            for k, message in enumerate(moved[writer]):
                key = (document, CURSOR, client, k + 1)
                events.append((first + k / job.cursors_a_second, connection, message, key))
    events.sort(key=lambda event: event[0])
    for connection in connections[:WATCHED]:
        connection.kept = []
    found, sent = await play(run, job, connections, events)
    run.measuring = False
    await quiet(connections)
    found["grown_mb"] = found["mb"] - idle
    found["edits_ms"], found["cursors_ms"] = percentiles(run.edits), percentiles(run.cursors)
    found["saved"] = sum(c.saved for c in connections)
    counted = {}
    for _, _, _, (document, what, client, _) in events[:sent]:
        if what == EDIT:
            counted[document, client] = counted.get((document, client), 0) + 1
    found["wrong"] = await _unequal(run, connections, counted, base, typed)
    for connection in connections:
        connection.leave()
    return found


async def _unequal(
    run: Run, connections: list[Connection], counted: dict[tuple[int, int], int], base: bytes, typed: list[list[bytes]]
) -> str:
    """Empty when everybody got everything and the documents put together are equal to the one a newcomer gets."""
    if gone := sum(c.closed for c in connections):
        return f"{gone} connections lost"
    of_document: dict[int, int] = {}
    for (document, _), count in counted.items():
        of_document[document] = of_document.get(document, 0) + count
    missing = sum(
        of_document.get(c.document, 0) - counted.get((c.document, c.writer), 0) - c.edits for c in connections
    )
    if missing:
        return f"{missing} edits not delivered, or delivered twice"

    def own(client: int) -> list[bytes]:
        return typed[client - yjs.FIRST_WRITER][: counted.get((0, client), 0)] if client else []

    expected = yjs.text_of([base, *(u for document, client in counted if not document for u in own(client))])
    newcomer = await run.connect(0)
    async with asyncio.timeout(PATIENCE):
        await newcomer.joined
    newcomer.leave()
    if yjs.text_of([newcomer.state]) != expected:
        return "a newcomer gets another text"
    for connection in connections[:WATCHED]:
        if (
            connection.document == 0
            and yjs.text_of([base, *own(connection.writer), *(connection.kept or ())]) != expected
        ):
            return "a reader ends with another text"
    return ""


async def joins(run: Run, job: Job) -> dict[str, Any]:
    """A large document: one newcomer after the other, then a crowd at once."""
    state = await asyncio.to_thread(Path(job.state).read_bytes)
    keepers = await seeded(run, 1, state)
    expected = yjs.text_of([state])
    async with asyncio.timeout(PATIENCE):
        while True:
            probe = await run.connect(0)
            await probe.joined
            probe.leave()
            if len(probe.state) > len(state) // 2:
                break
            await asyncio.sleep(0.2)
    waited = []
    singles = Costs(job)
    for n in range(job.singles):
        one = await run.connect(0, person=n)
        waited.append(await one.joined - one.began)
        one.leave()
        await asyncio.sleep(0.05)
    alone = singles.so_far()
    await asyncio.sleep(0.5)
    crowd = Costs(job)

    async def newcomer(n: int) -> Connection:
        connection = await run.connect(0, person=1 + n, patience=120)
        async with asyncio.timeout(120):
            await connection.joined
        return connection

    crowded = await asyncio.gather(*map(newcomer, range(job.at_once)))
    found: dict[str, Any] = crowd.so_far()
    found["mb"] = machine.megabytes(job.processes())
    found["one_ms"] = sorted(waited)[len(waited) // 2] * 1e3
    found["one_cpu_ms"] = alone["server"] / job.singles * 1e3
    found["wrong"] = "" if all(yjs.text_of([c.state]) == expected for c in crowded[:WATCHED]) else "another text"
    if any(len(c.state) != len(crowded[0].state) for c in crowded):
        found["wrong"] = "not everybody got the same"
    for connection in [*keepers, *crowded]:
        connection.leave()
    return found


async def stalled(run: Run, job: Job) -> dict[str, Any]:
    """Some readers take nothing any more while much goes by; the others are timed."""
    base, letters = yjs.first_state(), 40_000
    run.stride = letters
    count = int(job.megabytes * 1e6 / letters) * 2
    updates = yjs.written_and_removed(base, 0, count, letters)
    keepers = await seeded(run, 1, base)
    writer = (await run.join([(0, 1, yjs.FIRST_WRITER)]))[0]
    readers = await run.join([(0, 2 + n, 0) for n in range(job.readers)])
    lost = await run.join([(0, 2 + job.readers + n, 0) for n in range(job.stalled)])
    for connection in lost:
        connection.stall()
    await asyncio.sleep(0.5)
    before, most, costs = machine.megabytes([job.server]), 0.0, Costs(job)
    run.measuring = True
    for k in range(0, count, 2):
        run.sent[0, EDIT, writer.writer, k // 2 * letters] = now()
        writer.say(yjs.update_message(updates[k]))
        writer.say(yjs.update_message(updates[k + 1]))
        await asyncio.sleep(0.01)  # below the rate at which ours sends a client away
        if k % 50 == 0:
            most = max(most, machine.megabytes([job.server]))
    await quiet(readers)
    most = max(most, machine.megabytes([job.server]))
    found: dict[str, Any] = costs.so_far()
    found |= {"grown_mb": most - before, "edits_ms": percentiles(run.edits)}
    found["wrong"] = "" if all(r.edits == count // 2 and not r.closed for r in readers) else "a reader lost something"
    for connection in [*keepers, writer, *readers, *lost]:
        connection.leave()
    return found


async def main() -> None:
    told = json.load(sys.stdin)
    job = Job(**{**told, "target": Target(**told["target"])})
    run = Run(job.target)
    found = await {"typing": typing, "joins": joins, "stalled": stalled}[job.work](run, job)
    print(json.dumps(found))


if __name__ == "__main__":
    uvloop.run(main())
