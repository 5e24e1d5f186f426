"""The embedding weights, rebuilt once for all tests that need a real model."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from ai.embeddings import Store
from ai.embeddings.package import package_version
from ai.embeddings.store import FORMAT


@functools.cache
def models_folder() -> Path:
    """Kept between runs under the temporary folder: its content depends on the package and the format alone."""
    folder = Path(tempfile.gettempdir(), f"phien-test-models-{package_version()}-{FORMAT}")
    store = Store(folder)
    if not store.ready():
        store.build()
    return folder
