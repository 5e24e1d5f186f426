"""What the history of a text costs on the disk: ``python -m bench.history [--edits 20000]``.

Three people write a draft resolution over a real log and the hub's own code, a keystroke an update, with corrections;
a version makes itself every ten minutes of writing. Bytes are what PostgreSQL holds for the rows, their heads included.
"""

import argparse
import asyncio
import random
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from hub.children.postgres import EmbeddedPostgres
from hub.db import Database
from hub.db.migrate import migrate
from hub.documents import queries as logs
from hub.documents.reading import document_of
from hub.history import queries
from hub.history.canonical import content, text_hash
from hub.history.cutting import whole
from hub.history.service import cut_version
from realtime import InProcessBus
from realtime.replica import merge, whole_state

EDITS_A_VERSION: Final = 10 * 60 * 2  # two keystrokes a second among three people, ten minutes
TEXT: Final = """
    ủy ban nhân dân xã có trách nhiệm tổ chức thực hiện nghị quyết này kinh phí đầu tư từ nguồn ngân sách địa phương
    năm đồng thời giao thường trực hội đồng các ban và đại biểu giám sát việc triển khai dự án đường liên thôn trường
"""
VOCABULARY: Final = TEXT.split()


@dataclass
class Writer:
    random: random.Random
    doc: "Doc[Any]"
    left: str = ""
    heard: int = 0

    def edit(self) -> bytes:
        """One keystroke, as a browser sends it."""
        said: list[bytes] = []
        observer = self.doc.observe(lambda event: said.append(event.update))
        with self.doc.transaction():
            self.key()
        self.doc.unobserve(observer)
        return said[0]

    def key(self) -> None:
        """Mostly the next letter of a word, now and then a correction or a new paragraph."""
        blocks = self.doc.get("default", type=XmlFragment).children
        chance = self.random.random()
        if len(blocks) == 0 or chance < 0.004:
            at = len(blocks) if self.random.random() < 0.7 else self.random.randint(0, len(blocks))
            element = blocks.insert(at, XmlElement("paragraph"))
            element.attributes["part"] = self.random.choice(["article", "clause", "point"])
            element.children.append(XmlText(""))
        else:
            block = blocks[self.random.randrange(max(0, len(blocks) - 6), len(blocks))]
            assert isinstance(block, XmlElement)
            text = block.children[0]
            assert isinstance(text, XmlText)
            letters = "".join(part for part, _ in text.diff())
            if letters and chance < 0.12:
                text_at = len(letters[:-1].encode())
                del text[text_at : len(letters.encode())]
            else:
                self.left = self.left or self.random.choice(VOCABULARY) + " "
                text.insert(len(letters.encode()), self.left[0])
                self.left = self.left[1:]


def written(edits: int, seed: int) -> list[bytes]:
    chance = random.Random(seed)
    writers = [Writer(random.Random(seed + n), Doc(client_id=chance.getrandbits(32))) for n in range(3)]
    log: list[bytes] = []
    while len(log) < edits:
        writer = chance.choice(writers)
        for update in log[writer.heard :]:
            writer.doc.apply_update(update)
        writer.heard = len(log)
        for _ in range(chance.randint(20, 80)):  # a person types for a while
            log.append(writer.edit())
        writer.heard = len(log)
    return log[:edits]


async def a_document(conn: psycopg.AsyncConnection[Any]) -> UUID:
    unit, meeting, document = uuid4(), uuid4(), uuid4()
    await conn.execute("INSERT INTO unit (id, name, kind) VALUES (%s, 'Xã', 'commune')", (unit,))
    await conn.execute(
        "INSERT INTO meeting (id, unit_id, title, kind, place, starts_at, ends_at)"
        " VALUES (%s, %s, 'Kỳ họp', 'council', 'Hội trường', now(), now() + interval '1 hour')",
        (meeting, unit),
    )
    await conn.execute(
        "INSERT INTO document (id, meeting_id, kind, created_at) VALUES (%s, %s, 'minutes', now())", (document, meeting)
    )
    return document


async def measure(conninfo: str, edits: int, seed: int) -> None:
    log = written(edits, seed)
    now = [datetime(2026, 3, 2, 8, 0, tzinfo=UTC)]
    states: list[int] = []
    async with Database(conninfo, InProcessBus(), lambda: now[0]) as db:
        async with db.work() as work:
            document = await a_document(work.conn)
        hashes = []
        for start in range(0, len(log), EDITS_A_VERSION):
            upto = min(start + EDITS_A_VERSION, len(log))
            async with db.work() as work:
                await logs.append(work.conn, [(document, update) for update in log[start:upto]])
            now[0] += timedelta(minutes=10)
            async with db.work() as work:
                await cut_version(work, document, "automatic", reason="interval", only_if_new=True)
            state = whole_state(log[:upto])
            states.append(len(state))
            hashes.append(text_hash(content(document_of(state))))
        async with db.work() as work:
            versions = await queries.versions(work.conn, document, None, 200)
            for version in versions:  # every version still makes its own text
                additions = await queries.additions(work.conn, document, version.number)
                found = text_hash(content(document_of(whole(additions))))
                assert found == hashes[version.number - 1] == bytes.fromhex(version.hash)
            bytes_of = await sizes(work.conn, document)
    report(edits, len(versions), merge(log), log, states, bytes_of)


async def sizes(conn: psycopg.AsyncConnection[Any], document: UUID) -> dict[str, int]:
    found = {}
    for table in ("document_version", "document_history", "document_update"):
        cursor = await conn.execute(
            f"SELECT coalesce(sum(pg_column_size(t.*)), 0)::bigint FROM {table} t WHERE document_id = %s", (document,)
        )
        row = await cursor.fetchone()
        assert row is not None
        found[table] = row[0]
    return found


def report(
    edits: int, versions: int, merged: bytes, log: list[bytes], states: list[int], bytes_of: dict[str, int]
) -> None:
    thousands = edits / 1000
    history = bytes_of["document_version"] + bytes_of["document_history"]
    print(f"{edits} edits by three people, {versions} versions, one every {EDITS_A_VERSION} edits; all read back equal")
    print(f"{'':44}{'bytes':>12}{'per 1,000 edits':>18}")
    for name, size in (
        ("history: versions, hashes and their index row", history),
        ("the log itself before it is compacted, rows", bytes_of["document_update"]),
        ("the log's updates alone", sum(map(len, log))),
        ("the same merged into one update", len(merged)),
        ("the compacted state of the text", states[-1]),
        ("for comparison: each version a whole state", sum(states)),
    ):
        print(f"{name:44}{size:>12,}{size / thousands:>18,.0f}")
    print(f"a version costs {bytes_of['document_version'] / versions:,.0f} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.history", description=__doc__)
    parser.add_argument("--edits", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    said = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="phien-bench-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder) / "data", Path(folder) / "run", throwaway=True)
        server.start()
        try:
            migrate(server.conninfo)
            asyncio.run(measure(server.conninfo, said.edits, said.seed))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
