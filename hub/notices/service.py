"""The rules of notices. Whoever has something to tell calls ``notify`` inside his own transaction.

The rows are the truth; the bus only says to a person's pages that they may look again.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from hub.db import Work
from hub.notices import queries
from hub.notices.models import (
    ALWAYS_OUTSIDE,
    BY_PHONE,
    OUTSIDE_BY_DEFAULT,
    TOPIC,
    TOPICS,
    ChangedNoticeSettings,
    NoticeKind,
    Notices,
    NoticeSettings,
    Topic,
    Way,
)
from hub.users.models import Me

NOTICES_SHOWN: Final = 50
NOTICES_KEPT: Final = 500


async def notify(
    work: Work,
    people: Iterable[UUID],
    kind: NoticeKind,
    meeting_id: UUID | None,
    *,
    by: UUID | None = None,
    item_id: UUID | None = None,
    document_id: UUID | None = None,
    thread_id: str | None = None,
    thing_id: UUID | None = None,
    words: str = "",
    key: str | None = None,
    merge: bool = False,
) -> set[UUID]:
    """Who was told now. Nobody is told of what he did himself (``by``), nor the same ``key`` twice. ``merge``: an
    unread notice of the same kind and thing says the latest instead of standing there twice."""
    to = set(people) - {by}
    if not to:
        return set()
    notice: dict[str, Any] = {
        "kind": kind,
        "meeting_id": meeting_id,
        "document_id": document_id,
        "thread_id": thread_id,
        "item_id": item_id,
        "thing_id": thing_id,
        "by": by,
        "words": words[:1000],
        "key": key,
        "at": work.now,
    }
    rows = await queries.merge(work.conn, sorted(to), notice) if merge else []
    rows += await queries.insert(work.conn, sorted(to - {person for person, _ in rows}), notice)
    told = {person for person, _ in rows}
    topic = TOPIC[kind]
    await queries.queue(
        work.conn,
        [notice_id for _, notice_id in rows],
        topic,
        ("email", "phone") if topic in BY_PHONE else ("email",),
        work.now,
        default=topic in OUTSIDE_BY_DEFAULT,
        always=topic in ALWAYS_OUTSIDE,
    )
    await queries.forget_older(work.conn, sorted(told), NOTICES_KEPT)
    for person in told:
        work.publish(f"notices:{person}", b"new")
    return told


async def read_for_them(work: Work, people: Sequence[UUID], kind: NoticeKind, meeting_id: UUID) -> None:
    """What a newer notice says better, or what is done with, needs nobody's press any more."""
    await queries.settle(work.conn, people, kind, meeting_id, work.now)


async def notices_of_each(work: Work, people: Sequence[Me]) -> list[Notices]:
    """And so they have reached them."""
    ids = [me.id for me in people]
    unread = await queries.reach(work.conn, ids, work.now)
    newest = await queries.newest(work.conn, ids, NOTICES_SHOWN)
    return [Notices(*one) for one in zip(unread, newest, strict=True)]


async def mark_read(work: Work, me: Me, ids: list[UUID]) -> None:
    """His other pages hear of it too."""
    await queries.mark_read(work.conn, me.id, ids, work.now)
    work.publish(f"notices:{me.id}", b"read")


def goes_outside(topic: Topic, chosen: dict[str, bool]) -> bool:
    return topic in ALWAYS_OUTSIDE or chosen.get(topic, topic in OUTSIDE_BY_DEFAULT)


async def settings_of(work: Work, me: Me, ways: list[Way]) -> NoticeSettings:
    email, phone = await queries.addresses(work.conn, me.id)
    chosen = await queries.choices(work.conn, me.id)
    return NoticeSettings(
        email=email,
        phone=phone,
        outside=[topic for topic in TOPICS if goes_outside(topic, chosen)],
        always=sorted(ALWAYS_OUTSIDE),
        ways=ways,
    )


async def change_settings(work: Work, me: Me, changed: ChangedNoticeSettings) -> None:
    await queries.set_addresses(work.conn, me.id, changed.email, changed.phone)
    await queries.set_choices(
        work.conn, me.id, {topic: topic in changed.outside for topic in TOPICS if topic not in ALWAYS_OUTSIDE}
    )
