"""`python -m ai.embeddings MODELS`: rebuilds the weights in a process of its own; a line of JSON a step on stdout."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from ai.embeddings.manifest import WeightsBroken, WeightsMissing
from ai.embeddings.store import Store
from ai.inference.process import die_with_parent


def main() -> int:
    die_with_parent()

    def tell(part: float, what: str) -> None:
        print(msgspec.json.encode({"part": part, "what": what}).decode(), flush=True)

    try:
        Store(Path(sys.argv[1])).build(tell)
    except (WeightsMissing, WeightsBroken, OSError) as error:
        print(msgspec.json.encode({"failed": str(error)}).decode(), flush=True)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
