"""What the listener does when the server is away, full, wrong, or leaves in the middle of a word."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from ai.captions import RATE, Caption, Listener, Lost, Options, Paused, Up
from tests.ai.captions_servers import Conversation, Scripted, all_news, finals, partials, until
from tests.ai.captions_speech import silence

QUICK = Options(retry_seconds=0.01, retry_limit_seconds=0.02, silence_seconds=0.5, closing_seconds=2)


async def test_the_handshake_has_all_that_the_real_server_needs() -> None:
    async def once(server: Conversation) -> None:
        await server.ready()
        await server.hear_end()

    async with Scripted(once).listening() as server, Listener(server.url, Options(silence_seconds=0.25)) as listener:
        listener.end()
        await all_news(listener)

        hello = server.conversations[0].hello
        assert server.conversations[0].ws.request is not None
        assert server.conversations[0].ws.request.path == "/captions?key=1"
        assert {"uid", "language", "task", "model"} <= set(hello)
        assert hello["language"] == "vi"
        assert hello["use_vad"] is True


async def test_sound_arrives_as_it_was_heard_in_both_formats() -> None:
    sound = np.arange(-16000, 16000, 2, dtype=np.int16)

    async def once(server: Conversation) -> None:
        await server.ready("phien-test")
        await server.hear_end()

    for audio_format in ("float32", "int16"):
        async with (
            Scripted(once).listening() as server,
            Listener(server.url, Options(audio_format=audio_format)) as listener,
        ):
            listener.hear(sound[:7000].tobytes())
            listener.hear(sound[7000:].tobytes())
            listener.end()
            await all_news(listener)

            got = server.conversations[0].sound
        if audio_format == "int16":
            assert got == sound.tobytes()
        else:
            assert np.array_equal(np.frombuffer(got, dtype=np.float32), sound.astype(np.float32) / 32768)


async def test_what_is_still_open_when_the_server_leaves_at_the_end_is_promoted() -> None:
    async def once(server: Conversation) -> None:
        await server.ready()
        await server.segments((0, 1, "Xin cảm ơn", False))
        await server.hear_end()

    async with Scripted(once).listening() as server, Listener(server.url, QUICK) as listener:
        listener.hear(silence(1))
        listener.end()
        news = await all_news(listener)

    assert [(c.text, c.number) for c in finals(news)] == [("Xin cảm ơn", 0)]


async def test_the_real_server_gets_silence_before_the_end_and_ours_does_not_need_it() -> None:
    async def real(server: Conversation) -> None:
        await server.ready("faster_whisper")
        await server.hear_end()
        assert len(server.sound) >= 4 * RATE * 3 // 2  # one second and half a second of silence

    async def ours(server: Conversation) -> None:
        await server.ready("phien-captions")
        await server.hear_end()
        assert len(server.sound) == 4 * RATE

    for part in (real, ours):
        async with Scripted(part).listening() as server, Listener(server.url, QUICK) as listener:
            listener.hear(b"\x01\x00" * RATE)
            listener.end()
            await all_news(listener)


async def test_the_real_server_gets_silence_until_it_has_completed_what_was_said() -> None:
    async def real(server: Conversation) -> None:
        await server.ready("faster_whisper")
        await server.segments((0, 1, "gần xong", False))
        await server.hear(2.5)
        await server.segments((0, 1, "đã xong hẳn", True))
        await server.hear_end()

    async with (
        Scripted(real).listening() as server,
        Listener(server.url, replace(QUICK, closing_seconds=8)) as listener,
    ):
        listener.hear(b"\x00\x10" * RATE)
        listener.end()
        news = await all_news(listener)

    assert [c.text for c in finals(news)] == ["đã xong hẳn"]


async def test_a_full_server_is_asked_again_and_the_sound_waits() -> None:
    async def full(server: Conversation) -> None:
        await server.say(status="WAIT", message=0.0001)

    async def free(server: Conversation) -> None:
        await server.ready("phien-x")
        await server.hear(2)
        await server.segments((0, 2, "đủ cả", True))
        await server.hear_end()

    async with Scripted(full, full, free).listening() as server, Listener(server.url, QUICK) as listener:
        listener.hear(silence(2))
        await until(listener, lambda news: isinstance(news, Up))
        listener.end()
        news = await all_news(listener)

        assert [c.text for c in finals(news)] == ["đủ cả"]
        assert len(server.conversations) == 3


async def test_a_pause_is_told_once_with_its_reason_and_again_when_the_reason_changes() -> None:
    async def wrong(server: Conversation) -> None:
        await server.say(status="ERROR", message="no recogniser for language 'xx'")

    async def full(server: Conversation) -> None:
        await server.say(status="WAIT", message=0)

    async def free(server: Conversation) -> None:
        await server.ready()
        await server.hear_end()

    async with Scripted(wrong, wrong, full, free).listening() as server, Listener(server.url, QUICK) as listener:
        news = await until(listener, lambda one: isinstance(one, Up))

    pauses = [one for one in news if isinstance(one, Paused)]
    assert [one.reason for one in pauses] == ["refused", "full"]
    assert "no recogniser" in pauses[0].detail


async def test_a_time_limit_reconnects_at_once_and_time_goes_on() -> None:
    async def limited(server: Conversation) -> None:
        await server.ready()
        await server.hear(2)
        await server.segments((0, 1.5, "trước", True))
        await server.say(message="DISCONNECT")

    async def next_(server: Conversation) -> None:
        await server.ready()
        await server.hear(1)
        await server.segments((0.5, 1.0, "sau", True))
        await server.hear_end()

    async with Scripted(limited, next_).listening() as server, Listener(server.url, QUICK) as listener:
        listener.hear(silence(2))
        await until(listener, lambda one: isinstance(one, Up))
        news = await until(listener, lambda one: isinstance(one, Up))
        listener.hear(silence(1))
        listener.end()
        news += await all_news(listener)

    assert [(c.number, c.text, c.start, c.end) for c in finals(news)] == [(0, "trước", 0.0, 1.5), (1, "sau", 2.0, 2.5)]
    assert [one.retry_seconds for one in news if isinstance(one, Paused)] == [0.0]


async def test_what_no_caption_was_final_for_is_heard_again_after_a_break() -> None:
    async def breaks(server: Conversation) -> None:
        await server.ready()
        await server.hear(4)
        await server.segments((0, 2, "chắc chắn", True), (2, 4, "đang nói", False))
        server.ws.transport.abort()

    async def again(server: Conversation) -> None:
        await server.ready("phien-x")
        await server.hear_end()
        assert len(server.sound) == 4 * RATE * 3  # seconds 2 to 5
        await server.segments((0, 3, "đang nói tiếp", True))

    async with Scripted(breaks, again).listening() as server, Listener(server.url, QUICK) as listener:
        listener.hear(silence(4))
        await until(listener, lambda one: isinstance(one, Paused))
        listener.hear(silence(1))
        listener.end()
        news = await all_news(listener)

    assert [(c.number, c.text, c.start) for c in finals(news)] == [(1, "đang nói tiếp", 2.0)]
    assert not [one for one in news if isinstance(one, Lost)]


async def test_loss_is_announced_when_the_break_is_longer_than_what_is_kept() -> None:
    async def breaks(server: Conversation) -> None:
        await server.ready()
        await server.hear(1)
        await server.segments((0, 1, "mở đầu", False))
        server.ws.transport.abort()

    async def again(server: Conversation) -> None:
        await server.ready("phien-x")
        await server.hear_end()
        assert len(server.sound) == 4 * RATE * 10
        await server.segments((0, 1, "sau khi mất", True))

    async with Scripted(breaks, again).listening() as server, Listener(server.url, QUICK) as listener:
        listener.hear(silence(1))
        news = await until(listener, lambda one: isinstance(one, Paused))
        for _ in range(35):
            listener.hear(silence(1))
        listener.end()
        news += await all_news(listener)

    assert [one for one in news if isinstance(one, Lost)] == [Lost(1.0, 26.0)]
    assert [(c.text, c.start) for c in finals(news)] == [("mở đầu", 0.0), ("sau khi mất", 26.0)]


async def test_a_server_that_does_not_come_to_an_end_is_left_and_what_it_did_not_say_is_lost() -> None:
    async def stuck(server: Conversation) -> None:
        await server.ready("phien-x")
        await server.hear(3)
        await server.segments((0, 1, "một lời", False))
        await server.ws.wait_closed()

    async with Scripted(stuck).listening() as server, Listener(server.url, QUICK) as listener:
        listener.hear(b"\x00\x10" * RATE * 3)
        await until(listener, lambda one: isinstance(one, Caption))
        listener.end(within_seconds=0.2)
        news = await all_news(listener, 5)

    assert [c.text for c in finals(news)] == ["một lời"]
    assert news[-1] == Lost(1.0, 3.0)


async def test_nobody_there_is_a_pause_and_at_the_end_a_loss() -> None:
    options = Options(retry_seconds=0.01, retry_limit_seconds=0.02, closing_seconds=0.1)

    async with Listener("ws://127.0.0.1:9/nobody", options) as listener:
        listener.hear(silence(1))
        listener.end()
        news = await all_news(listener)

    assert [type(one) for one in news] == [Paused, Lost]
    assert news[1] == Lost(0.0, 1.0)


async def test_a_server_that_never_says_ready_is_left() -> None:
    async def mute(server: Conversation) -> None:
        await server.ws.wait_closed()

    async def ready(server: Conversation) -> None:
        await server.ready()
        await server.hear_end()

    options = Options(ready_seconds=0.1, retry_seconds=0.01, retry_limit_seconds=0.02)
    async with Scripted(mute, ready).listening() as server, Listener(server.url, options) as listener:
        news = await until(listener, lambda one: isinstance(one, Up))

    assert [one.reason for one in news if isinstance(one, Paused)] == ["silent-server"]


@pytest.mark.parametrize(
    "nonsense",
    ["not json", "[1]", '{"segments":[{"start":"x","end":"1","text":"a"}]}', '{"segments":[{"completed":true}]}'],
)
async def test_a_server_that_speaks_something_else_is_left_and_tried_later(nonsense: str) -> None:
    async def strange(server: Conversation) -> None:
        await server.ready()
        await server.ws.send(nonsense)
        await server.ws.wait_closed()

    async def ready(server: Conversation) -> None:
        await server.ready()
        await server.hear_end()

    async with Scripted(strange, ready).listening() as server, Listener(server.url, QUICK) as listener:
        await until(listener, lambda one: isinstance(one, Up))
        news = await until(listener, lambda one: isinstance(one, Up))

    assert [one.reason for one in news if isinstance(one, Paused)] == ["refused"]


async def test_a_viewer_who_reads_slowly_gets_the_latest_partial_and_every_final() -> None:
    async def chatty(server: Conversation) -> None:
        await server.ready("phien-x")
        for n in range(300):
            await server.segments((n, n + 1, f"câu {n} đang", False))
            await server.segments((n, n + 1, f"câu {n}", True))
        await server.hear_end()

    async with Scripted(chatty).listening() as server, Listener(server.url, QUICK) as listener:
        listener.end()
        news = await all_news(listener)

    assert [c.text for c in finals(news)] == [f"câu {n}" for n in range(300)]
    assert len(partials(news)) <= 300


async def test_a_server_that_does_not_hold_back_is_not_fed_faster_than_it_can_bear() -> None:
    """The real one drops 30 s once 45 s wait."""
    sent_early = asyncio.Event()

    async def real(server: Conversation) -> None:
        await server.ready("faster_whisper")
        await server.hear(2)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await server.hear(4)
        sent_early.set()

    options = Options(ahead_seconds=2.0, kept_seconds=30)
    async with Scripted(real).listening() as server, Listener(server.url, options) as listener:
        listener.hear(silence(20))
        async with asyncio.timeout(5):
            await sent_early.wait()


async def test_leaving_in_the_middle_leaves_nothing_behind() -> None:
    async def once(server: Conversation) -> None:
        await server.ready()
        await server.ws.wait_closed()

    async with Scripted(once).listening() as server:
        before = asyncio.all_tasks()
        async with Listener(server.url, QUICK) as listener:
            listener.hear(silence(1))
            await until(listener, lambda one: isinstance(one, Up))
        left = {task for task in asyncio.all_tasks() - before if "Listener" in repr(task)}

    assert not left


async def test_partials_waiting_for_the_reader_are_replaced_not_queued() -> None:
    async def chatty(server: Conversation) -> None:
        await server.ready("phien-x")
        for n in range(1, 200):
            await server.segments((0, n / 10, " ".join(["lời"] * n), False))
        await server.segments((0, 20, "lời cuối", True))
        await server.hear_end()

    async with Scripted(chatty).listening() as server, Listener(server.url, QUICK) as listener:
        await listener.room(0)
        listener.end()
        news = await all_news(listener)

    captions = [one for one in news if isinstance(one, Caption)]
    assert captions[-1].text == "lời cuối"
    assert len({c.number for c in captions}) == 1
