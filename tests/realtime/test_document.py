"""The core, rule by rule (SPEC.md)."""

from __future__ import annotations

from typing import Any

import pycrdt
import pytest

from realtime import Editor, LiveDocument, wire
from realtime.checking import check_update
from realtime.replica import Impossible, new_doc, whole_state
from realtime.sink import FULL_BYTES
from realtime.wire import FrameError, PresenceEntry
from tests.realtime.peers import Client, Line, join, settle


def commit(live: LiveDocument) -> list[bytes]:
    """What the shell does once the log has them."""
    entries = live.take_unlogged(10_000, 1 << 30)
    live.committed(entries)
    return [entry.update for entry in entries if entry.update != wire.NOTHING]


def written(line: Line, words: str) -> bytes:
    """The frame of a keystroke, not sent yet."""
    line.client.type(words)
    return line.client.to_send.pop()


# --- sync ---


def test_r1_who_joins_is_asked_what_it_has_and_sees_who_is_here() -> None:
    live = LiveDocument()
    first, second = Client(1), Client(2)
    one = join(live, first, user="an")
    first.show(b'{"user":"An"}')
    settle(one)

    settle(one, join(live, second, user="binh"))

    assert second.present == {first.id: b'{"user":"An"}'}


def test_r2_a_newcomer_gets_everything_waiting_pieces_too() -> None:
    author = Client(1)
    updates: list[bytes] = []
    observer = author.doc.observe(lambda event: updates.append(event.update))
    for words in ("một ", "hai ", "ba "):
        author.type(words)
    author.doc.unobserve(observer)
    live = LiveDocument([updates[0], updates[2]])
    newcomer = Client(2)
    line = join(live, newcomer)
    settle(line)

    live.absorb([updates[1]])
    settle(line)

    assert str(newcomer.text) == "một hai ba "


def test_r3_an_update_goes_to_every_other_editor_unchanged_and_in_order_but_not_to_its_author() -> None:
    live = LiveDocument()
    lines = [join(live, Client(n), user=f"u{n}") for n in range(3)]
    settle(*lines)
    frames = [written(lines[0], words) for words in ("Điều ", "1. ", "🎉")]
    for frame in frames:
        live.receive(lines[0].editor, frame)

    assert lines[0].editor.outbox.take() == []
    assert lines[1].editor.outbox.take() == frames
    assert lines[2].editor.outbox.take() == frames


def test_r3_what_came_by_a_step_2_goes_to_the_others_as_an_update() -> None:
    live = LiveDocument()
    offline, online = Client(1), Client(2)
    offline.type("viết lúc mất mạng")
    here = join(live, online)
    settle(here)

    settle(here, join(live, offline))

    assert online.state == offline.state


def test_r4_the_log_gets_every_update_once_in_the_order_of_arrival() -> None:
    live = LiveDocument()
    one, two = join(live, Client(1)), join(live, Client(2), user="binh")
    settle(one, two)
    frames = [(one, written(one, "a")), (two, written(two, "b")), (one, written(one, "c"))]
    for line, frame in frames:
        live.receive(line.editor, frame)

    assert [wire.update_frame(update) for update in commit(live)] == [frame for _, frame in frames]


def test_r5_a_broken_update_is_refused_before_anybody_has_it() -> None:
    live = LiveDocument()
    author, other = join(live, Client(1)), join(live, Client(2), user="binh")
    settle(author, other)
    commit(live)

    with pytest.raises(FrameError, match="broken-update"):
        live.receive(author.editor, wire.update_frame(b"\x01\x01\x05\x00\x04\x01\x01t\x7fx"))

    assert other.editor.outbox.take() == []
    assert commit(live) == []


