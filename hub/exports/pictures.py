"""Pictures made fit for paper, in the child: what cannot be read is left out, what is huge is made smaller."""

import io
import warnings
from collections.abc import Mapping
from typing import Final

import msgspec
from PIL import Image as Pixels
from PIL import ImageOps

MOST_PIXELS: Final = 60_000_000
WIDEST_PX: Final = 1890
"""160 mm at 300 dots an inch: more than a page shows."""
WIDEST_MM: Final = 160.0
HIGHEST_MM: Final = 220.0
MM_PER_PX: Final = 25.4 / 96
READABLE: Final = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")

Pixels.MAX_IMAGE_PIXELS = MOST_PIXELS


class Fit(msgspec.Struct, frozen=True):
    """PNG or JPEG, with its size on paper."""

    content: bytes
    suffix: str
    width_mm: float
    height_mm: float


def fit_all(images: Mapping[str, bytes]) -> dict[str, Fit]:
    """Without those that are no pictures."""
    return {name: fit for name, content in images.items() if (fit := fitted(content)) is not None}


def fitted(content: bytes) -> Fit | None:
    found = drawn(content)
    if found is None:
        return None
    content, suffix, width, height = found
    scale = min(1.0, WIDEST_MM / (width * MM_PER_PX), HIGHEST_MM / (height * MM_PER_PX))
    return Fit(content, suffix, width * MM_PER_PX * scale, height * MM_PER_PX * scale)


def drawn(content: bytes) -> tuple[bytes, str, int, int] | None:
    """The picture drawn again as PNG or JPEG: bytes, suffix, and how wide and high it was before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a picture's odd metadata is nobody's concern; its size is checked below
        try:
            picture: Pixels.Image = Pixels.open(io.BytesIO(content), formats=READABLE)
            if picture.width * picture.height > MOST_PIXELS:
                return None
            kind = picture.format
            picture = ImageOps.exif_transpose(picture)
            picture.load()
        except (OSError, ValueError, SyntaxError, Pixels.DecompressionBombError):  # all that Pillow says of a bad file
            return None
    width, height = picture.size
    if width > WIDEST_PX:
        picture = picture.resize((WIDEST_PX, max(1, round(height * WIDEST_PX / width))))
    out = io.BytesIO()
    if kind == "JPEG":
        picture.convert("RGB").save(out, "JPEG", quality=88)
        return out.getvalue(), "jpg", width, height
    picture.convert("RGBA" if picture.has_transparency_data else "RGB").save(out, "PNG", optimize=False)
    return out.getvalue(), "png", width, height
