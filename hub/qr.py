"""A QR as SVG without a size of its own, black on white with its margin: readable on every background."""

import io

import segno


def qr_svg(text: str) -> str:
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        picture,
        kind="svg",
        xmldecl=False,
        border=4,
        dark="#000",
        light="#fff",
        omitsize=True,
        svgclass=None,
        lineclass=None,
    )
    return picture.getvalue().decode()
