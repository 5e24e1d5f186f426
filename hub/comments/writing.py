"""Threads in the shared document of comments: ``Y.Map "threads"``, each a ``Y.Map`` that only the hub writes.

Each function is given a copy to write in and says nothing of who may; the service asks that.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pycrdt import Array, Doc, Map

from hub.comments.models import MOST_MESSAGES, MOST_THREADS, NewReply, NewThread, ThreadGone, TooManyComments
from hub.events import moment

THREADS: Final = "threads"


def threads(doc: Doc[Any]) -> Any:
    return doc.get(THREADS, type=Map)


def thread(doc: Doc[Any], key: str) -> Any:
    found = threads(doc).get(key)
    if not isinstance(found, Map):
        raise ThreadGone
    return found


def message(one: Any, key: str) -> Any:
    for each in one["messages"]:
        if each["id"] == key:
            return each
    raise ThreadGone


def begin(doc: Doc[Any], new: NewThread, by: UUID, at: datetime) -> bool:
    """False where it is there already: the answer to the first sending was lost."""
    known = threads(doc)
    if new.key in known:
        return False
    if len(known) >= MOST_THREADS:
        raise TooManyComments
    known[new.key] = Map(
        {
            "start": new.start,
            "end": new.end,
            "quote": new.quote,
            "place": new.place,
            "by": str(by),
            "at": moment(at),
            "resolved": False,
            "resolved_by": None,
            "resolved_at": None,
            "messages": Array([_message(new.key, new.text, new.mentions, by, at)]),
        }
    )
    return True


def add(doc: Doc[Any], key: str, new: NewReply, by: UUID, at: datetime) -> bool:
    messages = thread(doc, key)["messages"]
    if any(each["id"] == new.key for each in messages):
        return False
    if len(messages) >= MOST_MESSAGES:
        raise TooManyComments
    messages.append(_message(new.key, new.text, new.mentions, by, at))
    return True


def change(doc: Doc[Any], key: str, message_key: str, text: str, at: datetime) -> None:
    one = message(thread(doc, key), message_key)
    one["text"] = text
    one["edited_at"] = moment(at)


def erase(doc: Doc[Any], key: str, message_key: str, at: datetime) -> None:
    """Its place stays, without the words; a thread nobody answered goes whole."""
    one = thread(doc, key)
    if len(one["messages"]) == 1:
        del threads(doc)[key]
        return
    erased = message(one, message_key)
    erased["text"] = ""
    erased["erased_at"] = moment(at)


def settle(doc: Doc[Any], key: str, by: UUID, at: datetime, *, resolved: bool) -> bool:
    one = thread(doc, key)
    if one["resolved"] == resolved:
        return False
    one["resolved"] = resolved
    one["resolved_by"] = str(by)
    one["resolved_at"] = moment(at)
    return True


def _message(key: str, text: str, mentions: list[UUID], by: UUID, at: datetime) -> Map[Any]:
    return Map(
        {
            "id": key,
            "by": str(by),
            "at": moment(at),
            "text": text,
            "mentions": Array([str(each) for each in mentions]),
            "edited_at": None,
            "erased_at": None,
        }
    )
