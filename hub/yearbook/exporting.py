"""Making a meeting's file, in a job: what goes into it, in which order, and how far it has come.

Only who may manage the meeting, asked again when the job runs. Nothing of an item marked Mật, no list of who was given
a secret paper. PDFs and Word files are made by the press's own children, so the hub goes on working.
"""

from typing import Any, Final
from uuid import UUID

import msgspec
import structlog

from hub.access import SeenMeeting, access_meeting, refuse_secret
from hub.db import Database, Work
from hub.errors import Forbidden, NotFound, Refusal
from hub.events import moment
from hub.exports.child import Press
from hub.exports.models import Format
from hub.exports.service import export as print_text
from hub.meetings.queries import items
from hub.papers.store import PaperStore
from hub.transcripts import files as spoken
from hub.transcripts.queries import gaps, transcript
from hub.users.models import Me
from hub.users.queries import person
from hub.votes.export import record_of as votes_record
from hub.votes.queries import votes as votes_of
from hub.yearbook import export_queries as queries
from hub.yearbook import queries as book
from hub.yearbook import reading
from hub.yearbook.bundle import Bundle, pretty, slug, verifier
from hub.yearbook.models import Export, ExportNotMade
from hub.yearbook.record import packed, record_of

log = structlog.get_logger()

PAPERS_BYTES: Final = 1024 * 1024 * 1024
"""Of all papers together; those past it are left out, and the file says so."""
FORMATS: Final[tuple[Format, ...]] = ("pdf", "docx")
TEXTS: Final = {"minutes": "bien-ban", "draft_resolution": "du-thao"}


class Source(msgspec.Struct, frozen=True):
    """All of one moment that is small enough to hold."""

    meeting: SeenMeeting
    record: dict[str, Any]
    record_bytes: bytes
    record_hash: str
    closed: bool
    chain: dict[str, Any]
    votes: list[dict[str, Any]]
    vtt: str
    txt: str


async def begin(work: Work, me: Me, meeting: SeenMeeting) -> UUID:
    """A file for who asks. One that he began and that still lives is the same."""
    if not meeting.i_may.manage:
        raise Forbidden
    if meeting.state in ("draft", "published"):
        raise ExportNotMade("nothing has happened yet")
    await queries.forget_old(work.conn, work.now)
    return await queries.begin(work.conn, meeting.id, me.id, work.now)


async def mine(work: Work, me: Me, meeting_id: UUID) -> Export | None:
    return await queries.latest(work.conn, meeting_id, me.id, work.now)


async def made(work: Work, me: Me, export_id: UUID) -> tuple[str, int]:
    """The name and the size of a finished file, for who began it and may still manage the meeting."""
    found = await queries.export(work.conn, export_id, me.id, work.now)
    if found is None:
        raise NotFound
    meeting = await access_meeting(work.conn, me, found[0], "manage")
    if found[1].state != "made":
        raise ExportNotMade
    return f"{slug(meeting.summary.title)}.zip", found[1].bytes


async def make(db: Database, press: Press, store: PaperStore, export_id: UUID) -> None:
    """The job. What goes wrong is told by the row's state; the log says why."""
    async with db.work() as work:
        claimed = await queries.claim(work.conn, export_id, work.now)
        me = await person(work.conn, claimed[1]) if claimed else None
    if claimed is None or me is None:
        return
    try:
        await _Maker(db, press, store, export_id, me).make(claimed[0])
    except BaseException as error:
        async with db.work() as work:
            await queries.fail(work.conn, export_id, work.now)
        if not isinstance(error, Refusal):
            raise
        log.warning("yearbook.export_refused", export=str(export_id), code=error.code, detail=error.detail)


