"""A closed vote as a file that anybody can recount without our server: the record, and the program that reads it."""

import base64
import io
import zipfile
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

import msgspec

from hub.access import SeenMeeting
from hub.db import Work
from hub.errors import Forbidden, SecretItem
from hub.events import moment
from hub.meetings.models import WrongState
from hub.meetings.queries import items
from hub.votes import by_hand, papers, queries
from hub.votes.queries import VoteRow

READ_ME: Final = """\
Hồ sơ của một biểu quyết. Đếm lại và kiểm tra trên máy bất kỳ có Python 3.9 trở lên:

    python3 verify.py vote.json

vote.json   các lá phiếu, quy định đã áp dụng và chuỗi sự kiện của phiên họp
verify.py   chương trình kiểm tra, chỉ dùng thư viện chuẩn của Python
"""


async def bundle(work: Work, vote: VoteRow, meeting: SeenMeeting) -> bytes:
    """A ZIP for members of the body and who keeps its record. Nothing of an item marked Mật leaves."""
    if meeting.summary.my_role not in ("chair", "secretary", "delegate") and not meeting.i_may.manage:
        raise Forbidden
    if vote.state != "closed" or vote.rehearsal:
        raise WrongState
    marked = {item.id for item in await items(work.conn, meeting.id) if item.secrecy != "none"}
    if marked & set(vote.item_ids):
        raise SecretItem
    record = await record_of(work, meeting, [vote])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("vote.json", msgspec.json.format(msgspec.json.encode(record), indent=1))
        archive.writestr("verify.py", (files("hub.verify") / "standalone.py").read_bytes())
        archive.writestr("DOC-TRUOC.txt", READ_ME)
    return packed.getvalue()


async def record_of(work: Work, meeting: SeenMeeting, votes: list[VoteRow]) -> dict[str, Any]:
    """The chain of the meeting as of one moment, and what is needed to count these votes again."""
    await work.hold(meeting.id)
    cursor = await work.conn.execute(
        "SELECT seq, kind, body, at, hash FROM event WHERE meeting_id = %s ORDER BY seq", (meeting.id,)
    )
    chain = [
        {"seq": seq, "kind": kind, "body": bytes(body).decode(), "at": moment(at), "hash": bytes(digest).hex()}
        for seq, kind, body, at, digest in await cursor.fetchall()
    ]
    return {
        "format": "phien-record/1",
        "meeting": {"id": str(meeting.id), "title": meeting.summary.title},
        "head": chain[-1]["hash"] if chain else "",
        "chain": chain,
        "votes": [await _vote(work, vote) for vote in votes],
    }


async def _vote(work: Work, vote: VoteRow) -> dict[str, Any]:
    same = ("id", "item_ids", "kind", "question", "options", "choose", "secrecy", "on_paper", "silence", "result")
    record: dict[str, Any] = {name: getattr(vote, name) for name in same}
    record |= {"rule": vote.rule, "voters": await queries.count_voters(work.conn, vote.id)}
    if vote.on_paper:
        return record | {"salt": vote.salt.hex(), "paper_count": await by_hand.agreed_count(work, vote)}
    if vote.secrecy == "secret":
        return record | {"public_key": vote.public_key, "box": await _box(work, vote.id)}
    rows = await queries.ballots(work.conn, vote.id)
    chair = next((row for row in rows if row["chair"]), None)
    lines = [[row["user_id"], row["choice"], row["receipt"]] for row in rows]
    return record | {
        "roll": {"salt": vote.salt.hex(), "lines": lines},
        "chair_id": chair["user_id"] if chair else None,
        "chair_chose": chair["choice"][0] if chair else None,
    }


async def _box(work: Work, vote_id: UUID) -> list[dict[str, str]]:
    """In the order of hashes, in which the box's own hash was taken."""
    return [
        {"message": base64.b64encode(paper.message).decode(), "signature": base64.b64encode(paper.signature).decode()}
        for paper in await papers.box(work.conn, vote_id)
    ]
