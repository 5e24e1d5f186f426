"""Words of every kind put into the world of ``tenancy_world``, each under a mark of its own, and who may read each.

Whatever a route answers is searched for marks: a mark that reaches somebody who may not read it is a leak, whichever
route it came through, also one that is written next year.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

from hub.db import Work
from hub.papers.store import PaperStore
from tests.hub.tenancy_world import Sitting, Somebody, World

MARK: Final = re.compile(r"zq[0-9a-f]{10}")
Reads = Callable[[Somebody], bool]


@dataclass(frozen=True)
class Thing:
    id: UUID
    reads: Reads
    managed: Reads


@dataclass
class Words:
    """``told``: what each mark stands for and who may read it. ``things``: by the name routes give them."""

    world: World
    told: dict[str, tuple[str, Reads]] = field(default_factory=dict)
    things: dict[str, list[Thing]] = field(default_factory=dict)
    findable: list[tuple[str, Reads]] = field(default_factory=list)
    """Marks that the index holds."""

    def mark(self, what: str, reads: Reads) -> str:
        made = f"zq{self.world.dice.getrandbits(40):010x}"
        self.told[made] = (what, reads)
        return made

    def thing(self, name: str, thing_id: UUID, reads: Reads, one: Sitting | None = None) -> UUID:
        managed: Reads = (lambda who: self.world.manages(who, one)) if one else reads
        self.things.setdefault(name, []).append(Thing(thing_id, reads, managed))
        return thing_id


def only(user_id: UUID) -> Reads:
    return lambda who: who.id == user_id


def nobody(_: Somebody) -> bool:
    return False


def himself_or(user_id: UUID, others: Reads) -> Reads:
    return lambda who: who.id == user_id or others(who)


def those_who_see(world: World, one: Sitting) -> Reads:
    return lambda who: world.sees_meeting(who, one)


def those_who_reach(world: World, kind: str, thing: Any) -> Reads:
    return lambda who: world.reaches(who, kind, thing)


def or_prepare_for(world: World, one: Sitting, others: Reads) -> Reads:
    """And the people of the unit that prepares an item of it."""
    return lambda who: others(who) or world.hands_in(who, one)


async def furnish(work: Work, store: PaperStore, world: World) -> Words:
    words = Words(world)
    row = await (await work.conn.execute("SELECT id FROM paper_kind LIMIT 1")).fetchone()
    assert row is not None
    items = {id(one): thing_id for kind, thing_id, one in world.things if kind == "item"}
    for one in world.meetings:
        sees = those_who_see(world, one)
        words.thing("meeting_id", one.id, sees, one)
        asked = one.state != "draft" or world.dice.random() < 0.5
        unit = world.dice.choice([who.unit for who in world.people if who.commune == one.commune])
        one.prepares = unit if asked else None
        title = words.mark("title", or_prepare_for(world, one, sees))
        await work.conn.execute("UPDATE meeting SET title = %s WHERE id = %s", (f"Họp {title}", one.id))
        plain = words.thing("item_id", items[id(one)], sees, one)
        marked = words.thing("item_id", uuid4(), sees, one)
        await work.conn.execute(
            "INSERT INTO agenda_item (id, meeting_id, position, secrecy) VALUES (%s, %s, 'a1', 'mat')",
            (marked, one.id),
        )
        prepared = await _prepared(work, words, one, unit, sees)
        for item, secret in ((None, False), (plain, False), (marked, True), (prepared, False)):
            await _paper(work, store, words, one, item, row[0], secret=secret, handed_in=item == prepared)
        for item, secret in ((plain, False), (marked, True)):
            await _said(work, words, one, item, secret=secret)
        await _votes(work, words, one, plain)
        await _called(work, words, one)
    for kind, thing_id, thing in world.things:
        if kind in ("document", "comments", "opinion"):
            name = "document_id" if kind != "opinion" else "opinion_id"
            words.thing(name, thing_id, those_who_reach(world, kind, thing))
    for who in world.people:
        await _own(work, store, words, who)
    return words


async def _prepared(work: Work, words: Words, one: Sitting, unit: UUID, sees: Reads) -> UUID:
    """An item another unit prepares; its people learn its title, and nothing of the items beside it."""
    reads = or_prepare_for(words.world, one, sees)
    item = words.thing("item_id", uuid4(), sees, one)
    await work.conn.execute(
        "INSERT INTO agenda_item (id, meeting_id, position, title, unit_id) VALUES (%s, %s, 'a2', %s, %s)",
        (item, one.id, words.mark("prepared item", reads), unit),
    )
    if one.state == "draft" and one.prepares is not None:
        await work.conn.execute(
            "INSERT INTO meeting_call (meeting_id, papers_asked_at) VALUES (%s, %s)", (one.id, work.now)
        )
    return item


async def _content(work: Work, store: PaperStore, text: str) -> bytes:
    """A file that says so, read by the hub already."""
    content = f"%PDF-1.4 {text}".encode()
    sha256 = hashlib.sha256(content).digest()
    path = store.content(sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    await work.conn.execute(
        "INSERT INTO paper_file (sha256, size, format, state, pages, at) VALUES (%s, %s, 'pdf', 'ready', 1, %s)",
        (sha256, len(content), work.now),
    )
    await work.conn.execute("INSERT INTO paper_text (sha256, page, text) VALUES (%s, 1, %s)", (sha256, text))
    return sha256


async def _paper(
    work: Work,
    store: PaperStore,
    words: Words,
    one: Sitting,
    item: UUID | None,
    kind: UUID,
    *,
    secret: bool,
    handed_in: bool,
) -> None:
    """Two versions of it, and a note of somebody on the list who sees nobody else's."""
    conn, world = work.conn, words.world

    def reads(who: Somebody) -> bool:
        return not secret and (world.reads_papers(who, one) or (handed_in and world.hands_in(who, one)))

    def finds(who: Somebody) -> bool:
        return not secret and world.reads_papers(who, one)

    paper = words.thing("paper_id", uuid4(), reads, one)
    await conn.execute(
        "INSERT INTO paper (id, meeting_id, agenda_item_id, kind_id, title, made_at) VALUES (%s, %s, %s, %s, %s, %s)",
        (paper, one.id, item, kind, words.mark("paper", reads), work.now),
    )
    for number in (1, 2):
        said = words.mark(f"version {number}", reads)
        if number == 2 and one.state != "draft":
            words.findable.append((said, finds))
        sha256 = await _content(work, store, f"Mức thu của xã là {said} đồng một năm.")
        await conn.execute(
            "INSERT INTO paper_version (paper_id, number, sha256, name, note, by, at) VALUES (%s, %s, %s, %s, %s, %s,"
            " %s)",
            (paper, number, sha256, "to-trinh.pdf", words.mark("remark", reads), one.made_by, work.now),
        )
    author = world.dice.choice([user for user in one.roles if world.sees_meeting(world.person(user), one)])
    note = words.thing("note_id", uuid4(), only(author))
    await conn.execute(
        "INSERT INTO paper_note (id, user_id, paper_id, number, page, text, placed_number, placed_page, at, changed_at)"
        " VALUES (%s, %s, %s, 1, 1, %s, 2, 1, %s, %s)",
        (note, author, paper, words.mark("note", only(author)), work.now, work.now),
    )
    await conn.execute(
        "INSERT INTO notice (user_id, kind, meeting_id, item_id, thing_id, words, at)"
        " VALUES (%s, 'paper_changed', %s, %s, %s, %s, %s)",
        (author, one.id, item, paper, words.mark("notice", nobody if secret else only(author)), work.now),
    )


