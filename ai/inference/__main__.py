"""`python -m ai.inference --socket PATH --models FOLDER`: the inference process. Ends with its parent, or SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from ai.embeddings.store import Store
from ai.inference.process import die_with_parent, watch_parent
from ai.inference.server import Server


async def _serve(said: argparse.Namespace) -> bool:
    """True when it ended because nobody asked for anything."""
    server = Server(Store(said.models, said.named), threads=said.threads, unload_after_seconds=said.unload_after)
    work = asyncio.create_task(server.serve(said.socket))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, work.cancel)
    watch = asyncio.create_task(watch_parent(said.parent))
    watch.add_done_callback(lambda _: work.cancel())
    try:
        await work
    except asyncio.CancelledError:
        return False
    finally:
        watch.cancel()
    return True


def main() -> None:
    said = argparse.ArgumentParser(prog="ai.inference", description=__doc__)
    said.add_argument("--socket", type=Path, required=True)
    said.add_argument("--models", type=Path, required=True, help="where rebuilt weights are kept")
    said.add_argument("--named", type=Path, help="a folder with model.onnx and tokenizer.json, instead")
    said.add_argument("--threads", type=int, default=1)
    said.add_argument("--unload-after", type=float, default=600, help="seconds without work until the model is let go")
    said.add_argument("--parent", type=int, default=os.getppid())
    die_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if asyncio.run(_serve(said.parse_args())):
        # A process that once held a model never gets small again (125 MB of libraries and fragments): begin anew under
        # the same pid, at 20 MB. Clients reconnect in a tenth of a second.
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


if __name__ == "__main__":
    main()
