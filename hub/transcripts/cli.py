"""``phien caption FILE``: a sound file becomes captions of a running meeting, through the hub's public socket."""

import asyncio
import contextlib
import json
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from ai.captions import RATE
from hub.children.process import CannotStart
from hub.clock import system_clock
from hub.folder import DataFolder
from hub.house import a_database
from hub.installation import read_installation
from hub.settings import Settings
from hub.transcripts import tokens
from hub.transcripts.sound import NotSound, samples

Say = Callable[[str], None]
LAST_WORDS_SECONDS = 60.0

REFUSED = {
    "not-found": "there is no such meeting for {who}.",
    "forbidden": "{who} has no microphone in this meeting.",
    "meeting-not-running": "the meeting is not running; captions are for running meetings.",
    "secret-item": "the meeting is at an item marked secret: no captions.",
    "captions-away": "the hub has no caption service.",
    "unknown-language": "captions are in vi or en.",
    "speaker-has-microphone": "somebody else is captioning {who} now.",
    "too-many-microphones": "the meeting has as many microphones open as it may.",
    "not-signed-in": "the hub does not know this installation's key: is PHIEN_DATA the one it runs on?",
}
ENDED = {
    "secret-item": "stopped: the meeting came to an item marked secret.",
    "meeting-over": "stopped: the meeting is over.",
    "stopped": "stopped by somebody in the meeting.",
    "replaced": "stopped: the speaker opened another microphone.",
}


@dataclass(frozen=True)
class Door:
    """Where the hub listens, and what opens this microphone."""

    url: str
    who: str
    token: str


def caption_file(
    settings: Settings,
    file: Path,
    meeting: str,
    *,
    username: str | None,
    language: str,
    fast: bool,
    say: Say,
    tell: Say,
) -> int:
    """Prints each final caption. 0 when the whole file was heard."""
    try:
        meeting_id = UUID(meeting)
    except ValueError:
        raise CannotStart(f"{meeting!r} is not the id of a meeting.") from None
    try:
        sound = samples(file)
        first = next(sound)  # a file that is none is refused before anybody's microphone opens
    except NotSound as wrong:
        raise CannotStart(str(wrong)) from None
    door = find_door(settings, meeting_id, username, tell)
    return asyncio.run(play(door, meeting_id, [first], sound, language=language, fast=fast, say=say, tell=tell))


def find_door(settings: Settings, meeting_id: UUID, username: str | None, tell: Say) -> Door:
    folder = DataFolder(settings.data)
    running = folder.running() if settings.database is None and folder.path.exists() and folder.is_held() else None
    if settings.database is None and running is None:
        raise CannotStart("no hub runs here; start it with ./run, then caption into its running meeting.")
    with a_database(settings, tell) as reached:
        user_id, name = speaker(reached.conninfo, meeting_id, username)
        token = tokens.issue(read_installation(reached.conninfo), meeting_id, user_id, system_clock())
        return Door(running.local if running else reached.url, name, token.token)


def speaker(conninfo: str, meeting_id: UUID, username: str | None) -> tuple[UUID, str]:
    """The person named, else the meeting's secretary, else its chair."""
    with psycopg.connect(conninfo) as conn:
        row = (
            conn.execute("SELECT id, name FROM app_user WHERE username = %s AND active", (username.lower(),)).fetchone()
            if username
            else conn.execute(
                "SELECT u.id, u.name FROM participant p JOIN app_user u ON u.id = p.user_id"
                " WHERE p.meeting_id = %s AND p.role IN ('secretary', 'chair') AND u.active"
                " ORDER BY p.role DESC, p.position LIMIT 1",
                (meeting_id,),
            ).fetchone()
        )
    if row is None:
        raise CannotStart(f"nobody is named {username!r}." if username else f"there is no meeting {meeting_id}.")
    return row


async def play(
    door: Door,
    meeting_id: UUID,
    begun: list[bytes],
    sound: Iterator[bytes],
    *,
    language: str,
    fast: bool,
    say: Say,
    tell: Say,
) -> int:
    address = door.url.replace("http", "ws", 1)
    words = f"language={language}&token={door.token}{'&fast=true' if fast else ''}"
    to_ourselves = None
    if address.startswith("wss:"):
        to_ourselves = ssl.create_default_context()  # our own hub, by the key of its own installation
        to_ourselves.check_hostname, to_ourselves.verify_mode = False, ssl.CERT_NONE
    try:
        ws = await connect(
            f"{address}/ws/meetings/{meeting_id}/microphone?{words}", compression=None, ssl=to_ourselves, proxy=None
        )
    except (OSError, InvalidHandshake) as error:
        raise CannotStart(f"the hub at {door.url} cannot be reached: {error}.") from None
    async with ws:
        listening = asyncio.create_task(listen(ws, say, tell))
        speaking = asyncio.create_task(speak(ws, begun, sound, fast=fast))
        try:
            await asyncio.wait({listening, speaking}, return_when=asyncio.FIRST_COMPLETED)
            if speaking.done():
                speaking.result()
                async with asyncio.timeout(LAST_WORDS_SECONDS):
                    await listening
            reason = await listening
        except TimeoutError:
            raise CannotStart("the hub does not end the captions.") from None
        finally:
            speaking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await speaking
    if reason == "ended":
        return 0
    if reason in REFUSED:
        raise CannotStart(REFUSED[reason].format(who=door.who))
    tell(ENDED.get(reason, f"ended early: {reason}."))
    return 1


async def speak(ws: ClientConnection, begun: list[bytes], sound: Iterator[bytes], *, fast: bool) -> None:
    """At the pace of speech, or as fast as the hub reads."""
    began, sent = time.monotonic(), 0
    for piece in (*begun, *iter(lambda: next(sound, b""), b"")):
        if not fast:
            await asyncio.sleep(began + sent / RATE - time.monotonic())
        try:
            await ws.send(piece)
        except ConnectionClosed:
            return  # the listener knows why
        sent += len(piece) // 2
    with contextlib.suppress(ConnectionClosed):
        await ws.send("end")


async def listen(ws: ClientConnection, say: Say, tell: Say) -> str:
    """Prints what the hub says; returns why it ended."""
    try:
        async for message in ws:
            said: dict[str, Any] = json.loads(message)
            match said["type"]:
                case "final":
                    say(f"[{minutes(said['start'])}] {said['text']}")
                case "state" if said["state"] == "paused":
                    tell(f"the recogniser is away ({said['reason']}); waiting for it")
                case "lost":
                    tell(f"{said['seconds']} s of sound were not recognised")
    except ConnectionClosed as closed:
        return closed.rcvd.reason if closed.rcvd else "the connection broke"
    return ws.close_reason or "the connection broke"


def minutes(seconds: float) -> str:
    return f"{int(seconds) // 60:02}:{int(seconds) % 60:02}"