async def _said(work: Work, words: Words, one: Sitting, item: UUID, *, secret: bool) -> None:
    """Before the meeting, in it, and at its end: opinions, transcript, conclusion, a request to speak."""
    conn, world = work.conn, words.world

    def sees(who: Somebody) -> bool:
        return not secret and world.sees_meeting(who, one)

    for private in (False, True):
        author = world.dice.choice(list(one.roles))
        about = (one, author, private)
        reads = nobody if secret else those_who_reach(world, "opinion", about)
        opinion = words.thing("opinion_id", uuid4(), reads, one)
        said = words.mark("opinion", reads)
        await conn.execute(
            "INSERT INTO opinion (id, meeting_id, item_id, kind, private, by, text, at)"
            " VALUES (%s, %s, %s, 'question', %s, %s, %s, %s)",
            (opinion, one.id, item, private, author, said, work.now),
        )
        await conn.execute(
            "INSERT INTO opinion_answer (opinion_id, by, text, at) VALUES (%s, %s, %s, %s)",
            (opinion, author, words.mark("answer", reads), work.now),
        )
    speaker = next(user for user, role in one.roles.items() if role == "delegate")
    if not secret:
        await conn.execute(
            "INSERT INTO speech_request (id, meeting_id, item_id, user_id, kind, topic, position, requested_at,"
            " requested_by) VALUES (%s, %s, %s, %s, 'on_item', %s, 1, %s, %s)",
            (words.thing("request_id", uuid4(), sees, one), one.id, item, speaker, words.mark("topic", sees), work.now,
             speaker),
        )  # fmt: skip
    if one.state in ("draft", "published"):
        return
    session = uuid4()
    await conn.execute(
        "INSERT INTO caption_session (id, meeting_id, started_by, speaker_id, language, started_at, seen_at,"
        " stopped_at, reason) VALUES (%s, %s, %s, %s, 'vi', %s, %s, %s, 'left')",
        (session, one.id, speaker, speaker, work.now, work.now, work.now),
    )
    spoken, concluded = words.mark("transcript", sees), words.mark("conclusion", sees)
    words.findable += [(spoken, sees), (concluded, sees)]
    await conn.execute(
        "INSERT INTO transcript_segment (id, meeting_id, session_id, number, speaker_id, item_id, at, start_ms, end_ms,"
        " text) VALUES (gen_random_uuid(), %s, %s, 1, %s, %s, %s, 0, 900, %s)",
        (one.id, session, speaker, item, work.now, f"Tôi đề nghị {spoken} ngay."),
    )
    await conn.execute("UPDATE agenda_item SET conclusion = %s WHERE id = %s", (f"Giao {concluded} làm.", item))
    await conn.execute(
        "INSERT INTO conclusion (item_id, meeting_id, text, state, written, written_by, written_at)"
        " VALUES (%s, %s, %s, 'written', 1, %s, %s)",
        (item, one.id, words.mark("draft conclusion", sees), speaker, work.now),
    )


