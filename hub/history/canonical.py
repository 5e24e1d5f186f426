"""The canonical form of a text, and its hash: what is voted on, whatever way Yjs happens to keep it.

JSON, sorted keys, no spaces, UTF-8, of ``[block, …]``; a block is ``[name, attributes, children]``, a run of letters is
``[letters, formats]``. Neighbouring runs of one format are one run, an attribute that is null is left out, a whole
number is written without a fraction. Suggestions are formats, so an open suggestion is part of what is hashed.
"""

import hashlib
from typing import Any, Final

from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from hub.events import canonical

FORM: Final = b"phien-text-1\n"
FRAGMENT: Final = "default"  # said here as well, so that a process of its own reads no web framework
DEEPEST: Final = 100
"""Elements in one another: our editor's reach a dozen, a hostile client's end a process that follows them."""
Node = list[Any]
"""``[name, attributes, children]`` or ``[letters, formats]``."""


class TooDeep(ValueError):
    pass


def is_run(node: Node) -> bool:
    return len(node) == 2


def content(doc: "Doc[Any]") -> list[Node]:
    return nodes_of(doc.get(FRAGMENT, type=XmlFragment))


def nodes_of(parent: XmlFragment | XmlElement, depth: int = 0) -> list[Node]:
    """Raises TooDeep."""
    if depth > DEEPEST:
        raise TooDeep
    found: list[Node] = []
    for child in parent.children:
        for node in _read(child, depth + 1):
            if is_run(node) and found and is_run(found[-1]) and found[-1][1] == node[1]:
                found[-1] = [found[-1][0] + node[0], node[1]]
            else:
                found.append(node)
    return found


def _read(child: XmlFragment | XmlElement | XmlText, depth: int) -> list[Node]:
    if isinstance(child, XmlText):
        return [run for run in runs_of(child) if run[0]]
    if isinstance(child, XmlElement):
        return [[child.tag or "", attributes_of(child), nodes_of(child, depth)]]
    return nodes_of(child, depth)


def runs_of(text: XmlText) -> list[Node]:
    """Runs as they are kept. Something embedded, which our editor never writes, is read as its JSON."""
    runs: list[Node] = []
    for part, formats in text.diff():
        letters = part if isinstance(part, str) else canonical(plain(str(part))).decode()
        runs.append([letters, plain(formats or {})])
    return runs


def attributes_of(element: XmlElement) -> dict[str, Any]:
    pairs: Any = element.attributes  # pycrdt declares what it yields wrongly
    return {name: plain(value) for name, value in pairs if value is not None}


def plain(value: Any) -> Any:
    """JavaScript knows one kind of number, Rust two."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


def text_hash(nodes: list[Node]) -> bytes:
    return hashlib.sha256(FORM + canonical(nodes)).digest()


def letters_in(nodes: list[Node]) -> int:
    return sum(len(node[0]) if is_run(node) else letters_in(node[2]) for node in nodes)
