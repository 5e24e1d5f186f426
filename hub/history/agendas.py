"""An agenda as its history reads it: the items that stand, in order, and the edit that brings an earlier order back.

Any Yjs client may have written: what is not an item is passed over, a field of another kind reads as none. Where an
item stands counts, not the fraction that says so, which two clients may write differently.
"""

from math import isfinite
from typing import Any, Final

from pycrdt import Doc, Map, Text

from hub.history.canonical import Node
from realtime.replica import apply_all, new_doc
from realtime.wire import NOTHING

ITEMS: Final = "items"
ITEM: Final = "item"
FIELDS: Final = ("title", "presenter", "minutes", "kind")

Entry = tuple[str, "Map[Any]"]


def agenda_content(doc: "Doc[Any]") -> list[Node]:
    """Blocks of the canonical form, one an item."""
    return [[ITEM, {"id": key, **_fields(item)}, []] for key, item in _standing(_items(doc))]


def letters_of_agenda(nodes: list[Node]) -> int:
    return sum(len(value) for _, fields, _ in nodes for value in (fields.get("title", ""), fields.get("presenter", "")))


def agenda_towards(now: bytes, wanted: bytes) -> tuple[int, bytes]:
    """As `edit_towards` for a text: only the fields that differ are written, and an item that goes is marked removed,
    for votes, papers and speeches refer to it. An item somebody adds at the same moment stays."""
    doc, target = new_doc(), new_doc()
    apply_all(doc, [now])
    apply_all(target, [wanted])
    client, before = int(doc.client_id), bytes(doc.get_state())
    if agenda_content(doc) == agenda_content(target):
        return client, NOTHING
    items, wish = _items(doc), _standing(_items(target))
    kept = {key for key, _ in wish}
    with doc.transaction():
        for key, item in _standing(items):
            if key not in kept:
                item["removed"] = True
        for key, earlier in wish:
            _make(items, key, earlier)
        if [key for key, _ in _standing(items)] != [key for key, _ in wish]:
            for key, earlier in wish:
                _write(items[key], "position", _position(earlier))
    return client, bytes(doc.get_update(before))


def _make(items: "Map[Any]", key: str, earlier: "Map[Any]") -> None:
    fields = _fields(earlier)
    item = items.get(key)
    if not isinstance(item, Map):
        items[key] = Map(fields | {"position": _position(earlier), "removed": False})
        return
    for name in FIELDS:
        if name in fields:
            _write(item, name, fields[name])
        elif name in item:
            del item[name]
    if item.get("removed") is True:
        item["removed"] = False


def _write(item: "Map[Any]", name: str, value: object) -> None:
    if _plain(item.get(name)) != value:
        item[name] = value


def _items(doc: "Doc[Any]") -> "Map[Any]":
    items: Map[Any] = doc.get(ITEMS, type=Map)
    return items


def _standing(items: "Map[Any]") -> list[Entry]:
    found = [(key, item) for key, item in items.items() if isinstance(item, Map) and item.get("removed") is not True]
    return sorted(found, key=lambda entry: (_position(entry[1]), entry[0]))


def _position(item: "Map[Any]") -> str:
    value = _plain(item.get("position"))
    return value if isinstance(value, str) else ""


def _fields(item: "Map[Any]") -> dict[str, Any]:
    read = ((name, _plain(item.get(name))) for name in FIELDS)
    return {name: value for name, value in read if isinstance(value, int if name == "minutes" else str)}


def _plain(value: object) -> object:
    """A text written letter by letter reads as its letters; minutes are whole, whoever wrote them as a fraction."""
    if isinstance(value, Text):
        return str(value)
    if isinstance(value, float):
        return round(value) if isfinite(value) else None
    return None if isinstance(value, bool) else value