def test_r6_a_readable_but_impossible_update_does_not_stop_the_others() -> None:
    good = Client(1, client_id=5)
    good.type("còn nguyên")
    impossible = bytes([1, 1, 6, 0, 4, 0, 5, 0, 1, ord("x"), 0])  # a letter inside a letter
    check_update(impossible)
    with pytest.raises(RuntimeError, match="block parent"):
        good.doc.apply_update(impossible)
    live = LiveDocument([good.doc.get_update()])
    hostile, honest = Client(2), Client(3)
    lines = [join(live, hostile, user="x"), join(live, honest, user="an")]
    settle(*lines)
    live.receive(lines[0].editor, wire.update_frame(impossible))
    lines[1].editor.outbox.take()
    honest.type(" và viết tiếp")
    settle(lines[1])

    newcomer = Client(4)
    settle(join(live, newcomer, user="binh"))

    assert str(newcomer.text) == "còn nguyên và viết tiếp"
    stored = commit(live)
    assert impossible in stored
    with pytest.raises(Impossible):
        whole_state([good.doc.get_update(), *stored])


# --- saved ---


def test_r10_saved_is_told_after_the_commit_to_who_asked_and_counts_its_update_frames() -> None:
    live = LiveDocument()
    asks, silent = Client(1), Client(2)
    asking, other = join(live, asks), join(live, silent, user="binh", saved=False)
    settle(asking, other)
    for words in ("a", "b"):
        asks.type(words)
    silent.type("c")
    settle(asking, other)
    assert asks.saved == 1  # its step 2, which brought nothing

    commit(live)
    settle(asking, other)

    assert asks.saved == asks.sent == 3
    assert silent.saved == 0


def test_r11_a_frame_that_brings_nothing_is_saved_when_all_before_it_is() -> None:
    live = LiveDocument()
    client = Client(1)
    line = join(live, client)
    settle(line)
    client.type("a")
    client._send_update(wire.update_frame(wire.NOTHING))
    settle(line)
    assert client.saved == 1

    assert len(commit(live)) == 1
    settle(line)

    assert client.saved == 3


# --- rights ---


def test_r20_a_readers_update_is_answered_with_a_refusal_and_goes_nowhere() -> None:
    live = LiveDocument()
    reader, other = Client(1), Client(2)
    reading, witness = join(live, reader, right="read"), join(live, other, user="binh")
    settle(reading, witness)
    reader.type("không được")
    settle(reading, witness)

    assert reader.refusals == ["read-only"]
    assert reading.editor.closing is None
    assert str(other.text) == ""
    assert commit(live) == []


def test_r21_a_readers_step_2_that_brings_nothing_new_is_never_refused() -> None:
    live = LiveDocument()
    writer, reader = Client(1), Client(2)
    writing = join(live, writer)
    settle(writing)
    writer.type("abcdef Quốc hội")
    del writer.text[0:3]

    settle(writing)
    reading = join(live, reader, user="binh", right="read")
    settle(writing, reading)
    for _ in range(3):
        del writer.text[0:1]
        settle(writing, reading)
        commit(live)
        reading.drop()

        reading = join(live, reader, user="binh", right="read")  # comes back with everything, its deletions too
        settle(writing, reading)

        assert reader.refusals == []
        assert commit(live) == []


def test_r21_a_readers_step_2_that_deletes_is_refused() -> None:
    live = LiveDocument()
    writer, reader = Client(1), Client(2)
    writing = join(live, writer)
    writer.type("giữ lại")
    reading = join(live, reader, user="binh", right="read")
    settle(writing, reading)
    commit(live)
    reading.drop()
    del reader.text[0:1]  # moves no clock

    settle(writing, join(live, reader, user="binh", right="read"))

    assert reader.refusals == ["read-only"]
    assert str(writer.text) == "giữ lại"
    assert commit(live) == []


def test_r22_who_loses_the_right_while_editing_goes_on_reading() -> None:
    live = LiveDocument()
    client, other = Client(1), Client(2)
    line, witness = join(live, client), join(live, other, user="binh")
    settle(line, witness)
    line.editor.right = "read"
    client.type("muộn")
    other.type("vẫn đọc")
    settle(line, witness)

    assert client.refusals == ["read-only"]
    assert "vẫn đọc" in str(client.text)
    assert str(other.text) == "vẫn đọc"


# --- order of frames ---


def test_r32_a_step_2_nobody_asked_for_is_out_of_order() -> None:
    live = LiveDocument()
    line = join(live, Client(1))
    settle(line)

    with pytest.raises(FrameError, match="step-not-asked-for"):
        live.receive(line.editor, wire.step_2(wire.NOTHING))


