"""Whether an edit by somebody who may comment is a suggestion of his own and nothing more.

Take his suggestions out of the text before and after: what is left must be the same. That alone is not enough, since
what a tree does not show can still do harm (a mark no editor knows makes every editor delete the paragraph it stands
in), so what the update carries is looked at too. The page asks the same question first (``suggestions-judge.ts``).
"""

import re
from collections.abc import Hashable, Iterator
from typing import Any, Final

import structlog
from pycrdt import Doc, XmlFragment

from hub.documents.reading import FRAGMENT
from hub.suggestions import structs
from hub.suggestions.structs import Id, Item, Unreadable
from hub.suggestions.tree import (
    DELETION,
    INSERTION,
    PROPOSED,
    Block,
    NoText,
    Run,
    merged,
    read,
    said_in_attribute,
    said_in_mark,
    some,
)
from realtime.replica import is_engine_failure, new_doc

log = structlog.get_logger()

LOOKS: Final = frozenset({"bold", "italic", "underline", "strike"})
HOLDERS: Final = frozenset({"", "tableCell", "tableHeader", "listItem", "blockquote"})
"""Where a paragraph may be proposed; the text itself is the empty name."""
PARTS: Final = (None, "article", "clause", "point", "ground")
ALIGNED: Final = (None, "center", "right")
NAME: Final = re.compile(r"[A-Za-z0-9_-]{6,40}")
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
NOTHING_YET: Final = (Block("paragraph", {}, ()),)
"""An editor shows an empty text as an empty paragraph, and the first letter typed makes it one."""
MOST_WORDS: Final = 100_000
"""Characters of one person's proposals in one stretch of the text that nobody decided on."""

Blocks = tuple[Run | Block, ...]


def may_propose(before: Doc[Any], after: Doc[Any], user: Hashable) -> bool:
    """``after`` is a copy of ``before`` with the edit in it."""
    try:
        update = after.get_update(before.get_state())
        _check_kinds(update, after, str(user))
        if len(before.get(FRAGMENT, type=XmlFragment).children) == 0:
            same = _begins(read(after), str(user))
        else:
            same = all(_only_his(was, now, str(user)) for was, now in _changed(before, after, update))
    except (NoText, Unreadable) as wrong:
        log.info("suggestion.refused", user=str(user), why=str(wrong))
        return False
    except BaseException as error:  # a document the engine cannot read
        if not is_engine_failure(error):
            raise
        log.warning("suggestion.unreadable", user=str(user), error=repr(error))
        return False
    if not same:
        log.info("suggestion.refused", user=str(user), why="the text below would change")
        return False
    return True


# --- what the update carries ---


def _check_kinds(update: bytes, after: Doc[Any], user: str) -> None:
    if set(after.keys()) - {FRAGMENT}:
        raise NoText("something beside the text")
    origins: _Origins | None = None
    for item in structs.items(update):
        if item.kind in (structs.GC, structs.DELETED):
            continue
        if isinstance(item.parent, str) and (item.parent != FRAGMENT or item.key is not None):
            raise NoText("something beside the text")
        if item.kind == structs.FORMAT:
            key, value = item.content
            _check_format(key, value, user)
        elif item.kind == structs.TYPE:
            if item.key is not None or item.content not in (
                (structs.XML_ELEMENT, "paragraph"),
                (structs.XML_TEXT, ""),
            ):
                raise NoText("more than words and paragraphs")
        elif item.kind == structs.ANY:
            origins = origins or _Origins(after)
            if origins.key_of(item) is None:
                raise NoText("a value among nodes")
        elif item.kind != structs.STRING or item.key is not None:
            raise NoText("more than words and paragraphs")


def _check_format(key: str, value: Any, user: str) -> None:
    """A format without words is seen by nobody until somebody types there."""
    if value is None and (key in LOOKS or key in (INSERTION, DELETION)):
        return
    if key in LOOKS and value == {}:
        return
    if key in (INSERTION, DELETION):
        said = said_in_mark(value)
        # Yjs restates the formats it interrupts, so another's may appear; on words it is held against the text below.
        if said is not None and len(value) == 3 and (said.by != user or _well_formed(said.id, said.at)):
            return
    raise NoText(f"a format {key}")


def _well_formed(name: str, at: str) -> bool:
    return NAME.fullmatch(name) is not None and MOMENT.fullmatch(at) is not None


class _Origins:
    """Which attribute an item sets: a second value says only which one it follows."""

    def __init__(self, doc: Doc[Any]) -> None:
        self._by_client: dict[int, list[Item]] = {}
        for item in structs.items(doc.get_update()):
            self._by_client.setdefault(item.id[0], []).append(item)

    def key_of(self, item: Item) -> str | None:
        seen = 0
        found: Item | None = item
        while found is not None and found.key is None:
            follows = found.origin or found.right_origin
            found = self._find(follows) if follows is not None else None
            seen += 1
            if seen > 10_000:
                return None
        return found.key if found is not None else None

    def _find(self, wanted: Id) -> Item | None:
        client, clock = wanted
        for item in self._by_client.get(client, ()):
            if item.id[1] <= clock < item.id[1] + item.length:
                return item
        return None


