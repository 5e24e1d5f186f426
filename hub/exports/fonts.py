"""The letters of the exported page: Tinos, the metric twin of Times New Roman, as the web build ships it.

Where the page was not built, Typst's own Libertinus Serif serves, which has all of Vietnamese too.
"""

import struct
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[1] / "static" / "fonts"
REGULAR: Final = "Tinos-Regular.ttf"
BOX: Final = "\u25a1"
BESIDES: Final = frozenset("▸▹▪▫◦☐☑☒✓✔✗✘★☆→⇒⇔⇐∀∃∈∉∅∩∪⊂⊃∧∨")
"""In the fonts that Typst carries itself; a test prints each."""


def showable(text: str) -> str:
    """Composed, without what cannot be seen; what no font has is a box."""
    known = covered()
    said: list[str] = []
    for letter in unicodedata.normalize("NFC", text):
        if letter == "\n" or ord(letter) in known or letter in BESIDES:
            said.append(letter)
        elif unicodedata.category(letter) in ("Zs", "Zl", "Zp") or letter == "\t":
            said.append(" ")
        elif unicodedata.category(letter) not in ("Cc", "Cf", "Mn", "Me") and letter != "\ufe0f":
            said.append(BOX)
    return "".join(said)


@cache
def covered() -> frozenset[int]:
    try:
        font = FOLDER.joinpath(REGULAR).read_bytes()
    except FileNotFoundError:
        return LATIN
    return frozenset(_codepoints(font))


LATIN: Final = frozenset(
    [
        *(*range(0x20, 0x7F), *range(0xA0, 0xAD), *range(0xAE, 0x180), *range(0x1E00, 0x1F00)),
        *(0x1A0, 0x1A1, 0x1AF, 0x1B0, 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2026, 0x20AB, 0x20AC),
    ]
)


def _codepoints(font: bytes) -> set[int]:
    """All that the table ``cmap`` maps to a shape (formats 4 and 12, which every font of today has one of)."""
    tables = struct.unpack_from(">H", font, 4)[0]
    records = [struct.unpack_from(">4s4xI", font, 12 + 16 * at) for at in range(tables)]
    cmap: int = dict(records)[b"cmap"]
    found: set[int] = set()
    for at in range(struct.unpack_from(">H", font, cmap + 2)[0]):
        table = cmap + struct.unpack_from(">I", font, cmap + 8 + 8 * at)[0]
        form = struct.unpack_from(">H", font, table)[0]
        if form == 4:
            half = struct.unpack_from(">H", font, table + 6)[0] // 2
            ends = struct.unpack_from(f">{half}H", font, table + 14)
            starts = struct.unpack_from(f">{half}H", font, table + 16 + 2 * half)
            found |= {code for first, last in zip(starts, ends, strict=True) for code in range(first, last + 1)}
        elif form == 12:
            for group in range(struct.unpack_from(">I", font, table + 12)[0]):
                first, last, _ = struct.unpack_from(">III", font, table + 16 + 12 * group)
                found |= set(range(first, last + 1))
    return found - {0xFFFF}
