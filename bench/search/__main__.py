"""`python -m bench.search`: prints how well the sample is found and how fast a large archive answers.

python -m bench.search                     both, at 1,000, 10,000 and 100,000 passages (about 6 minutes)
python -m bench.search --quality --missed  the labelled questions alone, with those not answered first
python -m bench.search --speed 10000
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from pathlib import Path

from bench.search import quality, speed
from bench.search.place import a_server, an_inference


def main() -> None:
    said = argparse.ArgumentParser(
        prog="bench.search", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    said.add_argument("--quality", action="store_true")
    said.add_argument("--missed", action="store_true", help="also list the questions not answered first")
    said.add_argument("--speed", nargs="*", type=int, metavar="PASSAGES")
    said.add_argument("--models", type=Path, help="folder of rebuilt weights; made when missing")
    words = said.parse_args()
    both = not words.quality and words.speed is None
    models = words.models or Path(tempfile.gettempdir(), "phien-bench-models")
    with a_server() as server, an_inference(models) as socket:
        if both or words.quality:
            asyncio.run(_quality(server, socket, words.missed))
        if both or words.speed is not None:
            sizes = words.speed or [1_000, 10_000, 100_000]
            print(f"{os.cpu_count()} cores; milliseconds of a whole search", flush=True)
            asyncio.run(_speed(server, socket, sizes))


async def _quality(server: str, socket: Path, missed: bool) -> None:
    await quality.measure(server, socket, show_missed=missed)


async def _speed(server: str, socket: Path, sizes: list[int]) -> None:
    await speed.measure(server, socket, sizes)


if __name__ == "__main__":
    main()
