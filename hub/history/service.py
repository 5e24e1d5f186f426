"""The rules of a text's history: who may name, bring back and lock, and what a lock means."""

import asyncio
from typing import Final
from uuid import UUID

from hub.access import SeenDocument, access_document, access_meeting
from hub.db import Database, Work
from hub.documents import queries as logs
from hub.documents.service import LOCKED, Documents
from hub.errors import Forbidden, NotFound
from hub.history import queries
from hub.history.cutting import CannotRead, cut_apart, edit_apart, whole
from hub.history.models import (
    INVITED,
    KEPT,
    DocumentLocked,
    DocumentUnlocked,
    NotForVote,
    Reason,
    SameText,
    TextLocked,
    TextUnreadable,
    Version,
    VersionKind,
)
from hub.meetings.models import WrongState
from hub.users.models import Me
from realtime import DocumentUnavailable, NoSuchDocument
from realtime.replica import EMPTY_VECTOR
from realtime.wire import NOTHING

SETTLE_SECONDS: Final = 0.3
"""What other hubs get to hear of a lock before its version is made; what comes later is told as drifted."""
STORE_SECONDS: Final = 5.0


async def access_text(work: Work, me: Me, document_id: UUID) -> SeenDocument:
    """A document that has a history."""
    document = await access_document(work.conn, me, document_id)
    if document.kind not in KEPT:
        raise NotFound
    return document


def may_write(document: SeenDocument) -> None:
    if document.locked is not None:
        raise TextLocked
    if document.right != "write":
        raise Forbidden


async def cut_version(
    work: Work,
    document_id: UUID,
    kind: VersionKind,
    *,
    by: UUID | None = None,
    name: str = "",
    reason: Reason = "",
    restored_from: int | None = None,
    only_if_new: bool = False,
) -> int | None:
    """Makes a version of what the log has; its number. With ``only_if_new`` None where the newest has that text, unless
    this is the one people are invited with."""
    newest = await queries.hold_newest(work.conn, document_id)
    stored = await logs.read(work.conn, document_id, 0)
    if stored is None:
        raise NotFound
    invited = reason == INVITED and newest.reason != INVITED
    if only_if_new and stored.head <= newest.seq and not invited:
        return None
    if stored.damage is not None:  # what is missing of it may come back: a version without it would be a lie
        raise TextUnreadable("the log is damaged")
    try:
        cut = await cut_apart(stored.updates, newest.held, agenda=newest.agenda)
    except CannotRead as error:
        raise TextUnreadable(str(error)) from error
    nothing = newest.number == 0 and cut.letters == 0
    if only_if_new and (nothing or (cut.hash == newest.hash and not invited)):
        await queries.note_nothing_new(work.conn, document_id, stored.head)
        return None
    number = newest.number + 1
    await queries.insert_version(
        work.conn, document_id, number, stored.head, cut,
        kind=kind, name=name, reason=reason, restored_from=restored_from, by=by, at=work.now,
    )  # fmt: skip
    return number


async def show(work: Work, document_id: UUID, number: int | None) -> Version:
    found = await queries.version(work.conn, document_id, number) if number is not None else None
    if found is None:
        raise NotFound
    return found


async def name_present(work: Work, me: Me, document: SeenDocument, name: str) -> Version:
    may_write(document)
    number = await cut_version(work, document.id, "named", by=me.id, name=name.strip())
    return await show(work, document.id, number)


async def rename(work: Work, document: SeenDocument, number: int, name: str) -> Version:
    may_write(document)
    await queries.rename_version(work.conn, document.id, number, name.strip())
    return await show(work, document.id, number)


async def state_of(work: Work, document_id: UUID, number: int) -> bytes:
    """A Yjs update that makes the text of the version."""
    additions = await queries.additions(work.conn, document_id, number)
    if not additions:
        raise NotFound
    return whole(additions)


# --- bringing an old version back ---


