"""The edit that makes a text equal to an earlier version of it: no more is touched than differs.

Blocks that did not change stay the blocks they are, and within a changed paragraph the words that did not change stay
the words they are, so what others write in them at the same time survives. The trap: pycrdt counts letters in UTF-8
bytes.
"""

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from pycrdt import XmlElement, XmlFragment, XmlText

from hub.events import canonical
from hub.history.canonical import FRAGMENT, Node, attributes_of, content, is_run, nodes_of, plain, runs_of
from realtime.replica import apply_all, new_doc
from realtime.wire import NOTHING

Parent = XmlFragment | XmlElement
WORDS: Final = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")
MOST_PAIRS: Final = 200_000
"""Of equal things on both sides; past it (one word ten thousand times) what differs is replaced as a whole."""
Opcode = tuple[str, int, int, int, int]


def edit_towards(now: bytes, wanted: bytes) -> tuple[int, bytes]:
    """The client id and the update; the update is NOTHING where the texts are equal already."""
    doc, target = new_doc(), new_doc()
    apply_all(doc, [now])
    apply_all(target, [wanted])
    nodes = content(target)
    before = bytes(doc.get_state())
    fragment = doc.get(FRAGMENT, type=XmlFragment)
    if content(doc) == nodes:
        return int(doc.client_id), NOTHING
    with doc.transaction():
        _become(fragment, nodes)
        if content(doc) != nodes:  # whatever odd thing stands there: the text itself is what was promised
            del fragment.children[0 : len(fragment.children)]
            _insert(fragment, 0, nodes)
    return int(doc.client_id), bytes(doc.get_update(before))


def _become(parent: Parent, nodes: Sequence[Node]) -> None:
    """Children of the document are matched with groups of the wanted nodes: neighbouring runs are one text."""
    children = list(parent.children)
    have = [_key(_group_of(child)) for child in children]
    groups = _groups(nodes)
    want = [_key(group) for group in groups]
    shift = 0
    for what, start, end, first, last in _steps(have, want):
        if what == "equal":
            continue
        alike = _alike(children[start:end], groups[first:last])
        at = start + shift
        taken = first
        for child in children[start:end]:
            partner = alike.get(id(child))
            if partner is None:
                del parent.children[at]
                shift -= 1
                continue
            while taken < first + partner:  # what is wanted before it
                at += _insert(parent, at, groups[taken])
                shift += 1
                taken += 1
            _make(child, groups[taken])
            taken += 1
            at += 1
        while taken < last:
            at += _insert(parent, at, groups[taken])
            shift += 1
            taken += 1


def _alike(children: Sequence[Any], groups: Sequence[list[Node]]) -> dict[int, int]:
    """Which child becomes which group: of one kind, in order, as many as there are."""
    kinds = [_kind_of(child) for child in children]
    wanted = ["" if is_run(group[0]) else group[0][0] for group in groups]
    pairs: dict[int, int] = {}
    for what, start, end, first, _ in _steps(kinds, wanted):
        for step in range(end - start if what == "equal" else 0):
            pairs[id(children[start + step])] = first + step
    return pairs


def _make(child: XmlFragment | XmlElement | XmlText, group: list[Node]) -> None:
    if isinstance(child, XmlText):
        _make_text(child, group)
    if not isinstance(child, XmlElement):
        return
    _, attributes, nodes = group[0]
    have = attributes_of(child)
    for name in have.keys() - attributes.keys():
        del child.attributes[name]
    for name, value in attributes.items():
        if have.get(name) != value:
            child.attributes[name] = value
    _become(child, nodes)


def _make_text(text: XmlText, runs: list[Node]) -> None:
    """Word by word; a word with another format is another word."""
    have, want = _words(runs_of(text)), _words(runs)
    at = 0
    for what, start, end, first, last in _steps([key for *_, key in have], [key for *_, key in want]):
        length = sum(len(word.encode()) for word, *_ in have[start:end])
        if what == "equal":
            at += length
            continue
        if length:
            del text[at : at + length]
        for letters, formats in _runs([(word, formats) for word, formats, _ in want[first:last]]):
            text.insert(at, letters, formats)
            at += len(letters.encode())


def _words(runs: Sequence[Node]) -> list[tuple[str, dict[str, Any], tuple[str, bytes]]]:
    """Each with its format, and both as one thing to compare."""
    found = []
    for letters, formats in runs:
        key = canonical(formats)
        found += [(word, formats, (word, key)) for word in WORDS.findall(letters)]
    return found


def _runs(words: Sequence[tuple[str, dict[str, Any]]]) -> list[Node]:
    return [["".join(word for word, _ in same), formats] for formats, same in groupby(words, itemgetter(1))]


def _insert(parent: Parent, at: int, nodes: Sequence[Node]) -> int:
    """Puts nodes into the children at a place; returns how many children that made."""
    groups = _groups(nodes)
    for place, group in enumerate(groups, at):
        if is_run(group[0]):
            text = parent.children.insert(place, XmlText())
            _make_text(text, group)
        else:
            name, attributes, children = group[0]
            element = parent.children.insert(place, XmlElement(name))
            for key, value in attributes.items():
                element.attributes[key] = value
            _insert(element, 0, children)
    return len(groups)


def _steps(have: Sequence[Hashable], want: Sequence[Hashable]) -> Iterator[Opcode]:
    """As difflib tells them. What is equal at both ends is cut off first: mostly that is nearly all."""
    shorter = min(len(have), len(want))
    head = next((at for at in range(shorter) if have[at] != want[at]), shorter)
    rest = range(shorter - head)
    tail = next((at for at in rest if have[-1 - at] != want[-1 - at]), len(rest))
    a, b = have[head : len(have) - tail], want[head : len(want) - tail]
    if head:
        yield "equal", 0, head, 0, head
    counts = Counter(b)
    if sum(counts[each] for each in a) > MOST_PAIRS:
        yield "replace", head, head + len(a), head, head + len(b)
    else:
        for what, start, end, first, last in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
            yield what, start + head, end + head, first + head, last + head
    if tail:
        yield "equal", len(have) - tail, len(have), len(want) - tail, len(want)


def _groups(nodes: Sequence[Node]) -> list[list[Node]]:
    """Each element for itself, neighbouring runs together: as the editor keeps them."""
    groups: list[list[Node]] = []
    for node in nodes:
        if is_run(node) and groups and is_run(groups[-1][0]):
            groups[-1].append(node)
        else:
            groups.append([node])
    return groups


def _group_of(child: XmlFragment | XmlElement | XmlText) -> list[Node]:
    if isinstance(child, XmlText):
        return _runs([(letters, formats) for letters, formats in runs_of(child) if letters])
    if isinstance(child, XmlElement):
        return [[child.tag or "", attributes_of(child), nodes_of(child)]]
    return nodes_of(child)


def _kind_of(child: XmlFragment | XmlElement | XmlText) -> str:
    return (child.tag or "") if isinstance(child, XmlElement) else "" if isinstance(child, XmlText) else "fragment"


def _key(nodes: Sequence[Any]) -> bytes:
    return canonical(plain(list(nodes)))
