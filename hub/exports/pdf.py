"""A sheet becomes a PDF/A-2b with Typst, in the child.

PDF/A embeds every letter and so refuses a text with one that no font has. Such letters (an emoji, a script we ship no
font for) are shown as a box: a text must never be impossible to print.
"""

from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec
import typst

from hub.exports import fonts
from hub.exports.messages import Printed, PrintJob
from hub.exports.pictures import fit_all

STANDARD: Final = "a-2b"


def to_pdf(job: PrintJob) -> Printed:
    fits = fit_all(job.images)
    sheet = msgspec.to_builtins(job.sheet)
    _prepare(sheet, {name: (f"{at}.{fit.suffix}", fit.width_mm) for at, (name, fit) in enumerate(fits.items())})
    root = Path.cwd()  # a folder of this job's own, see child.py
    for at, fit in enumerate(fits.values()):
        root.joinpath(f"{at}.{fit.suffix}").write_bytes(fit.content)
    root.joinpath("sheet.json").write_bytes(msgspec.json.encode(sheet))
    main = root / "sheet.typ"
    main.write_bytes(files("hub.exports").joinpath("sheet.typ").read_bytes())
    content = typst.compile(
        str(main),
        root=str(root),
        font_paths=[str(fonts.FOLDER)] if fonts.FOLDER.exists() else [],
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=[STANDARD],
    )
    return Printed(content)


def _prepare(node: Any, images: dict[str, tuple[str, float]]) -> None:
    """Letters without a shape become boxes; a picture gets the name of its file and its width, or None."""
    if isinstance(node, list):
        for inner in node:
            _prepare(inner, images)
    elif isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, str):
                node[key] = fonts.showable(value)
            else:
                _prepare(value, images)
        if node.get("type") == "image":
            name, width = images.get(node["image"], ("", None))
            node |= {"image": name, "width": width}
