"""Microphones of a meeting: who may open one, who sees it, what becomes of the words, and how it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import anyio
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from hub.settings import Settings
from hub.transcripts import service
from tests.hub.captions_service import Recogniser
from tests.support import Hub, HubClock, LineReader, Person, running_hub

SECOND = bytes(32_000)


@pytest.fixture
async def recogniser() -> AsyncIterator[Recogniser]:
    async with Recogniser().running() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, recogniser: Recogniser) -> Settings:
    return Settings(data=tmp_path, captions=recogniser.url)


class Mic:
    """Somebody's open microphone."""

    def __init__(self, socket: ClientConnection, session_id: str) -> None:
        self.socket, self.session_id = socket, session_id

    async def hears(self, seconds: int) -> None:
        for _ in range(seconds):
            await self.socket.send(SECOND)

    async def next(self, type_: str) -> dict[str, Any]:
        with anyio.fail_after(10):
            while True:
                message: dict[str, Any] = json.loads(await self.socket.recv())
                if message["type"] == type_:
                    return message

    async def closed(self) -> tuple[int, str]:
        with anyio.fail_after(15):
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    await self.socket.recv()
        return verdict(closed.value)


@asynccontextmanager
async def microphone(person: Person, meeting: UUID, query: str = "") -> AsyncIterator[Mic]:
    async with person.socket(f"/ws/meetings/{meeting}/microphone{query}") as socket:
        started = json.loads(await socket.recv())
        assert started["type"] == "started", started
        yield Mic(socket, started["session_id"])


async def refusal(person: Person, meeting: UUID, query: str = "", **headers: str) -> tuple[int, str]:
    """The close code and reason with which a microphone is refused."""
    async with person.socket(f"/ws/meetings/{meeting}/microphone{query}", **headers) as socket:
        with anyio.fail_after(10):
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
    return verdict(closed.value)


def verdict(closed: ConnectionClosed) -> tuple[int, str]:
    assert closed.rcvd is not None, "the hub closes with a word"
    return closed.rcvd.code, closed.rcvd.reason


async def meeting_of(hub: Hub, **more: Any) -> tuple[Person, Person, Person, UUID]:
    await hub.serve()
    chair, secretary, delegate = (
        await hub.person("Chủ tọa"),
        await hub.person("Thư ký"),
        await hub.person("Đại biểu Hoa"),
    )
    return chair, secretary, delegate, await hub.meeting(chair, secretary=secretary, delegates=[delegate], **more)


async def caption(line: LineReader, text: str) -> dict[str, Any]:
    """The partial with these words, as a screen sees it."""
    while True:
        message = await line.next("presence", of="caption")
        if message["text"] == text:
            return message


async def test_words_appear_while_they_are_spoken_and_stay_when_they_are_final(
    hub: Hub, recogniser: Recogniser
) -> None:
    chair, _, delegate, meeting = await meeting_of(hub, items=2)
    item = (await hub.items(meeting))[1]
    await chair.post(f"/api/meetings/{meeting}/current-item", {"item_id": str(item)})

    async with chair.line(meeting) as line, microphone(delegate, meeting) as mic:
        ear = await recogniser.ear()
        started = await line.event("captions.started")
        await mic.hears(2)
        await ear.heard(2)
        await ear.says(0, 1, "Tôi xin", final=False)
        partial = await caption(line, "Tôi xin")
        await ear.says(0, 2, "Tôi xin phát biểu.", final=True)
        final = await line.event("caption.final")

    assert started["event"]["by"] == started["event"]["speaker_id"] == str(delegate.id)
    assert partial["speaker_name"] == "Đại biểu Hoa"
    assert final["text"] == "Tôi xin phát biểu."
    assert final["event"] | {"segment_id": None, "text_hash": None} == {
        "type": "caption.final",
        "segment_id": None,
        "text_hash": None,
        "session_id": mic.session_id,
        "number": 0,
        "speaker_id": str(delegate.id),
        "item_id": str(item),
        "start_ms": 0,
        "end_ms": 2000,
    }
    (segment,) = (await chair.get(f"/api/meetings/{meeting}/transcript")).json()
    assert segment["text"] == "Tôi xin phát biểu."
    assert segment["speaker_name"] == "Đại biểu Hoa"
    assert segment["item_id"] == str(item)
    assert (segment["start"], segment["end"]) == (0.0, 2.0)