def test_r32_an_update_before_the_sync_is_out_of_order() -> None:
    live = LiveDocument()
    editor = Editor("an", right="write")
    live.join(editor)

    with pytest.raises(FrameError, match="update-before-sync"):
        live.receive(editor, wire.update_frame(wire.NOTHING))


# --- client ids ---


def test_r40_the_server_draws_ids_of_32_bits() -> None:
    assert all(new_doc().client_id < 2**32 for _ in range(200))


def test_r41_an_update_under_an_id_that_lives_on_another_users_connection_is_refused() -> None:
    live = LiveDocument()
    victim, thief = Client(1, client_id=77), Client(2, client_id=77)
    one = join(live, victim, user="an")
    victim.show()
    settle(one)
    two = join(live, thief, user="binh")
    settle(two)
    thief.type("giả")

    with pytest.raises(FrameError, match="client-id-taken"):
        settle(two)

    assert commit(live) == []


def test_r41_presence_under_another_users_id_is_not_passed_on() -> None:
    live = LiveDocument()
    victim, thief, witness = Client(1, client_id=77), Client(2, client_id=77), Client(3)
    one, three = join(live, victim, user="an"), join(live, witness, user="chi")
    victim.show(b'"An"')
    settle(one, three)
    two = join(live, thief, user="binh")
    thief.clock = 100
    thief.show(b'"gi\xe1\xba\xa3"')
    settle(one, two, three)

    assert witness.present[77] == b'"An"'


def test_r42_the_same_users_newest_connection_takes_an_id_over() -> None:
    live = LiveDocument()
    client, witness = Client(1), Client(2)
    old, watching = join(live, client, user="an"), join(live, witness, user="binh")
    client.show(b'"cu"')
    settle(old, watching)
    new = join(live, client, user="an")  # the old one is half open
    client.show(b'"moi"')
    client.type("viết tiếp")
    settle(new, watching)

    old.live.leave(old.editor)
    settle(new, watching)

    assert witness.present[client.id] == b'"moi"'
    assert str(witness.text) == "viết tiếp"


def test_r43_an_offline_day_comes_back_under_old_ids() -> None:
    live = LiveDocument()
    yesterday, today = Client(1), Client(2)
    yesterday.type("hôm qua ")
    today.doc.apply_update(yesterday.doc.get_update())
    today.type("hôm nay")
    witness = Client(3)
    watching = join(live, witness, user="binh")
    settle(watching, join(live, today, user="an"))

    assert witness.state == today.state


# --- presence ---


def test_r50_only_news_is_passed_on_and_never_to_its_author() -> None:
    live = LiveDocument()
    client, witness = Client(1), Client(2)
    line, watching = join(live, client), join(live, witness, user="binh")
    settle(line, watching)
    frame = wire.presence_frame([PresenceEntry(client.id, 5, b"{}")])
    live.receive(line.editor, frame)
    live.receive(line.editor, frame)
    live.receive(line.editor, wire.presence_frame([PresenceEntry(client.id, 4, b'"alt"')]))

    assert watching.editor.outbox.take() == [frame]
    assert line.editor.outbox.take() == []


def test_r51_who_leaves_is_gone_from_every_screen() -> None:
    live = LiveDocument()
    client, witness = Client(1), Client(2)
    line, watching = join(live, client), join(live, witness, user="binh")
    client.show()
    settle(line, watching)

    line.drop()
    settle(watching)

    assert witness.present == {client.id: None}
    assert live.presence.states() == []


def test_r52_an_echo_of_others_states_means_nothing_and_brings_nobody_back() -> None:
    live = LiveDocument()
    client, parrot, witness = Client(1), Client(2), Client(3)
    lines = [join(live, client), join(live, parrot, user="binh"), join(live, witness, user="chi")]
    client.show(b'"An"')
    settle(*lines)
    echo = wire.presence_frame([PresenceEntry(client.id, client.clock, b'"An"')])
    live.receive(lines[1].editor, echo)
    lines[0].drop()
    live.receive(lines[1].editor, echo)
    settle(*lines[1:])

    assert witness.present == {client.id: None}
    assert live.presence.states() == []


