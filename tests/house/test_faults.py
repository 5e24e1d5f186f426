"""Ten kills of an installation as shipped; `python -m bench.faults` does two hundred."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bench.faults import kills

pytestmark = pytest.mark.slow
SEED = int(os.environ.get("PHIEN_FUZZ_SEED", "20260302"))


@pytest.fixture
def place() -> Iterator[Path]:
    with TemporaryDirectory(prefix="phien-faults-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


async def test_r10_nothing_called_saved_is_lost_when_hub_database_bus_or_all_of_them_are_killed(place: Path) -> None:
    print(f"seed {SEED}")

    tally = await kills.run(place, kills=10, seed=SEED, tell=print)

    assert tally.lost == []
    assert tally.kills.total() == 10
    assert set(tally.kills) == set(kills.KINDS)
    assert all(tally.acknowledged[kind] > 20 for kind in kills.KINDS)