async def _votes(work: Work, words: Words, one: Sitting, item: UUID) -> None:
    """An open one with its roll, and a secret one whose box holds nothing of anybody."""
    conn, world = work.conn, words.world

    def sees(who: Somebody) -> bool:
        return world.sees_meeting(who, one)

    def rolls(who: Somebody) -> bool:
        member = one.roles.get(who.id) in ("chair", "secretary", "delegate")
        return sees(who) and (member or world.manages(who, one))

    for position, secrecy in enumerate(("open", "secret")):
        vote = words.thing("vote_id", uuid4(), sees, one)
        await conn.execute(
            "INSERT INTO vote (id, meeting_id, item_ids, position, kind, question, secrecy, rule_id, rule_version,"
            " silence, state, members, present) VALUES (%s, %s, %s, %s, 'question', %s, %s, 'hdnd', 1, 'not-voting',"
            " 'closed', 3, 3)",
            (vote, one.id, [item], position, words.mark("question", sees), secrecy),
        )
        for user, role in one.roles.items():
            if role in ("secretary", "guest"):
                continue
            await conn.execute("INSERT INTO vote_voter VALUES (%s, %s, %s, true)", (vote, user, role == "chair"))
            if secrecy == "open":
                remark = words.mark("ballot", himself_or(user, rolls))
                await conn.execute(
                    "INSERT INTO ballot (vote_id, user_id, choice, remark, receipt, cast_at)"
                    " VALUES (%s, %s, '{agree}', %s, 'R', %s)",
                    (vote, user, remark, work.now),
                )


async def _called(work: Work, words: Words, one: Sitting) -> None:
    """Invitations with a reason each, why somebody was away, what waits to be told of the draft."""
    conn, world = work.conn, words.world

    def keeps(who: Somebody) -> bool:
        return world.manages(who, one)

    if one.state == "draft":
        return
    await conn.execute(
        "INSERT INTO meeting_call (meeting_id, remarks, sequence, sent_at) VALUES (%s, 'Mang theo thẻ', 0, %s)",
        (one.id, work.now),
    )
    for seq, user in enumerate(one.roles, 1):
        reads = himself_or(user, keeps)
        await conn.execute(
            "INSERT INTO invitation (meeting_id, user_id, sequence, sent_at, answer, reason, answered_at, answered_by)"
            " VALUES (%s, %s, 0, %s, 'declined', %s, %s, %s)",
            (one.id, user, work.now, words.mark("why he does not come", reads), work.now, user),
        )
        await conn.execute(
            "INSERT INTO attendance (meeting_id, seq, user_id, state, since, told_at, how, reason)"
            " VALUES (%s, %s, %s, 'excused', %s, %s, 'manual', %s)",
            (one.id, seq, user, work.now, work.now, words.mark("why he was away", reads)),
        )


async def _own(work: Work, store: PaperStore, words: Words, who: Somebody) -> None:
    """A folder, a file of one's own in it, and a link to some paper, readable or not."""
    conn, mine = work.conn, only(who.id)
    folder, file = words.thing("folder_id", uuid4(), mine), words.thing("file_id", uuid4(), mine)
    await conn.execute("INSERT INTO own_folder VALUES (%s, %s, %s)", (folder, who.id, words.mark("folder", mine)))
    sha256 = await _content(work, store, words.mark("file of one's own", mine))
    await conn.execute(
        "INSERT INTO own_file (id, user_id, folder_id, name, sha256, at) VALUES (%s, %s, %s, %s, %s, %s)",
        (file, who.id, folder, words.mark("name", mine), sha256, work.now),
    )
    linked = words.world.dice.choice(words.things["paper_id"])
    await conn.execute(
        "INSERT INTO own_file (user_id, name, paper_id, at) VALUES (%s, 'Đường dẫn', %s, %s)",
        (who.id, linked.id, work.now),
    )


def leaks(words: Words, who: Somebody, body: str) -> list[str]:
    """What this person was told and may not know."""
    told: dict[str, Any] = {mark: words.told[mark] for mark in MARK.findall(body) if mark in words.told}
    return [what for what, reads in told.values() if not reads(who)]