def test_r53_who_is_silent_for_half_a_minute_is_gone() -> None:
    live = LiveDocument()
    client, witness = Client(1), Client(2)
    line, watching = join(live, client), join(live, witness, user="binh")
    client.show()
    settle(line, watching)
    for _ in range(6):
        live.tick()
    settle(watching)
    assert witness.present[client.id] is not None

    live.tick()
    settle(watching)

    assert witness.present[client.id] is None


def test_r54_a_client_that_comes_back_with_its_old_clock_is_asked_to_speak_again() -> None:
    live = LiveDocument()
    client = Client(1)
    line = join(live, client)
    client.show()
    settle(line)
    line.drop()
    again = join(live, client)
    client.clock -= 1
    client.show()
    settle(again)

    assert client.present[client.id] is None
    assert [entry.client for entry in live.presence.states()] == [client.id]


def test_r56_a_quiet_line_gets_a_sign_of_life_before_a_client_takes_it_for_dead() -> None:
    live = LiveDocument()
    client = Client(1)
    line = join(live, client)
    settle(line)
    for _ in range(3):
        live.tick()
    assert line.editor.outbox.take() == []

    live.tick()

    [frame] = line.editor.outbox.take()
    assert wire.read_presence(wire.parse(frame).body) == []


# --- bounds ---


def take_all(line: Line) -> None:
    """The client reads again: what waits for it, and what it is told then."""
    while waiting := line.editor.outbox.take():
        for message in waiting:
            line.client.hear(message)
        line.live.drained(line.editor)


def test_r60_r62_an_editor_that_takes_nothing_is_left_behind_and_the_others_are_not() -> None:
    live = LiveDocument()
    writer, reader, stalled = (
        join(live, Client(1)),
        join(live, Client(2), user="binh"),
        join(live, Client(3), user="chi"),
    )
    settle(writer, reader, stalled)
    most = 0
    for _ in range(60):
        writer.client.type("x" * 40_000)
        settle(writer, reader)
        most = max(most, stalled.editor.outbox.waiting())

    assert most <= FULL_BYTES + 41_000
    assert reader.client.state == writer.client.state

    take_all(stalled)

    assert stalled.client.state == writer.client.state


def test_r60_what_was_missed_comes_as_one_update_with_the_deletions() -> None:
    live = LiveDocument()
    writer, stalled = join(live, Client(1)), join(live, Client(2), user="binh")
    writer.client.type("bị xóa đi")
    settle(writer, stalled)
    writer.client.type("x" * (FULL_BYTES + 1))
    settle(writer)
    del writer.client.text[0:4]
    for word in ("một ", "hai ", "ba"):
        writer.client.type(word)
    settle(writer)
    for message in stalled.editor.outbox.take():
        stalled.client.hear(message)
    live.drained(stalled.editor)

    [missed] = stalled.editor.outbox.take()
    stalled.client.hear(missed)

    assert stalled.client.state == writer.client.state


def test_r60_who_is_behind_for_thirty_seconds_is_closed() -> None:
    live = LiveDocument()
    writer, stalled = join(live, Client(1)), join(live, Client(2), user="binh")
    settle(writer, stalled)
    writer.client.type("x" * (FULL_BYTES + 1))
    settle(writer)
    writer.client.type("y")
    settle(writer)
    for _ in range(6):
        live.tick()
        assert stalled.editor.closing is None

    live.tick()

    assert stalled.editor.closing is not None
    assert (stalled.editor.closing.code, stalled.editor.closing.reason) == (1013, "stalled")


def test_r61_a_large_first_answer_has_its_time_and_a_second_one_waits_for_it() -> None:
    big = Client(1)
    big.type("y" * 1_000_000)
    live = LiveDocument([big.doc.get_update()])
    slow, writer = join(live, Client(2)), join(live, Client(3), user="binh")
    while slow.up_one():
        pass
    settle(writer)
    answered = slow.editor.outbox.waiting()
    live.receive(slow.editor, wire.step_1(b"\x00"))
    writer.client.type("z")
    settle(writer)
    for _ in range(20):
        live.tick()

    assert answered > 1_000_000
    assert slow.editor.outbox.waiting() == answered
    assert slow.editor.closing is None

    take_all(slow)

    assert slow.client.state == writer.client.state


