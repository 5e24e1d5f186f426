"""A file comes in pieces of at most 4 MiB, in order; a broken line goes on where it stopped. Then it is looked at.

``finish`` holds no connection while it reads the file: 200 MB take a second, and a checker as long as it likes.
"""

import asyncio
import base64
import hashlib
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from hub.access import access_hand_in, access_meeting, access_paper
from hub.db import Database, Work
from hub.errors import BadRequest, NotFound, Refusal
from hub.meetings.models import WrongState
from hub.minutes.service import OPEN
from hub.papers import own_queries, queries, service
from hub.papers import upload_queries as rows
from hub.papers.checking import Checker
from hub.papers.looking import look
from hub.papers.models import (
    CHUNK_BYTES,
    FILE_BYTES,
    MEETING_BYTES,
    MEETING_PAPERS,
    UPLOADS_AT_ONCE,
    VERSIONS,
    Arrived,
    DigestDiffers,
    DiskFull,
    FileTooLarge,
    FileUnchecked,
    MeetingFull,
    NewUpload,
    TooManyUploads,
    UnknownPaperKind,
    UploadBusy,
    UploadIncomplete,
    UploadState,
    WrongOffset,
)
from hub.papers.own import room_for
from hub.papers.store import PaperStore
from hub.papers.upload_queries import Upload
from hub.users.models import Me

FINISHING: Final = timedelta(minutes=5)  # past it whoever finished has died, and it may be finished again


async def begin(work: Work, store: PaperStore, me: Me, new: NewUpload) -> UploadState:
    if new.size > FILE_BYTES:
        raise FileTooLarge
    if "/" in new.name or "\0" in new.name:
        raise BadRequest("name: of a file, without a folder")
    await rows.hold_person(work.conn, me.id)
    if await rows.count_of(work.conn, me.id) >= UPLOADS_AT_ONCE:
        raise TooManyUploads
    meeting_id, item_id = new.meeting_id, new.item_id
    if new.paper_id is not None:
        paper = await access_paper(work.conn, me, new.paper_id, "hand_in")
        meeting_id, item_id = paper.meeting_id, paper.item_id
        if paper.number >= VERSIONS:
            raise MeetingFull
    if meeting_id is not None:
        if new.of_conclusion and new.paper_id is None:
            await check_conclusion(work, me, meeting_id, item_id)
        await _room_in_meeting(work, me, meeting_id, item_id, new)
    else:
        await room_for(work, me, new.size, new.folder_id)
    if await asyncio.to_thread(store.room) < new.size:
        raise DiskFull
    upload_id = await rows.insert(work.conn, me.id, new, meeting_id, item_id, work.now)
    return UploadState(id=upload_id, offset=0, size=new.size)


async def _room_in_meeting(work: Work, me: Me, meeting_id: UUID, item_id: UUID | None, new: NewUpload) -> None:
    receiving = await access_hand_in(work.conn, me, meeting_id, item_id)
    if receiving.state == "closed":
        raise WrongState
    if new.paper_id is None:
        if new.kind_id is None or new.title is None:
            raise UnknownPaperKind
        await service.check_kind(work, receiving.unit_id, new.kind_id)
    await work.hold(meeting_id)
    count, size = await queries.weight(work.conn, meeting_id)
    if (new.paper_id is None and count >= MEETING_PAPERS) or size + new.size > MEETING_BYTES:
        raise MeetingFull


async def check_conclusion(work: Work, me: Me, meeting_id: UUID, item_id: UUID | None) -> None:
    """Where a conclusion may be written: by secretary or chair, from the beginning until the record is closed."""
    if item_id is None:
        raise BadRequest("item_id: whose conclusion it is of")
    meeting = await access_meeting(work.conn, me, meeting_id, "run")
    if meeting.state not in OPEN:
        raise WrongState


async def _mine(work: Work, me: Me, upload_id: UUID) -> Upload:
    upload = await rows.held(work.conn, upload_id, me.id)
    if upload is None:
        raise NotFound
    return upload


async def state(work: Work, me: Me, upload_id: UUID) -> UploadState:
    upload = await _mine(work, me, upload_id)
    return UploadState(id=upload.id, offset=upload.received, size=upload.size)


