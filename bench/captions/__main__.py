"""``python -m bench.captions speech`` · ``python -m bench.captions hub``. Run on an otherwise idle machine.

speech: Vietnamese clips of natural voices at the pace of speech through our service, or a server named with --url.
hub: what the hub itself adds, from the recogniser's word to the screens, with the recogniser replaced by a clock.
"""

import argparse
import asyncio
import sys

from bench.captions import hub_delay, speech


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.captions", description=__doc__)
    which = parser.add_subparsers(dest="which", required=True)
    one = which.add_parser("speech", help="word error rate, delay of the last word and of the final")
    one.add_argument("--url", help="a server of the whisper-live protocol; default: our own service, started here")
    one.add_argument("--streams", type=int, default=1, help="so many speakers at once")
    one.add_argument("--rounds", type=int, default=1, help="the clips so many times, each round after another pause")
    two = which.add_parser("hub", help="the hub's own delay to many screens")
    two.add_argument("--viewers", type=int, default=200)
    two.add_argument("--seconds", type=float, default=30.0)
    said = parser.parse_args()
    if said.which == "speech":
        return asyncio.run(speech.measure(said.url, said.streams, said.rounds))
    return asyncio.run(hub_delay.measure(said.viewers, said.seconds))


if __name__ == "__main__":
    sys.exit(main())