def test_r60_who_asks_and_does_not_take_the_answers_is_closed() -> None:
    live = LiveDocument()
    author, asking = join(live, Client(1)), join(live, Client(2), user="binh", right="read")
    author.client.type("x" * FULL_BYTES)
    settle(author)
    while asking.up_one():
        pass
    asking.client.type("không được viết")

    while asking.up_one():
        pass

    assert asking.editor.closing is not None
    assert asking.editor.closing.reason == "too-slow"


def test_r55_cursors_are_dropped_before_edits_are() -> None:
    live = LiveDocument()
    writer, slow = join(live, Client(1)), join(live, Client(2), user="chi")
    settle(writer, slow)
    writer.client.type("x" * 40_000)
    settle(writer)
    waiting = slow.editor.outbox.waiting()
    writer.client.show()
    settle(writer)
    assert slow.editor.outbox.waiting() == waiting

    writer.client.type("y")
    settle(writer)

    assert slow.editor.outbox.waiting() > waiting


def test_r55_who_left_while_somebody_was_behind_is_gone_from_his_screen_too() -> None:
    live = LiveDocument()
    writer, leaver, slow = (join(live, Client(n), user=f"u{n}") for n in range(3))
    settle(writer, leaver, slow)
    leaver.client.show()
    settle(writer, leaver, slow)
    assert slow.client.present[leaver.client.id] is not None
    writer.client.type("x" * (FULL_BYTES + 1))
    settle(writer)
    writer.client.type("y")
    settle(writer)

    leaver.drop()
    take_all(slow)

    assert slow.client.present[leaver.client.id] is None


def test_r10_what_was_saved_while_somebody_was_behind_is_told_when_he_takes_again() -> None:
    live = LiveDocument()
    writer, slow = join(live, Client(1)), join(live, Client(2), user="binh")
    settle(writer, slow)
    slow.client.type("của tôi")
    while slow.up_one():
        pass
    writer.client.type("x" * (FULL_BYTES + 1))
    settle(writer)
    commit(live)
    assert slow.client.saved < slow.client.sent

    take_all(slow)

    assert slow.client.saved == slow.client.sent


# --- told together ---


def held_back(live: LiveDocument) -> None:
    """As in a busy document: nothing is told until `flush`."""
    live.on_waiting = lambda: None


def test_r3_what_is_told_together_is_one_update_and_an_author_gets_the_others() -> None:
    live = LiveDocument()
    lines = [join(live, Client(n), user=f"u{n}") for n in range(3)]
    settle(*lines)
    held_back(live)
    for line in lines[:2]:
        for words in ("Điều ", "1. "):
            live.receive(line.editor, written(line, words))

    live.flush()

    told = [line.editor.outbox.take() for line in lines]
    assert [len(messages) for messages in told] == [2, 2, 1]
    for line, messages in zip(lines, told, strict=True):
        for message in messages:
            line.client.hear(message)
    assert len({line.client.state for line in lines}) == 1
    assert {wire.only_writer(wire.parse(message).body) for message in told[0]} == {lines[1].client.id}
    assert {wire.only_writer(wire.parse(message).body) for message in told[1]} == {lines[0].client.id}


def test_r10_that_ones_own_is_saved_comes_with_the_news_of_the_others_in_one_write() -> None:
    live = LiveDocument()
    here, there = join(live, Client(1)), join(live, Client(2), user="binh")
    settle(here, there)
    for line in (here, there):
        live.receive(line.editor, written(line, "Điều 1. "))
    settle(here, there)
    held_back(live)
    live.committed(live.take_unlogged(10, 10_000))
    live.receive(there.editor, written(there, "Khoản 1. "))

    live.flush()

    assert len(here.editor.outbox) == 1
    saved, heard = here.editor.outbox.take()
    assert saved == wire.saved(here.editor.received)
    assert wire.only_writer(wire.parse(heard).body) == there.client.id
    assert there.editor.outbox.take() == [wire.saved(there.editor.received - 1)]