async def restore(db: Database, documents: Documents, me: Me, document_id: UUID, number: int) -> Version:
    """A new edit that makes the text equal to the version: what others write meanwhile stays, and it can be undone.

    What stood there before is a version too, made first.
    """
    async with db.work() as work:
        document = await access_text(work, me, document_id)
        may_write(document)
        wanted = await state_of(work, document_id, number)
        await cut_version(work, document_id, "automatic", reason="before-restore", only_if_new=True)
    key = str(document_id)
    try:
        async with documents.registry.open(key) as live:
            client, update = await edit_apart(
                live.live.replica.missing(EMPTY_VECTOR), wanted, agenda=document.kind == "agenda"
            )
            if update == NOTHING:
                raise SameText
            async with db.work() as work:
                may_write(await access_text(work, me, document_id))
                if update[0]:  # something is written, not only taken away
                    await queries.note_authors(work.conn, [(document_id, client, me.id, True, True)])
            async with asyncio.timeout(STORE_SECONDS):
                await documents.registry.append(key, update)
    except CannotRead as error:
        raise TextUnreadable(str(error)) from error
    except NoSuchDocument:
        raise NotFound from None
    except (DocumentUnavailable, TimeoutError) as error:
        raise TextUnreadable("the log does not answer") from error
    async with db.work() as work:
        made = await cut_version(work, document_id, "restored", by=me.id, restored_from=number)
        return await show(work, document_id, made)


# --- locking for a vote ---


async def lock(db: Database, documents: Documents, me: Me, document_id: UUID) -> Version:
    """First nobody may write any more, everywhere; then the version is made of what everybody then sees."""
    async with db.work() as work:
        document = await access_text(work, me, document_id)
        await _may_lock(work, me, document)
        await freeze(work, document_id, me.id)
    await settle(documents, document_id)
    async with db.work() as work:
        return await lock_for_vote(work, document_id, me.id)


async def _may_lock(work: Work, me: Me, document: SeenDocument) -> None:
    meeting = await access_meeting(work.conn, me, document.meeting_id, "run")
    if document.kind != "draft_resolution":
        raise NotForVote
    if meeting.state == "closed":
        raise WrongState


async def freeze(work: Work, document_id: UUID, by: UUID) -> None:
    await queries.freeze(work.conn, document_id, by, work.now)
    work.publish(f"doc-rights:{document_id}", LOCKED)


async def settle(documents: Documents, document_id: UUID) -> None:
    """Until what was written before the lock is in the log, as far as this hub can know."""
    live = documents.registry.find(str(document_id))
    for editor in live.live.editors if live else ():
        editor.right = "read"  # those of other hubs hear it on the bus
    await asyncio.sleep(SETTLE_SECONDS)
    if live is None:
        return
    try:
        async with asyncio.timeout(STORE_SECONDS):
            await documents.registry.append(live.id, NOTHING)  # answered when everything before it is in the log
    except (DocumentUnavailable, NoSuchDocument, TimeoutError):
        raise TextUnreadable("the log does not answer") from None


async def lock_for_vote(work: Work, document_id: UUID, by: UUID) -> Version:
    """Locks the text as the log has it and gives the version with its hash; one that is locked stays as it is.

    The caller has asked whether ``by`` may. An edit under way in this very moment is told as ``drifted``: to be sure
    that there is none, freeze, settle, and lock then, as ``lock`` does.
    """
    await freeze(work, document_id, by)
    locked = await queries.locked_version(work.conn, document_id)
    if locked is not None:
        return locked[1]
    number = await cut_version(work, document_id, "vote", by=by)
    made = await show(work, document_id, number)
    await queries.lock_version(work.conn, document_id, made.number)
    meeting_id = await queries.meeting_of(work.conn, document_id)
    await work.tell(meeting_id, DocumentLocked(document_id, made.number, made.hash, by))
    return made


async def unlock(work: Work, me: Me, document: SeenDocument) -> None:
    await access_meeting(work.conn, me, document.meeting_id, "run")
    if await queries.unlock(work.conn, document.id):
        await work.tell(document.meeting_id, DocumentUnlocked(document.id, me.id))
        work.publish(f"doc-rights:{document.id}", b"changed")
