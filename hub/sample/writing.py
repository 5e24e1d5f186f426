"""The documents of the sample, as the forms of Decree 30/2020 order their parts."""

from collections.abc import Iterable

from hub.documents.writing import Block
from hub.sample.texts import Resolution


def resolution_blocks(resolution: Resolution) -> list[Block]:
    """Form 1.1 of Decree 30/2020. A decision of the committee differs in its name and its verb."""
    decision = "QĐ-UBND" in resolution.number
    blocks = [Block("QUYẾT ĐỊNH" if decision else "NGHỊ QUYẾT", level=1), Block(resolution.title, level=2)]
    if resolution.number:
        blocks.append(Block(resolution.number, label="Số: ", centred=True))
    last = len(resolution.grounds) - 1
    blocks += [
        Block(f"{ground}{'.' if at == last else ';'}", part="ground") for at, ground in enumerate(resolution.grounds)
    ]
    blocks.append(Block("", label="QUYẾT ĐỊNH:" if decision else "QUYẾT NGHỊ:", centred=True))
    return blocks + [Block(article, part="article") for article in resolution.articles]


def minutes_blocks(heads: Iterable[tuple[str, str]], title: str, body: str, end: str) -> list[Block]:
    """Form 1.9: its heads, what happened under one heading for each item, and the end."""
    blocks = [Block("BIÊN BẢN", level=1), Block(title, level=2)]
    blocks += [Block(text, label=f"{label}: ") for label, text in heads]
    blocks.append(Block("", label="Nội dung:"))
    for text in filter(None, (part.strip() for part in body.split("\n\n"))):
        blocks.append(Block(text.removeprefix("## "), level=3) if text.startswith("## ") else Block(text))
    return [*blocks, Block(end)]