async def test_who_has_a_microphone_open_is_part_of_the_meeting(hub: Hub, recogniser: Recogniser) -> None:
    chair, _, delegate, meeting = await meeting_of(hub)

    async with chair.line(meeting) as line:
        async with microphone(delegate, meeting):
            (session,) = (await chair.get(f"/api/meetings/{meeting}")).json()["captions"]
        stopped = await line.event("captions.stopped")

    assert session["started_by"] == session["speaker_id"] == str(delegate.id)
    assert (session["speaker_name"], session["language"], session["state"]) == ("Đại biểu Hoa", "vi", "up")
    assert stopped["event"]["reason"] == "left"
    assert (await chair.get(f"/api/meetings/{meeting}")).json()["captions"] == []


async def test_several_microphones_at_once_keep_their_speakers_apart(hub: Hub, recogniser: Recogniser) -> None:
    chair, _secretary, delegate, meeting = await meeting_of(hub)

    async with chair.line(meeting) as line, microphone(chair, meeting), microphone(delegate, meeting):
        first, second = await recogniser.ear(), await recogniser.ear()
        await first.says(0, 1, "Mời đại biểu Hoa.", final=True)
        one = await line.event("caption.final")
        await second.says(0, 1, "Xin cảm ơn.", final=True)
        other = await line.event("caption.final")

    said = {(told["event"]["speaker_id"], told["text"]) for told in (one, other)}
    assert {text for _, text in said} == {"Mời đại biểu Hoa.", "Xin cảm ơn."}
    assert len({speaker for speaker, _ in said}) == 2


async def test_the_words_said_last_are_kept_when_the_speaker_ends(hub: Hub, recogniser: Recogniser) -> None:
    chair, _, delegate, meeting = await meeting_of(hub)

    async with chair.line(meeting) as line, microphone(delegate, meeting) as mic:
        ear = await recogniser.ear()
        ear.last_words = [(0, 1, "Tôi xin hết.")]
        await mic.hears(1)
        await mic.socket.send("end")
        final = await line.event("caption.final")
        stopped = await line.event("captions.stopped")
        assert (await mic.closed()) == (1000, "ended")

    assert final["text"] == "Tôi xin hết."
    assert (stopped["event"]["reason"], stopped["event"]["by"]) == ("ended", None)


async def test_chair_secretary_and_speaker_may_stop_it_and_everybody_reads_who_did(
    hub: Hub, recogniser: Recogniser
) -> None:
    chair, secretary, delegate, meeting = await meeting_of(hub)
    other = await hub.person()

    for who in (chair, secretary, delegate):
        async with chair.line(meeting, after=10**9) as line, microphone(delegate, meeting) as mic:
            path = f"/api/meetings/{meeting}/captions/{mic.session_id}/stop"
            assert (await other.post(path)).status_code == 404
            assert (await who.post(path)).status_code == 204
            stopped = await line.event("captions.stopped")
            assert (await mic.closed()) == (1000, "stopped")
            assert (await who.post(path)).status_code == 204  # again is no error
        assert (stopped["event"]["by"], stopped["event"]["reason"]) == (str(who.id), "stopped")


async def test_a_delegate_may_not_stop_another_ones_microphone(hub: Hub, recogniser: Recogniser) -> None:
    chair, _secretary, delegate, meeting = await meeting_of(hub)

    async with microphone(chair, meeting) as mic:
        answer = await delegate.post(f"/api/meetings/{meeting}/captions/{mic.session_id}/stop")

    assert answer.status_code == 403


async def test_who_may_not_speak_gets_no_microphone(hub: Hub, recogniser: Recogniser) -> None:
    await hub.serve()
    chair, guest, stranger = await hub.person(), await hub.person(), await hub.person()
    meeting = await hub.meeting(chair, guests=[guest])

    assert await refusal(guest, meeting) == (4403, "forbidden")
    assert await refusal(stranger, meeting) == (4404, "not-found")
    assert await refusal(chair, uuid4()) == (4404, "not-found")
    assert await refusal(chair, meeting, origin="https://evil.example") == (4403, "origin")
    assert await refusal(chair, meeting, "?language=tlh") == (4409, "unknown-language")
    await chair.post("/api/sign-out")
    assert await refusal(chair, meeting) == (4401, "not-signed-in")
    assert recogniser.ears.empty()