class _Maker:
    def __init__(self, db: Database, press: Press, store: PaperStore, export_id: UUID, me: Me) -> None:
        self._db, self._press, self._store, self._id, self._me = db, press, store, export_id, me
        self._parts = self._done = self._total = 0

    async def _keep(self, part: bytes) -> None:
        async with self._db.work() as work:
            await queries.add_part(work.conn, self._id, self._parts, part, work.now)
        self._parts += 1

    async def _step(self, by: int = 1) -> None:
        self._done += by
        async with self._db.work() as work:
            await queries.progress(work.conn, self._id, self._done, self._total, work.now)

    async def make(self, meeting_id: UUID) -> None:
        async with self._db.work() as work:
            source = await read(work, self._me, meeting_id)
        record = source.record
        self._total = 2 + len(source.votes) + len(record["documents"]) * len(FORMATS) + len(record["papers"])
        await self._step(0)
        now = self._db.clock().astimezone(reading.VIETNAM)
        bundle = Bundle(self._keep, (now.year, now.month, now.day, now.hour, now.minute, now.second))
        links: reading.Links = {}
        left_out: list[dict[str, str]] = []
        await bundle.add("ho-so.json", source.record_bytes)
        await bundle.add("su-kien.json", pretty(source.chain))
        await self._step()
        await self._votes(bundle, source, links)
        await self._texts(bundle, source, links, left_out)
        await self._papers(bundle, record, links, left_out)
        if record["transcript"]:
            await bundle.add("loi-noi/loi-noi.vtt", source.vtt.encode())
            await bundle.add("loi-noi/loi-noi.txt", source.txt.encode())
            links["spoken"] = [("Văn bản", "loi-noi/loi-noi.txt"), ("Phụ đề WebVTT", "loi-noi/loi-noi.vtt")]
        about = {"head": source.chain["head"], "seq": len(source.chain["chain"]), "closed": source.closed}
        about |= {"record_hash": source.record_hash, "left_out": left_out}
        await bundle.add("index.html", reading.index(record, links, about))
        await bundle.add("DOC-TRUOC.txt", reading.READ_ME.format(title=record["meeting"]["title"]).encode())
        await bundle.add("verify.py", verifier())
        meeting = {"id": record["meeting"]["id"], "title": record["meeting"]["title"]}
        secret = [{"what": f"Nội dung {one['item']}", "why": "mang độ mật"} for one in record["left_out"]]
        manifest_hash = await bundle.finish(
            {"meeting": meeting, "made_at": moment(self._db.clock()), **about, "left_out": [*secret, *left_out]}
        )
        await self._step()
        async with self._db.work() as work:
            await queries.finish(work.conn, self._id, bundle.bytes, manifest_hash, work.now)

    async def _votes(self, bundle: Bundle, source: Source, links: reading.Links) -> None:
        for number, vote in enumerate(source.votes, 1):
            name = f"bieu-quyet/{number:02}-{slug(vote['question'], 40)}.json"
            await bundle.add(name, pretty({"format": "phien-vote/1", "vote": vote}))
            links[str(vote["id"])] = [("đếm lại", name)]
            await self._step()

    async def _texts(
        self, bundle: Bundle, source: Source, links: reading.Links, left_out: list[dict[str, str]]
    ) -> None:
        for number, text in enumerate(source.record["documents"]):
            stem = TEXTS[text["kind"]] + (f"-{number:02}-{slug(text['title'], 40)}" if text["title"] else "")
            for form in FORMATS:
                try:
                    _, content = await print_text(self._db, self._press, self._me, UUID(text["id"]), form)
                except Refusal as refusal:
                    left_out.append({"what": f"{stem}.{form}", "why": f"chưa tạo được ({refusal.code})"})
                else:
                    await bundle.add(f"van-ban/{stem}.{form}", content)
                    links.setdefault(text["id"], []).append((form.upper(), f"van-ban/{stem}.{form}"))
                await self._step()

    async def _papers(
        self, bundle: Bundle, record: dict[str, Any], links: reading.Links, left_out: list[dict[str, str]]
    ) -> None:
        room = PAPERS_BYTES
        for number, paper in enumerate(record["papers"], 1):
            path = self._store.content(bytes.fromhex(paper["sha256"]))
            stem, dot, ending = paper["name"].rpartition(".")
            name = f"tai-lieu/{number:02}-{slug(stem if dot else ending)}{'.' + slug(ending, 8) if dot else ''}"
            if paper["bytes"] > room:
                left_out.append({"what": paper["title"], "why": "tệp quá lớn, tải riêng từ Phiên"})
            elif not path.is_file():
                left_out.append({"what": paper["title"], "why": "không có trên máy tạo tệp này"})
            else:
                room -= paper["bytes"]
                await bundle.add_file(name, path)
                links[paper["id"]] = [("mở", name)]
            await self._step()


async def read(work: Work, me: Me, meeting_id: UUID) -> Source:
    """As of one moment: the frozen record where there is one, else as it would be frozen now."""
    meeting = await access_meeting(work.conn, me, meeting_id, "manage")
    await work.hold(meeting_id)
    frozen = await book.record(work.conn, meeting_id)
    record, _ = await record_of(work, meeting)
    content, digest = packed(record)
    if frozen is not None:
        content, digest = frozen, (await _frozen_hash(work, meeting_id))
    record = msgspec.json.decode(content)
    shown = {UUID(item["id"]) for item in record["agenda"] if "title" in item}
    for item in await items(work.conn, meeting_id):
        if item.id in shown:
            refuse_secret(item.secrecy)  # marked after the record was frozen: it has the words, so it does not leave
    kept = [
        vote
        for vote in await votes_of(work.conn, meeting_id)
        if vote.state == "closed" and not vote.rehearsal and vote.result is not None and set(vote.item_ids) <= shown
    ]
    proof = await votes_record(work, meeting, kept)
    votes = proof.pop("votes")
    secret = {UUID(item["id"]) for item in record["agenda"] if "title" not in item}
    proof["texts"] = await queries.told_texts(work.conn, meeting_id, secret, {vote.id for vote in kept})
    said, silent = await transcript(work.conn, meeting_id), await gaps(work.conn, meeting_id)
    titles = {UUID(item["id"]): f"{item['number']}. {item['title']}" for item in record["agenda"] if "title" in item}
    return Source(
        meeting=meeting,
        record=record,
        record_bytes=content,
        record_hash=digest,
        closed=frozen is not None,
        chain=proof,
        votes=votes,
        vtt=spoken.vtt(said, silent),
        txt=spoken.txt(meeting.summary.title, titles, said, silent),
    )


async def _frozen_hash(work: Work, meeting_id: UUID) -> str:
    entry = await book.entry(work.conn, meeting_id)
    assert entry is not None
    return entry.hash
