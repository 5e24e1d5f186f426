"""Where blocks of facts are put into the shared document: the frame of form 1.9, then each block within its item.

Each function is given a copy to write in. Nothing that somebody wrote is moved or taken away.
"""

from collections.abc import Iterable
from typing import Any, Final

from pycrdt import Doc, XmlElement, XmlFragment

from hub.documents.fragments import read_block, write_blocks
from hub.documents.reading import FRAGMENT
from hub.documents.structure import Fact, FactKind, Heading, Paragraph, Words
from hub.history.canonical import content, letters_in

ORDER: Final[dict[str, int]] = {"item": 0, "speeches": 1, "vote": 2, "conclusion": 3}
"""Of the blocks within one item."""


def is_empty(doc: Doc[Any]) -> bool:
    """Nobody has written a letter or put anything in; an editor that was opened leaves an empty paragraph."""
    nodes = content(doc)
    return letters_in(nodes) == 0 and all(node[0] == "paragraph" and not node[2] for node in nodes)


def lay_frame(doc: Doc[Any], title: str) -> None:
    """After what stands there, if anything does. The items come with ``lay``."""
    fragment = doc.get(FRAGMENT, type=XmlFragment)
    if is_empty(doc):
        del fragment.children[0 : len(fragment.children)]
    write_blocks(
        fragment,
        [
            Heading(1, [Words("BIÊN BẢN")]),
            Heading(2, [Words(title)]),
            Fact("opening"),
            Fact("attendance"),
            Fact("officers"),
            Paragraph([Words("Nội dung (theo diễn biến cuộc họp):", bold=True)]),
            Fact("ending"),
        ],
    )


def lay(doc: Doc[Any], wanted: Iterable[tuple[FactKind, str, str]], order: list[str]) -> None:
    """``wanted``: kind, what it is about, the item it belongs to. ``order``: the items of the agenda."""
    places = {item: at for at, item in enumerate(order)}
    for kind, ref, item in sorted(wanted, key=lambda one: (places.get(one[2], len(order)), ORDER[one[0]], one[1])):
        facts = facts_in(doc)
        if (kind, ref) not in facts.values():  # somebody put it in by hand already
            _insert(doc, _place(doc, facts, kind, item, order), Fact(kind, ref))


def facts_in(doc: Doc[Any]) -> dict[int, tuple[str, str]]:
    """The blocks of facts at the top of the text, by their place."""
    found: dict[int, tuple[str, str]] = {}
    for at, node in enumerate(doc.get(FRAGMENT, type=XmlFragment).children):
        if isinstance(node, XmlElement) and node.tag == "factBlock" and isinstance(block := read_block(node), Fact):
            found[at] = (block.kind, block.ref)
    return found


def _place(doc: Doc[Any], facts: dict[int, tuple[str, str]], kind: str, item: str, order: list[str]) -> int:
    """Within its item: before the next item begins, and before the item's conclusion. Else before the text's end."""
    end = next((at for at, fact in facts.items() if fact[0] == "ending"), None)
    end = len(doc.get(FRAGMENT, type=XmlFragment).children) if end is None else end
    if kind == "item":
        later = set(order[order.index(item) + 1 :]) if item in order else set()
        return next((at for at, (of, ref) in facts.items() if of == "item" and ref in later), end)
    begins = next((at for at, fact in facts.items() if fact == ("item", item)), None)
    if begins is None:
        return end
    stop = next((at for at, (of, _) in facts.items() if at > begins and of in ("item", "ending")), end)
    before = ("vote", "conclusion") if kind == "speeches" else ("conclusion",)
    return next((at for at, (of, _) in facts.items() if begins < at < stop and of in before), stop)


def _insert(doc: Doc[Any], at: int, fact: Fact) -> None:
    """With an empty line after it, to write in."""
    children = doc.get(FRAGMENT, type=XmlFragment).children
    node = children.insert(at, XmlElement("factBlock"))
    node.attributes["kind"] = fact.kind
    node.attributes["ref"] = fact.ref
    children.insert(at + 1, XmlElement("paragraph"))