def test_r50_of_a_client_only_the_last_place_is_told() -> None:
    live = LiveDocument()
    mover, watcher = join(live, Client(1)), join(live, Client(2), user="binh")
    settle(mover, watcher)
    held_back(live)
    for state in (b'{"at":1}', b'{"at":2}', b'{"at":3}'):
        mover.client.show(state)
    while mover.up_one():
        pass

    live.flush()

    [message] = watcher.editor.outbox.take()
    assert [entry.state for entry in wire.read_presence(wire.parse(message).body)] == [b'{"at":3}']
    assert mover.editor.outbox.take() == []


def test_r10_without_hurry_what_is_saved_waits_for_news() -> None:
    live = LiveDocument()
    here, there = join(live, Client(1)), join(live, Client(2), user="binh")
    settle(here, there)
    live.receive(here.editor, written(here, "Điều 1. "))
    live.committed(live.take_unlogged(10, 10_000), hurry=False)
    assert live.saved_waits
    assert here.editor.outbox.take() == []

    live.receive(there.editor, written(there, "Khoản 1. "))

    assert here.editor.outbox.take()[0] == wire.saved(here.editor.received)
    assert not live.saved_waits


def test_r50_several_cursors_told_together_are_one_frame_for_all_and_ones_own_is_old_news() -> None:
    live = LiveDocument()
    lines = [join(live, Client(n), user=f"u{n}") for n in range(3)]
    settle(*lines)
    held_back(live)
    people = [pycrdt.Awareness(line.client.doc) for line in lines[:2]]
    for line, person in zip(lines, people, strict=False):
        person.set_local_state({"at": 1})
        frame = pycrdt.create_awareness_message(person.encode_awareness_update([line.client.id]))
        live.receive(line.editor, frame)
        person.set_local_state({"at": 2})  # said, and not heard yet

    live.flush()

    told = [line.editor.outbox.take() for line in lines]
    assert told[0] == told[1] == told[2]
    for line, person in zip(lines, people, strict=False):
        person.apply_awareness_update(wire.parse(told[0][0]).body, "hub")
        assert {i: state["at"] for i, state in person.states.items()} == {
            other.client.id: 2 if other is line else 1 for other in lines[:2]
        }


def test_r6_an_impossible_update_told_together_with_others_takes_none_of_them_with_it() -> None:
    good = Client(1, client_id=5)
    good.type("còn nguyên")
    impossible = bytes([1, 1, 6, 0, 4, 0, 5, 0, 1, ord("x"), 0])  # a letter inside a letter
    live = LiveDocument([good.doc.get_update()])
    hostile, honest, reader = (join(live, Client(n), user=f"u{n}") for n in (2, 3, 4))
    settle(hostile, honest, reader)
    held_back(live)
    live.receive(hostile.editor, wire.update_frame(impossible))
    live.receive(honest.editor, written(honest, " vẫn viết"))

    live.flush()

    possible, alone = reader.editor.outbox.take()
    reader.client.hear(possible)
    assert str(reader.client.text) == str(honest.client.text)
    assert wire.parse(alone).body == impossible


# --- the small state of a long log ---


def test_r90_the_compacted_state_keeps_everything_waiting_pieces_and_deletions_too() -> None:
    author = Client(1)
    updates: list[bytes] = []
    author.doc.observe(lambda event: updates.append(event.update))
    for words in ("một ", "hai ", "ba ", "bốn "):
        author.type(words)
    del author.text[0:4]
    late = updates.pop(1)

    reader = Client(2)
    reader.doc.apply_update(whole_state(updates))
    reader.doc.apply_update(late)

    assert reader.state == author.state


def test_r90_the_compacted_state_of_a_long_log_is_small() -> None:
    author = Client(1)
    updates: list[bytes] = []
    author.doc.observe(lambda event: updates.append(event.update))
    for _ in range(500):
        author.type("a")
        del author.text[0:1]

    state = whole_state(updates)

    assert len(state) < 50 < sum(map(len, updates))


