"""Frames as a fuzzer makes them: a whole conversation in one piece of bytes, and what must hold however it goes.

`python -m tests.realtime.fuzz_frames FOLDER -max_total_time=3600` runs atheris (which is installed for that only) and
adds to the folder what reached new code. `corpus/` has the small set that reaches it all, replayed by every test run.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pycrdt

from realtime import Editor, LiveDocument, messages, wire
from realtime.checking import check_update
from realtime.replica import Replica, is_engine_failure
from realtime.wire import FrameError

CORPUS = Path(__file__).parent / "corpus"


def converse(data: bytes) -> None:
    """The bytes are frames, each behind its length; a stranger says them one after the other.

    Whatever he says, others are not told of what was refused, and a newcomer can still be shown the document.
    """
    live = LiveDocument([_seed()])
    stranger, witness = Editor("x", right="write", wants_saved=True), Editor("y", right="read")
    for editor in (witness, stranger):
        live.join(editor)
    live.receive(witness, wire.step_1(b"\x00"))
    at = 0
    while at < len(data) and stranger.closing is None:
        try:
            frame, at = wire.read_blob(data, at)
        except FrameError:
            frame, at = data[at:], len(data)
        witness.outbox.clear()
        logged = len(live.unlogged)
        try:
            live.receive(stranger, frame)
        except FrameError:
            assert len(live.unlogged) == logged, "refused, and logged all the same"
            assert not len(witness.outbox), "refused, and passed on all the same"
            break
    live.leave(stranger)
    for entry in live.unlogged:
        check_update(entry.update)
    _newcomer(live.replica)
    messages.decode(data)


def _seed() -> bytes:
    doc: pycrdt.Doc[Any] = pycrdt.Doc(client_id=7)
    text = doc.get("text", type=pycrdt.Text)
    text += "Đại biểu 🎉"
    del text[0:2]
    return bytes(doc.get_update())


def _newcomer(replica: Replica) -> None:
    """He gets all of it, or as much as the engine can put together: a hostile piece must not cost him the rest."""
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    try:
        doc.apply_update(replica.missing(b"\x00"))
    except BaseException as error:
        if not is_engine_failure(error):
            raise
    assert replica.holds(_seed())


def seeds() -> list[bytes]:
    """Conversations of honest clients, for a fuzzer to begin with."""
    doc: pycrdt.Doc[Any] = pycrdt.Doc(client_id=9)
    said = [wire.step_1(b"\x00"), wire.step_2(wire.NOTHING)]
    text, shared = doc.get("text", type=pycrdt.Text), doc.get("m", type=pycrdt.Map)
    fragment = doc.get("default", type=pycrdt.XmlFragment)
    updates: list[bytes] = []
    watching = doc.observe(lambda event: updates.append(event.update))
    text += "Nghị quyết ữ"
    text.format(0, 4, {"bold": True})
    text.insert_embed(1, {"a": [1, None, 2.5]})
    shared["k"] = {"deep": [True, "x", b"\x00".hex()]}
    shared["doc"] = pycrdt.Doc()
    element = fragment.children.append(pycrdt.XmlElement("paragraph", {"part": "article"}))
    element.children.append(pycrdt.XmlText("u"))
    del text[0:3]
    doc.unobserve(watching)
    presence = wire.presence_frame(
        [wire.PresenceEntry(9, 1, b'{"user":{"name":"An"}}'), wire.PresenceEntry(9, 2, None)]
    )
    frames = [*said, *(wire.update_frame(update) for update in updates), presence, b"\x03"]
    whole = wire.step_2(doc.get_update())
    return [
        b"".join(wire.blob(frame) for frame in frames),
        wire.blob(wire.step_1(doc.get_state())) + wire.blob(whole),
        *(b"".join(wire.blob(each) for each in (*said, frame)) for frame in frames[2:]),
        messages.committed("hub", 3, updates),
    ]


def main() -> None:
    import atheris  # type: ignore[import-not-found, unused-ignore]

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds()):
        (folder / f"seed-{number}").write_bytes(seed)
    for name in [name for name in sys.modules if name.partition(".")[0] == "realtime"]:
        del sys.modules[name]
    with atheris.instrument_imports(include=["realtime"]):
        again = importlib.import_module("tests.realtime.fuzz_frames")  # this file is `__main__`: it is read once more
    atheris.Setup(sys.argv, again.converse)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