async def test_a_meeting_that_does_not_run_has_no_captions(hub: Hub, recogniser: Recogniser) -> None:
    await hub.serve()
    chair = await hub.person()
    for state in ("published", "ended", "closed"):
        meeting = await hub.meeting(chair, state=state)
        assert await refusal(chair, meeting) == (4409, "meeting-not-running")


async def test_only_chair_and_secretary_caption_somebody_else(hub: Hub, recogniser: Recogniser) -> None:
    chair, secretary, delegate, meeting = await meeting_of(hub)
    stranger = await hub.person()

    assert await refusal(delegate, meeting, f"?speaker={chair.id}") == (4403, "not-for-others")
    assert await refusal(delegate, meeting, "?speaker=room") == (4403, "not-for-others")
    assert await refusal(secretary, meeting, f"?speaker={stranger.id}") == (4409, "unknown-speaker")
    async with (
        microphone(secretary, meeting, f"?speaker={delegate.id}"),
        microphone(secretary, meeting, "?speaker=room"),
    ):
        sessions = (await chair.get(f"/api/meetings/{meeting}")).json()["captions"]
        assert await refusal(chair, meeting, f"?speaker={delegate.id}") == (4409, "speaker-has-microphone")

    assert {(s["started_by"], s["speaker_id"]) for s in sessions} == {
        (str(secretary.id), str(delegate.id)),
        (str(secretary.id), None),
    }


async def test_a_speakers_newer_microphone_replaces_his_older_one(hub: Hub, recogniser: Recogniser) -> None:
    chair, _secretary, delegate, meeting = await meeting_of(hub)

    async with microphone(delegate, meeting) as older, microphone(delegate, meeting) as newer:
        assert (await older.closed()) == (1000, "replaced")
        (session,) = (await chair.get(f"/api/meetings/{meeting}")).json()["captions"]

    assert session["session_id"] == newer.session_id


async def test_a_secret_item_refuses_captions_and_stops_those_that_run(hub: Hub, recogniser: Recogniser) -> None:
    chair, _, delegate, meeting = await meeting_of(hub, items=2)
    open_item, secret = await hub.items(meeting)
    await chair.put(f"/api/agenda-items/{secret}/secrecy", {"secrecy": "mat"})
    await chair.post(f"/api/meetings/{meeting}/current-item", {"item_id": str(open_item)})

    async with chair.line(meeting) as line, microphone(delegate, meeting) as mic:
        ear = await recogniser.ear()
        ear.last_words = [(0, 1, "Lời nói ở nội dung mật.")]
        await mic.hears(1)
        await chair.post(f"/api/meetings/{meeting}/current-item", {"item_id": str(secret)})
        stopped = await line.event("captions.stopped")
        assert (await mic.closed()) == (1000, "secret-item")

    assert stopped["event"]["reason"] == "secret-item"
    assert await refusal(delegate, meeting) == (4409, "secret-item")
    assert (await chair.get(f"/api/meetings/{meeting}/transcript")).json() == []


async def test_marking_the_running_item_secret_stops_captions_and_hides_what_was_said_on_it(
    hub: Hub, recogniser: Recogniser
) -> None:
    chair, _, delegate, meeting = await meeting_of(hub, items=1)
    (item,) = await hub.items(meeting)
    await chair.post(f"/api/meetings/{meeting}/current-item", {"item_id": str(item)})

    async with chair.line(meeting) as line, microphone(delegate, meeting) as mic:
        ear = await recogniser.ear()
        await ear.says(0, 1, "Điều không nên ghi.", final=True)
        await line.event("caption.final")
        await chair.put(f"/api/agenda-items/{item}/secrecy", {"secrecy": "toi_mat"})
        await line.event("captions.stopped")
        assert (await mic.closed())[1] == "secret-item"

    assert (await chair.get(f"/api/meetings/{meeting}/transcript")).json() == []
    for kind in ("vtt", "srt", "txt"):
        assert "Điều không nên ghi" not in (await chair.get(f"/api/meetings/{meeting}/transcript.{kind}")).text