async def take(
    work: Work, store: PaperStore, me: Me, upload_id: UUID, offset: int, piece: bytes, digest: str | None
) -> UploadState:
    """``digest``: RFC 9530 ``Content-Digest`` of the piece, where the sender can make one."""
    if len(piece) > CHUNK_BYTES:
        raise FileTooLarge
    upload = await _mine(work, me, upload_id)
    if upload.finishing_at is not None:
        raise UploadBusy
    if offset != upload.received:
        raise WrongOffset(str(upload.received))
    if offset + len(piece) > upload.size:
        raise FileTooLarge
    if digest is not None and not await asyncio.to_thread(_fits, piece, digest):
        raise DigestDiffers
    await asyncio.to_thread(store.write, upload_id, offset, piece)
    received = offset + len(piece)
    await rows.note_received(work.conn, upload_id, received, work.now)
    return UploadState(id=upload.id, offset=received, size=upload.size)


def _fits(piece: bytes, digest: str) -> bool:
    """A digest by another function than SHA-256 is not one we can hold against it."""
    if not digest.startswith("sha-256=:") or not digest.endswith(":"):
        raise BadRequest("content-digest: sha-256=:BASE64:")
    return base64.b64encode(hashlib.sha256(piece).digest()).decode() == digest[9:-1]


async def give_up(work: Work, store: PaperStore, me: Me, upload_id: UUID) -> None:
    await _mine(work, me, upload_id)
    await rows.drop(work.conn, upload_id)
    await asyncio.to_thread(store.drop_upload, upload_id)


async def finish(db: Database, store: PaperStore, checker: Checker, me: Me, upload_id: UUID) -> Arrived:
    """All of it is here: looked at, checked, kept. What is refused is gone; the sender begins anew."""
    async with db.work() as work:
        upload = await _mine(work, me, upload_id)
        if upload.arrived is not None:  # the answer was lost on its way, and is asked for again
            return msgspec.json.decode(upload.arrived, type=Arrived)
        if upload.finishing_at is not None and work.now - upload.finishing_at < FINISHING:
            raise UploadBusy
        if upload.received != upload.size:
            raise UploadIncomplete(str(upload.received))
        await rows.note_finishing(work.conn, upload_id, work.now)
    path = store.upload(upload_id)
    try:
        sha256 = await asyncio.to_thread(store.digest, path)
        if upload.sha256 is not None and sha256 != upload.sha256:
            raise DigestDiffers
        format_ = await asyncio.to_thread(look, path)
        await checker.check(path)
        async with db.work() as work:
            arrived = await _arrive(work, store, me, await _mine(work, me, upload_id), sha256, format_)
            await rows.note_arrived(work.conn, upload_id, arrived)
            return arrived
    except (FileUnchecked, DiskFull):  # nothing is wrong with the file: it waits, and is finished again
        async with db.work() as work:
            await rows.note_finishing(work.conn, upload_id, None)
        raise
    except Refusal:
        async with db.work() as work:
            await rows.drop(work.conn, upload_id)
        await asyncio.to_thread(store.drop_upload, upload_id)
        raise
    except BaseException:
        async with db.work() as work:
            await rows.note_finishing(work.conn, upload_id, None)
        raise


async def _arrive(work: Work, store: PaperStore, me: Me, upload: Upload, sha256: bytes, format_: str) -> Arrived:
    """Rights are asked again: an hour may have passed since it began."""
    item_id = upload.agenda_item_id
    if upload.paper_id is not None:  # it may have been moved meanwhile
        item_id = (await access_paper(work.conn, me, upload.paper_id, "hand_in")).item_id
    if upload.meeting_id is not None:
        receiving = await access_hand_in(work.conn, me, upload.meeting_id, item_id)
        if receiving.state == "closed":
            raise WrongState
    await rows.hold_content(work.conn, sha256)
    await asyncio.to_thread(store.keep, store.upload(upload.id), sha256)
    first_state = "ready" if format_ in ("png", "jpeg", "webp") else "waiting"
    await rows.insert_content(work.conn, sha256, upload.size, format_, first_state, work.now)
    if upload.meeting_id is None:
        file_id = await own_queries.insert_file(work.conn, me.id, upload.folder_id, upload.name, sha256, None, work.now)
        return Arrived(sha256=sha256.hex(), own_file_id=file_id)
    if upload.paper_id is not None:
        number = await service.replace(work, me, upload.paper_id, sha256, upload.name, upload.note)
        return Arrived(sha256=sha256.hex(), paper_id=upload.paper_id, number=number)
    assert upload.kind_id is not None
    if upload.of_conclusion:
        await check_conclusion(work, me, upload.meeting_id, upload.agenda_item_id)
    paper_id = await service.add(
        work,
        me,
        upload.meeting_id,
        upload.agenda_item_id,
        upload.kind_id,
        upload.title,
        sha256,
        upload.name,
        upload.note,
        of_conclusion=upload.of_conclusion,
    )
    return Arrived(sha256=sha256.hex(), paper_id=paper_id, number=1)
