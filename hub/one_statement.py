"""Several questions in one statement: each round trip to the database waits for its turn in the loop, so what belongs
together is asked together, and is all of one moment. Answers are JSON, which msgspec reads into the words of the slice.
"""

from typing import LiteralString


def rows(question: LiteralString) -> LiteralString:
    """All its rows, a list; one whose only column is called ``one`` is that column."""
    return "(SELECT coalesce(json_agg(one), '[]') FROM (" + question + ") one)"


def row(question: LiteralString) -> LiteralString:
    """Its one row, or null."""
    return "(SELECT to_json(one) FROM (" + question + ") one)"