async def test_words_belong_to_the_item_at_which_they_began(hub: Hub, recogniser: Recogniser) -> None:
    chair, _, delegate, meeting = await meeting_of(hub, items=2)
    first, second = await hub.items(meeting)
    await chair.post(f"/api/meetings/{meeting}/current-item", {"item_id": str(first)})

    async with chair.line(meeting) as line, microphone(delegate, meeting) as mic:
        ear = await recogniser.ear()
        await mic.hears(4)
        await ear.heard(4)
        await chair.post(f"/api/meetings/{meeting}/current-item", {"item_id": str(second)})
        await line.event("agenda_item.started")
        await ear.says(1, 3, "Vẫn là nội dung thứ nhất.", final=True)
        one = await line.event("caption.final")
        said, other = 4, one
        with anyio.fail_after(20):  # sound comes here faster than it is spoken: the hub may hear of the item after it
            while other["event"]["item_id"] == str(first):
                said += 2
                await mic.hears(2)
                await ear.heard(said)
                await ear.says(said - 1, said, "Sang nội dung thứ hai.", final=True)
                other = await line.event("caption.final")

    assert [one["event"]["item_id"], other["event"]["item_id"]] == [str(first), str(second)]


async def test_the_end_of_the_meeting_ends_the_captions_with_their_last_words(hub: Hub, recogniser: Recogniser) -> None:
    chair, _, delegate, meeting = await meeting_of(hub)

    async with chair.line(meeting) as line, microphone(delegate, meeting) as mic:
        ear = await recogniser.ear()
        ear.last_words = [(0, 1, "Xin bế mạc.")]
        await mic.hears(1)
        await chair.post(f"/api/meetings/{meeting}/state", {"to": "ended"})
        final = await line.event("caption.final")
        stopped = await line.event("captions.stopped")

    assert (final["text"], stopped["event"]["reason"]) == ("Xin bế mạc.", "meeting-over")


async def test_a_microphone_from_which_nothing_comes_is_closed_and_says_why_while_silence_is_sound(
    database: str, settings: Settings, clock: HubClock, recogniser: Recogniser
) -> None:
    async with running_hub(settings, database, clock=clock, quiet_microphone_seconds=2.0) as hub:
        _chair, secretary, delegate, meeting = await meeting_of(hub)
        async with (
            secretary.line(meeting) as line,
            microphone(delegate, meeting) as dead,
            microphone(secretary, meeting) as alive,
        ):
            while not any(told["event"]["type"] == "captions.stopped" for told in line.told):
                await alive.hears(1)  # zeroes: a person who says nothing
                await alive.next("heard")
                with anyio.move_on_after(0.05):
                    await line.next()

            assert await dead.closed() == (1000, "silent")
            seen = (await secretary.get(f"/api/meetings/{meeting}")).json()
            assert [one["session_id"] for one in seen["captions"]] == [alive.session_id]
        (stopped,) = [told for told in line.told if told["event"]["type"] == "captions.stopped"]
        assert (stopped["event"]["session_id"], stopped["event"]["reason"]) == (dead.session_id, "silent")


async def test_signing_out_closes_the_microphone(hub: Hub, recogniser: Recogniser) -> None:
    _chair, _, delegate, meeting = await meeting_of(hub)

    async with microphone(delegate, meeting) as mic:
        await delegate.post("/api/sign-out")
        assert (await mic.closed()) == (1000, "no-right")


async def test_who_is_taken_off_the_list_loses_the_microphone_at_once_also_one_that_another_holds_for_him(
    hub: Hub, recogniser: Recogniser
) -> None:
    _chair, secretary, delegate, meeting = await meeting_of(hub)
    other = await hub.person("Người được mời")
    await secretary.post(f"/api/meetings/{meeting}/participants", {"user_ids": [str(other.id)], "role": "delegate"})

    async with microphone(delegate, meeting) as own, microphone(secretary, meeting, f"?speaker={other.id}") as held:
        for person in (delegate, other):
            answer = await secretary.delete(f"/api/meetings/{meeting}/participants/{person.id}")
            assert answer.status_code == 204

        assert await own.closed() == await held.closed() == (1000, "no-right")