# --- what the tree shows ---


def _changed(before: Doc[Any], after: Doc[Any], update: bytes) -> Iterator[tuple[Blocks, Blocks]]:
    """The stretches of the text that the update touches, as they were and as they are.

    The engine itself says where: reading a text of 300 KB whole takes it a tenth of a second, twice for every letter.
    """
    copy = new_doc()
    copy.apply_update(before.get_update())
    root = copy.get(FRAGMENT, type=XmlFragment)
    touched: set[int] = set()
    moves: list[dict[str, Any]] = []

    def note(events: list[Any]) -> None:
        for event in events:
            if event.path:
                touched.add(event.path[0])
            else:
                moves.extend(event.delta)

    watching = root.observe_deep(note)
    copy.apply_update(update)
    root.unobserve(watching)
    was: list[int] = []
    now: list[int] = []
    for old, new in _pairs(moves, touched):
        if old is not None and new is not None and new not in touched:
            if was or now:
                yield some(before, was), some(after, now)
            was, now = [], []
            continue
        was += [old] if old is not None else []
        now += [new] if new is not None else []
    if was or now:
        yield some(before, was), some(after, now)


def _pairs(moves: list[dict[str, Any]], touched: set[int]) -> Iterator[tuple[int | None, int | None]]:
    """Which child was which, as far as anything was touched; None where one is new, or gone."""
    old = new = 0
    for move in moves:
        for _ in range(int(move.get("retain", 0))):
            yield old, new
            old, new = old + 1, new + 1
        for _ in move.get("insert", ()):
            yield None, new
            new += 1
        for _ in range(int(move.get("delete", 0))):
            yield old, None
            old += 1
    for _ in range(max(touched, default=-1) + 1 - new):
        yield old, new
        old, new = old + 1, new + 1


def _begins(now: Blocks, user: str) -> bool:
    _check_own(now, user, "")
    return _without(now, user) in ((), NOTHING_YET)


def _only_his(was: Blocks, now: Blocks, user: str) -> bool:
    _check_own(now, user, "")
    return _without(was, user) == _without(now, user)


def _check_own(blocks: tuple[Run | Block, ...], user: str, holder: str) -> None:
    """What is his has the shape every editor knows; ``blocks`` are the children of ``holder``."""
    _check_blocks(blocks, user, holder, [MOST_WORDS])


def _check_blocks(blocks: tuple[Run | Block, ...], user: str, holder: str, most: list[int]) -> None:
    for block in blocks:
        if isinstance(block, Run):
            continue
        said = said_in_attribute(block.attributes.get(PROPOSED))
        if said is not None and said.by == user and not _is_proposed_paragraph(block, holder, said.id, said.at):
            raise NoText("a proposed paragraph of another shape")
        _check_blocks(block.children, user, block.tag, most)  # within a line none of his may stand
        for run in block.children:
            if isinstance(run, Run):
                _check_run(run, user, most)


def _is_proposed_paragraph(block: Block, holder: str, name: str, at: str) -> bool:
    extra = {key: value for key, value in block.attributes.items() if key not in (PROPOSED, "part", "textAlign", "id")}
    own = block.attributes.get("id")
    return (
        block.tag == "paragraph"
        and holder in HOLDERS
        and not extra
        and block.attributes.get("part") in PARTS
        and block.attributes.get("textAlign") in ALIGNED
        and (own is None or (isinstance(own, str) and len(own) <= 64))
        and all(isinstance(child, Run) for child in block.children)
        and _well_formed(name, at)
    )


def _check_run(run: Run, user: str, most: list[int]) -> None:
    for key in (INSERTION, DELETION):
        said = said_in_mark(run.marks.get(key))
        if said is None or said.by != user:
            continue
        if len(run.marks[key]) != 3 or not _well_formed(said.id, said.at):
            raise NoText(f"a malformed {key}")
        if key == INSERTION:
            if not set(run.marks) <= LOOKS | {INSERTION, DELETION}:
                raise NoText("proposed words with a mark nobody knows")
            most[0] -= len(run.words)
            if most[0] < 0:
                raise NoText("too much is proposed")


def _without(blocks: tuple[Run | Block, ...], user: str) -> tuple[Run | Block, ...]:
    """The text without this person's suggestions."""
    return merged(_kept(blocks, user))


def _kept(blocks: tuple[Run | Block, ...], user: str) -> Iterator[Run | Block]:
    for one in blocks:
        if isinstance(one, Run):
            if not _is_his(one.marks.get(INSERTION), user):
                deleted = _is_his(one.marks.get(DELETION), user)
                yield Run(one.words, {k: v for k, v in one.marks.items() if k != DELETION}) if deleted else one
            continue
        children = _without(one.children, user)
        said = said_in_attribute(one.attributes.get(PROPOSED))
        if children or said is None or said.by != user:
            yield Block(one.tag, one.attributes, children)


def _is_his(value: Any, user: str) -> bool:
    said = said_in_mark(value)
    return said is not None and said.by == user
