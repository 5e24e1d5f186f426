"""What a model folder says of itself: name, revision, checksums, licence, and what nobody knows about it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

MANIFEST = "manifest.json"


class WeightsMissing(Exception):
    """There is nothing to load; the words say what to do about it."""


class WeightsBroken(Exception):
    """The files are there and are not what their manifest, or their format, says."""


class FileSum(msgspec.Struct, frozen=True):
    sha256: str
    size: int


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`model_id` is stored beside every vector: vectors of two models are never compared."""

    name: str
    revision: str
    model_id: str
    licence: str
    source: str
    unknown: list[str]
    dimensions: int
    files: dict[str, FileSum]


def sum_of(path: Path) -> FileSum:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return FileSum(digest.hexdigest(), path.stat().st_size)


def write(folder: Path, manifest: Manifest) -> None:
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2))


def read(folder: Path) -> Manifest:
    try:
        found = (folder / MANIFEST).read_bytes()
    except FileNotFoundError:
        raise WeightsMissing(f"{folder} has no {MANIFEST}") from None
    try:
        return msgspec.json.decode(found, type=Manifest)
    except msgspec.MsgspecError as error:
        raise WeightsBroken(f"{folder / MANIFEST}: {error}") from error


def check(folder: Path, manifest: Manifest) -> None:
    """Every named file is there and unchanged, to the byte."""
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise WeightsBroken(f"{path} is missing")
        if path.stat().st_size != expected.size or sum_of(path) != expected:
            raise WeightsBroken(f"{path} differs from its checksum")