@pytest.mark.parametrize("frame", [b"\x00", bytes(70_000), "không phải âm thanh"])
async def test_what_is_no_sound_closes_the_microphone(hub: Hub, recogniser: Recogniser, frame: str | bytes) -> None:
    chair, _, _, meeting = await meeting_of(hub)

    async with microphone(chair, meeting) as mic:
        await mic.socket.send(frame)
        assert (await mic.closed()) == (1000, "broken-sound")


async def test_captions_pause_when_the_recogniser_is_away_and_go_on_without_a_lost_word(
    hub: Hub, recogniser: Recogniser
) -> None:
    chair, _, delegate, meeting = await meeting_of(hub)

    async with chair.line(meeting) as line, microphone(delegate, meeting) as mic:
        ear = await recogniser.ear()
        await mic.hears(2)
        await ear.heard(2)
        await recogniser.stop()
        await line.event("captions.paused")
        (session,) = (await chair.get(f"/api/meetings/{meeting}")).json()["captions"]
        await mic.hears(3)
        await recogniser.start()
        again = await recogniser.ear()
        await line.event("captions.resumed")
        await again.heard(5)  # all five seconds: nothing was final before the break
        await again.says(0, 5, "Không mất lời nào.", final=True)
        final = await line.event("caption.final")

    assert session["state"] == "paused"
    assert (final["text"], final["event"]["start_ms"]) == ("Không mất lời nào.", 0)


async def test_sound_that_nobody_heard_is_a_gap_that_the_transcript_names(hub: Hub, recogniser: Recogniser) -> None:
    chair, _, delegate, meeting = await meeting_of(hub)

    async with chair.line(meeting) as line, microphone(delegate, meeting) as mic:
        ear = await recogniser.ear()
        await ear.says(0, 1, "Trước khi mất.", final=True)
        await line.event("caption.final")
        await recogniser.stop()
        assert (await mic.next("state"))["state"] == "up"
        assert (await mic.next("state"))["state"] == "paused"
        for _ in range(5):
            await mic.hears(5)
        while (await mic.next("heard"))["seconds"] < 25:
            pass
        await recogniser.start()
        lost = await mic.next("lost")

    text = (await chair.get(f"/api/meetings/{meeting}/transcript.txt")).text
    assert lost["seconds"] == pytest.approx(15, abs=1)
    assert "Những lúc máy không nghe được:" in text
    assert f"{lost['seconds']:.0f} giây (Đại biểu Hoa)" in text


async def test_a_full_service_is_said_to_the_speaker(hub: Hub, recogniser: Recogniser) -> None:
    chair, _, _, meeting = await meeting_of(hub)
    recogniser.refuse = True

    async with chair.line(meeting) as line, microphone(chair, meeting) as mic:
        state = await mic.next("state")
        await line.event("captions.paused")

    assert (state["state"], state["reason"]) == ("paused", "full")


async def test_a_screen_gets_at_most_five_partials_a_second_and_the_latest(hub: Hub, recogniser: Recogniser) -> None:
    chair, _, delegate, meeting = await meeting_of(hub)

    async with chair.line(meeting) as line, microphone(delegate, meeting):
        ear = await recogniser.ear()
        loop = asyncio.get_running_loop()
        began, shown = loop.time(), 0
        for n in range(1, 101):
            await ear.says(0, n / 10, " ".join(["lời"] * n), final=False)
        while True:
            text = (await line.next("presence", of="caption"))["text"]
            shown += 1
            if len(text.split()) == 100:
                break

        assert shown <= 2 + (loop.time() - began) * 5


async def test_a_token_opens_the_microphone_of_one_meeting_without_a_cookie(hub: Hub, recogniser: Recogniser) -> None:
    chair, _, delegate, meeting = await meeting_of(hub)
    other_meeting = await hub.meeting(chair, delegates=[delegate])
    guest = await hub.person()
    issued = (await delegate.post(f"/api/meetings/{meeting}/microphone-token")).json()
    nobody = Person(hub, uuid4(), "", "no-session")

    async with microphone(nobody, meeting, f"?token={issued['token']}"):
        (session,) = (await chair.get(f"/api/meetings/{meeting}")).json()["captions"]

    assert session["speaker_id"] == str(delegate.id)
    assert await refusal(nobody, other_meeting, f"?token={issued['token']}") == (4401, "not-signed-in")
    assert await refusal(nobody, meeting, "?token=%00abc") == (4401, "not-signed-in")
    assert (await guest.post(f"/api/meetings/{meeting}/microphone-token")).status_code == 404
    assert isinstance(hub.clock, HubClock)
    hub.clock.pass_(minutes=11)
    assert await refusal(nobody, meeting, f"?token={issued['token']}") == (4401, "not-signed-in")
    await nobody.http.aclose()


