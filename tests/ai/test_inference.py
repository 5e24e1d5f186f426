"""The inference process: light until asked, queries first, bounded, gone with its parent, and missed politely."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from ai.embeddings import Store
from ai.inference import InferenceClient, InferenceUnavailable, command
from ai.inference.messages import LENGTH, TEXTS_AT_MOST, Embed, Failed, frame, read_answer
from ai.inference.server import WAITING_AT_MOST, Server
from tests.ai.weights import models_folder

PASSAGE = "Hội đồng nhân dân xã quyết nghị dự toán ngân sách năm sau. " * 6


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    return tmp_path / "inference.sock"


@pytest.fixture
def process(socket: Path) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(command(socket, models_folder(), unload_after_seconds=600))
    yield child
    child.terminate()
    child.wait(10)


def megabytes(pid: int) -> float:
    words = Path(f"/proc/{pid}/smaps_rollup").read_text().split()
    return int(words[words.index("Pss:") + 1]) / 1024


async def until(true: object, seconds: float = 10) -> None:
    with anyio.fail_after(seconds):
        while not true():  # type: ignore[operator]
            await anyio.sleep(0.02)


async def test_it_is_small_until_the_first_text(process: subprocess.Popen[bytes], socket: Path) -> None:
    async with InferenceClient(socket) as client:
        state = await client.until_known(10)
        assert state is not None
        assert state.standing == "idle"
        assert state.model is not None
        before = megabytes(process.pid)

        model_id, vector = await client.embed_query("ngân sách", within=20)

        assert before < 40
        assert megabytes(process.pid) < 200
        assert model_id == state.model.model_id
        assert len(vector) == 384
        assert client.state is not None
        assert client.state.standing == "ready"


async def test_a_person_who_types_does_not_wait_for_a_reindexing(
    process: subprocess.Popen[bytes], socket: Path
) -> None:
    async with InferenceClient(socket) as client, asyncio.TaskGroup() as tasks:
        await client.until_known(10)
        await client.embed_query("làm nóng", within=20)
        long = tasks.create_task(client.embed_passages([PASSAGE] * 30, within=240))
        await asyncio.sleep(0)

        for word in ("đường", "trường", "trạm"):
            await client.embed_query(word, within=10)

        assert not long.done()
        assert len((await long).vectors) == 30


async def test_the_same_words_are_not_computed_twice(process: subprocess.Popen[bytes], socket: Path) -> None:
    async with InferenceClient(socket) as client:
        await client.until_known(10)
        first = await client.embed_query("ngân  sách ", within=20)
        process.send_signal(signal.SIGSTOP)
        try:
            again = await client.embed_query("ngân sách", within=0.05)
        finally:
            process.send_signal(signal.SIGCONT)

        assert again is first


async def test_a_process_that_answers_nothing_costs_the_asker_its_time_and_no_more(
    process: subprocess.Popen[bytes], socket: Path
) -> None:
    async with InferenceClient(socket) as client:
        await client.until_known(10)
        process.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(InferenceUnavailable) as refused:
                await client.embed_query("mới", within=0.05)
        finally:
            process.send_signal(signal.SIGCONT)

        assert refused.value.code == "too-late"


async def test_a_client_comes_back_after_the_process_did(socket: Path) -> None:
    async with InferenceClient(socket) as client:
        with pytest.raises(InferenceUnavailable) as refused:
            await client.embed_query("x")
        assert refused.value.code == "down"
        for _ in range(2):
            child = subprocess.Popen(command(socket, models_folder()))
            assert await client.until_known(10) is not None
            asked = asyncio.create_task(client.embed_passages([PASSAGE] * 200, within=60))
            await until(lambda: client.state is not None and client.state.standing == "ready")

            child.kill()
            child.wait()

            with pytest.raises(InferenceUnavailable) as gone:
                await asked
            assert gone.value.code == "down"
            await until(lambda: client.state is None)


async def test_weights_are_rebuilt_at_first_use_and_the_progress_is_seen(socket: Path, tmp_path: Path) -> None:
    child = subprocess.Popen(command(socket, tmp_path / "models"))
    seen: list[tuple[str, float]] = []
    try:
        async with InferenceClient(socket) as client:
            await client.until_known(10)
            asked = asyncio.create_task(client.embed_query("ngân sách", within=60))
            while not asked.done():
                state = client.state
                if state is not None and (state.standing, state.progress) not in seen:
                    seen.append((state.standing, state.progress))
                await asyncio.sleep(0.01)
            await asked
    finally:
        child.terminate()
        child.wait()

    building = [part for standing, part in seen if standing == "building"]
    assert len(building) >= 3
    assert building == sorted(building)
    assert Store(tmp_path / "models").ready()


async def test_a_damaged_folder_of_ours_is_rebuilt(socket: Path, tmp_path: Path) -> None:
    store = Store(tmp_path)
    shutil.copytree(models_folder() / store.folder.name, store.folder)
    (store.folder / "model.onnx").write_bytes(b"not a model")
    child = subprocess.Popen(command(socket, tmp_path))
    try:
        async with InferenceClient(socket) as client:
            await client.until_known(10)

            _, vector = await client.embed_query("ngân sách", within=60)
    finally:
        child.terminate()
        child.wait()

    assert len(vector) == 384


async def test_a_site_without_weights_is_told_so_at_once(socket: Path, tmp_path: Path) -> None:
    child = subprocess.Popen(command(socket, tmp_path, named=tmp_path / "nowhere"))
    try:
        async with InferenceClient(socket) as client:
            state = await client.until_known(10)
            with pytest.raises(InferenceUnavailable) as refused:
                await client.embed_query("x", within=20)
    finally:
        child.terminate()
        child.wait()

    assert state is not None
    assert state.standing == "missing"
    assert "nowhere" in state.detail
    assert refused.value.code == "missing"


async def test_an_idle_model_gives_its_memory_back(socket: Path) -> None:
    child = subprocess.Popen(command(socket, models_folder(), unload_after_seconds=0.2))
    try:
        async with InferenceClient(socket) as client:
            await client.until_known(10)
            await client.embed_query("ngân sách", within=20)
            await until(lambda: client.state is not None and client.state.standing == "idle")

            assert megabytes(child.pid) < 40
            await client.embed_query("trường học", within=20)
    finally:
        child.terminate()
        child.wait()


def test_it_ends_with_its_parent(socket: Path, tmp_path: Path) -> None:
    script = (
        "import subprocess, sys, time\nfrom pathlib import Path\nfrom ai.inference import command\n"
        f"child = subprocess.Popen(command(Path({str(socket)!r}), Path({str(tmp_path)!r})))\n"
        "print(child.pid, flush=True)\ntime.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=os.environ)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())

    parent.kill()
    parent.wait()
    parent.stdout.close()

    async def gone() -> None:
        await until(lambda: not alive(pid), 5)

    anyio.run(gone)


def alive(pid: int) -> bool:
    """A zombie nobody reaps (there may be no init in a container) has ended too."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_the_queue_is_bounded_and_says_so(process: subprocess.Popen[bytes], socket: Path) -> None:
    async with InferenceClient(socket) as client:
        await client.until_known(10)
    reader, writer = await asyncio.open_unix_connection(str(socket))
    try:
        for number in range(WAITING_AT_MOST + 40):
            writer.write(frame(Embed(number, "passage", [PASSAGE], 30)))
        writer.write(frame(Embed(-1, "passage", ["x"] * (TEXTS_AT_MOST + 1), 30)))
        codes = []
        async with asyncio.timeout(30):
            while "too-large" not in codes:
                answer = await read_answer(reader)
                if isinstance(answer, Failed):
                    codes.append(answer.code)
    finally:
        writer.close()
        await writer.wait_closed()

    assert codes.count("busy") >= 20


@pytest.mark.parametrize("broken", [LENGTH.pack(1 << 30), LENGTH.pack(3) + b"\xc1\xc1\xc1", LENGTH.pack(1) + b"\x00"])
async def test_a_broken_frame_ends_that_connection_alone(
    process: subprocess.Popen[bytes], socket: Path, broken: bytes
) -> None:
    async with InferenceClient(socket) as client:
        await client.until_known(10)
        reader, writer = await asyncio.open_unix_connection(str(socket))
        writer.write(broken)
        with anyio.fail_after(5):
            await reader.read()
        writer.close()
        await writer.wait_closed()

        _, vector = await client.embed_query("ngân sách", within=20)

        assert len(vector) == 384


async def test_the_socket_is_private_from_the_first_moment(socket: Path) -> None:
    server = Server(Store(models_folder()))
    serving = asyncio.create_task(server.serve(socket))
    await until(socket.exists)

    mode = socket.stat().st_mode & 0o777
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving

    assert mode == 0o600