# --- proposals ---


def only_adds(before: object, after: object, user: object) -> bool:
    """A judge for tests: whoever may comment may add, and take nothing away."""
    was, now = (str(each.get("text", type=pycrdt.Text)) for each in (before, after))  # type: ignore[attr-defined]
    return user == "binh" and all(letter in iter(now) for letter in was)


def test_r23_what_somebody_with_the_right_to_comment_sends_is_judged_on_a_copy() -> None:
    live = LiveDocument(may_propose=only_adds)
    writer, delegate = Client(1), Client(2)
    writing = join(live, writer)
    settle(writing)
    writer.type("Điều 1")
    settle(writing)
    proposing = join(live, delegate, user="binh", right="comment")
    settle(writing, proposing)
    delegate.type(", sửa đổi")
    settle(writing, proposing)

    assert delegate.refusals == []
    assert writer.state == delegate.state

    del delegate.text[0:2]
    settle(writing, proposing)

    assert delegate.refusals == ["not-a-suggestion"]
    assert len(str(writer.text)) == len(str(delegate.text)) + 1
    assert proposing.editor.closing is None


def test_r23_nothing_that_waits_for_missing_pieces_is_taken_from_a_commenter() -> None:
    """Judged while it changes nothing, it would change the text when its forerunner comes."""
    live = LiveDocument(may_propose=lambda before, after, user: True)
    delegate = Client(2)
    proposing = join(live, delegate, user="binh", right="comment")
    settle(proposing)
    base: pycrdt.Doc[Any] = pycrdt.Doc(client_id=7)
    text = base.get("text", type=pycrdt.Text)
    text += "a"
    first = base.get_state()
    text += "b"
    later = base.get_update(first)
    second = base.get_state()
    del text[0:1]
    deletion = base.get_update(second)

    for update in (later, deletion):
        live.receive(proposing.editor, wire.update_frame(update))

    assert commit(live) == []
    live.receive(proposing.editor, wire.update_frame(base.get_update()))
    assert len(commit(live)) == 1


POISON = bytes.fromhex("010d0000000000010000000000000000000000000000000000000000000000")
"""Found by the fuzzer: it can be read, and then pycrdt 0.14.13 divides by zero whenever it gives the document out."""


def test_r6_what_leaves_the_engine_in_pieces_costs_nobody_the_document() -> None:
    good = Client(1, client_id=5)
    good.type("còn nguyên")
    with pytest.raises(BaseException, match="divide by zero"):
        broken = new_doc()
        broken.apply_update(POISON)
        broken.get_update()
    live = LiveDocument([good.doc.get_update()])
    hostile, honest = Client(2), Client(3)
    lines = [join(live, hostile, user="x"), join(live, honest, user="an")]
    settle(*lines)
    live.receive(lines[0].editor, wire.update_frame(POISON))
    lines[1].editor.outbox.take()
    honest.type(" và viết tiếp")
    settle(lines[1])

    newcomer = Client(4)
    settle(join(live, newcomer, user="binh"))
    honest.type(", vẫn vậy")
    settle(lines[1])

    assert str(newcomer.text) == "còn nguyên và viết tiếp"
    later, again = Client(6), Client(7)
    settle(join(live, later, user="chi"))
    assert str(later.text) == "còn nguyên và viết tiếp, vẫn vậy"
    settle(join(LiveDocument([good.doc.get_update(), *commit(live)]), again))  # as read from the log
    assert again.state == later.state
    with pytest.raises(Impossible):
        whole_state([good.doc.get_update(), POISON])


def test_r6_it_is_found_among_many_good_ones() -> None:
    author = Client(1)
    updates: list[bytes] = []
    observer = author.doc.observe(lambda event: updates.append(event.update))
    for number in range(300):
        author.type(f"{number} ")
    author.doc.unobserve(observer)
    updates[70:70] = [POISON]
    updates[200:200] = [POISON]
    live = LiveDocument(updates)

    newcomer = Client(2)
    settle(join(live, newcomer))

    assert newcomer.state == author.state