async def test_microphones_of_a_killed_hub_are_closed_by_the_next_one(
    hub: Hub, database: str, settings: Settings, clock: HubClock
) -> None:
    chair = await hub.person()
    meeting = await hub.meeting(chair)
    async with hub.db.work() as work:
        await work.conn.execute(
            "INSERT INTO caption_session (meeting_id, started_by, speaker_id, language, started_at, seen_at)"
            " VALUES (%s, %s, %s, 'vi', %s, %s)",
            (meeting, chair.id, chair.id, clock(), clock()),
        )
    clock.pass_(seconds=60)

    async with running_hub(settings, database, clock=clock) as next_hub:
        await next_hub.serve()
        person = await next_hub.sign_in(chair.id)
        async with person.line(meeting) as line:
            stopped = await line.event("captions.stopped")

    assert stopped["event"]["reason"] == "hub-lost"


async def test_another_hub_stops_a_microphone_even_when_no_bus_joins_them(
    hub: Hub, recogniser: Recogniser, database: str, settings: Settings, clock: HubClock
) -> None:
    chair, _, delegate, meeting = await meeting_of(hub)

    async with microphone(delegate, meeting) as mic, running_hub(settings, database, clock=clock) as other:
        chair_there = await other.sign_in(chair.id)
        answer = await chair_there.post(f"/api/meetings/{meeting}/captions/{mic.session_id}/stop")

        assert answer.status_code == 204
        assert await mic.closed() == (1000, "stopped")


async def test_a_blink_of_the_recogniser_is_not_told_to_the_meeting(hub: Hub, recogniser: Recogniser) -> None:
    chair, _, delegate, meeting = await meeting_of(hub)

    async with chair.line(meeting) as line, microphone(delegate, meeting):
        ear = await recogniser.ear()
        await ear.ws.send(json.dumps({"uid": ear.hello["uid"], "message": "DISCONNECT"}))
        again = await recogniser.ear()
        await again.says(0, 1, "Vẫn nghe.", final=True)
        await line.event("caption.final")

    kinds = [told["event"]["type"] for told in line.told]
    assert "captions.paused" not in kinds


async def test_a_microphone_that_its_hub_still_holds_is_left_alone(
    hub: Hub, recogniser: Recogniser, clock: HubClock
) -> None:
    _chair, _, delegate, meeting = await meeting_of(hub)

    async with microphone(delegate, meeting):
        clock.pass_(seconds=10)
        async with hub.db.work() as work:
            closed = await service.close_left_alone(work, work.now)

    assert closed == 0


async def test_a_hub_without_a_recogniser_says_so(database: str, tmp_path: Path, clock: HubClock) -> None:
    async with running_hub(Settings(data=tmp_path), database, clock=clock) as hub:
        await hub.serve()
        chair = await hub.person()
        meeting = await hub.meeting(chair)

        assert await refusal(chair, meeting) == (4409, "captions-away")
        assert (await chair.get("/readyz")).json()["captions"] == "missing"


async def test_readyz_follows_the_recogniser(hub: Hub, recogniser: Recogniser) -> None:
    somebody = await hub.person()

    assert (await somebody.get("/readyz")).json()["captions"] == "up"
    await recogniser.stop()
    assert (await somebody.get("/readyz")).json()["captions"] == "down"
    await recogniser.start()


async def test_a_final_is_stored_once_even_if_it_is_tried_twice(hub: Hub, recogniser: Recogniser) -> None:
    chair, _, delegate, meeting = await meeting_of(hub)

    async with microphone(delegate, meeting) as mic:
        for _ in range(2):
            async with hub.db.work() as work:
                await service.keep_final(
                    work, meeting, UUID(mic.session_id), 7, delegate.id, None, 0, 1000, "Chỉ một lần."
                )

    assert [s["number"] for s in (await chair.get(f"/api/meetings/{meeting}/transcript")).json()] == [7]
