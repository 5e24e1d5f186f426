"""The one statement that finds: by meaning, by words and by number, within the rights of who asks.

How it stays fast: the rarest words choose the candidates of words, HNSW walks those of meaning; a reader who may
see few passages has them all compared instead, which is faster and misses none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

import msgspec
from psycopg import AsyncConnection

from ai.search import Question
from hub.access import SearchRights
from hub.search.models import SearchFilters, SearchUnit
from hub.search.queries import vector_text

Conn = AsyncConnection[Any]
CANDIDATES = 80  # of meaning, and of words
EXACT_UP_TO = 5_000  # readable passages that are compared one by one; HNSW is for more


class Narrowed(msgspec.Struct, frozen=True):
    year: int | None = None
    unit_id: UUID | None = None
    kind: str | None = None


class Row(NamedTuple):
    id: UUID
    meeting_id: UUID
    meaning: float | None
    words: float
    number: bool


READABLE: LiteralString = """
    readable AS MATERIALIZED (
        SELECT m.id FROM meeting m WHERE {visible}
           AND (%(year)s::int IS NULL
                OR extract(year FROM m.starts_at AT TIME ZONE 'Asia/Ho_Chi_Minh') = %(year)s::int)
           AND (%(unit)s::uuid IS NULL OR m.unit_id = %(unit)s::uuid)
    ),
    with_papers AS MATERIALIZED (
        SELECT m.id FROM readable JOIN meeting m USING (id)
         WHERE EXISTS (SELECT FROM paper WHERE meeting_id = m.id) AND {papers}
    )
"""

# The rights are in each leg, so a page of what one may not read never pushes out what one may. ``IS TRUE`` keeps the
# planner from turning a filter into a join, under which it does not walk the index of meaning (2 s instead of 40 ms).
MAY_READ: LiteralString = """
    (p.meeting_id IN (SELECT id FROM readable)) IS TRUE AND {wanted}
"""
WANTED: LiteralString = """
    (%(kind)s::text IS NULL OR p.kind = %(kind)s::text)
    AND (p.item_id IN (SELECT i.id FROM agenda_item i WHERE i.secrecy <> 'none')) IS NOT TRUE
    AND (p.kind <> 'paper' OR p.meeting_id IN (SELECT id FROM with_papers)) IS TRUE
"""

# ``OFFSET 0`` keeps the look-up by meeting a look-up: the planner cannot know how few meetings a person may read.
NEAR_EXACT: LiteralString = """
    near AS MATERIALIZED (
        SELECT p.id FROM readable CROSS JOIN LATERAL (
                   SELECT id, meeting_id, kind, item_id, model_id, embedding FROM passage
                    WHERE meeting_id = readable.id OFFSET 0
               ) p
         WHERE p.model_id = %(model)s AND {wanted}
         ORDER BY (p.embedding <#> %(vector)s::halfvec) + 0 LIMIT %(candidates)s
    )
"""

NEAR_WALKED: LiteralString = """
    near AS MATERIALIZED (
        SELECT p.id FROM passage p
         WHERE p.model_id = %(model)s AND {may_read}
         ORDER BY p.embedding <#> %(vector)s::halfvec LIMIT %(candidates)s
    )
"""

FIND: LiteralString = """
    WITH {readable}, {near},
    worded AS MATERIALIZED (
        SELECT p.id FROM unnest(%(choosing)s::tsquery[], %(choosing_weights)s::float8[]) AS t(word, weight)
          JOIN passage p ON p.words @@ t.word
         WHERE {may_read}
         GROUP BY p.id ORDER BY sum(t.weight) DESC, p.id LIMIT %(candidates)s
    ),
    numbered AS MATERIALIZED (
        SELECT p.id FROM passage p
         WHERE p.numbers && %(numbers)s::text[] AND {may_read}
         ORDER BY p.id LIMIT %(candidates)s
    ),
    found AS (SELECT id FROM near UNION SELECT id FROM worded UNION SELECT id FROM numbered)
    SELECT p.id, p.meeting_id,
           CASE WHEN p.model_id = %(model)s THEN -(p.embedding <#> %(vector)s::halfvec) END AS meaning,
           coalesce((SELECT sum(t.weight)
                       FROM unnest(%(terms)s::tsquery[], %(weights)s::float8[]) AS t(word, weight)
                      WHERE p.words @@ t.word), 0) AS words,
           p.numbers && %(numbers)s::text[] AS number
      FROM found JOIN passage p USING (id)
"""

# Of the connections that search. Each leg has its index; whatever the statistics say, none should read the table from
# end to end.
OPTIONS: Final = (
    "-c hnsw.iterative_scan=relaxed_order -c hnsw.ef_search=100 -c hnsw.max_scan_tuples=20000"
    " -c jit=off -c enable_seqscan=off"
)


async def readable_passages(conn: Conn, rights: SearchRights, narrowed: Narrowed) -> int:
    """How many passages there are to find, from counts kept by meeting: chooses between comparing all and walking."""
    statement = (
        "WITH " + _readable(rights) + " SELECT coalesce(sum(s.passages), 0)::bigint"
        " FROM readable JOIN search_meeting s ON s.meeting_id = readable.id"
    )
    cursor = await conn.execute(statement, rights.known | _narrowing(narrowed))
    found = await cursor.fetchone()
    assert found is not None
    return int(found[0])


async def find(
    conn: Conn,
    rights: SearchRights,
    narrowed: Narrowed,
    question: Question,
    vector: tuple[str, Sequence[float]] | None,
    *,
    exact: bool,
) -> list[Row]:
    """Candidates of meaning, of words and of numbers, each with its scores. One statement, rights included.

    To plan it takes as long as to answer it where all is compared: that plan is kept. Walking is planned each time,
    for what is known of the one who asks.
    """
    near = NEAR_EXACT if exact else NEAR_WALKED
    statement = (
        FIND.replace("{readable}", _readable(rights))
        .replace("{near}", near)
        .replace("{may_read}", MAY_READ)
        .replace("{wanted}", WANTED)
    )
    model_id, values = vector or (None, ())
    given = (
        rights.known
        | _narrowing(narrowed)
        | {
            "model": model_id,
            "vector": vector_text(values) if vector else None,
            "candidates": CANDIDATES,
            "choosing": [_tsquery(term.lexeme) for term in question.choosing],
            "choosing_weights": [term.weight for term in question.choosing],
            "terms": [_tsquery(term.lexeme) for term in question.terms],
            "weights": [term.weight for term in question.terms],
            "numbers": list(question.numbers),
        }
    )
    cursor = await conn.execute(statement, given, prepare=None if exact else False)
    return [Row(*each) for each in await cursor.fetchall()]


def _readable(rights: SearchRights) -> LiteralString:
    return READABLE.replace("{visible}", rights.visible).replace("{papers}", rights.papers)


def _narrowing(narrowed: Narrowed) -> dict[str, Any]:
    return {"year": narrowed.year, "unit": narrowed.unit_id, "kind": narrowed.kind}


def _tsquery(lexeme: str) -> str:
    """A lexeme of ours holds letters, digits and ``~`` only; quoted all the same."""
    return "'" + lexeme.replace("\\", "").replace("'", "''") + "'"


async def filters(conn: Conn, rights: SearchRights) -> SearchFilters:
    statement = (
        "SELECT DISTINCT extract(year FROM m.starts_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::int, u.id, u.name"
        " FROM meeting m JOIN search_meeting s ON s.meeting_id = m.id AND s.passages > 0"
        " JOIN unit u ON u.id = m.unit_id WHERE "
    )
    rows = await (await conn.execute(statement + rights.visible, rights.known)).fetchall()
    units = {each[1]: each[2] for each in rows}
    return SearchFilters(
        years=sorted({each[0] for each in rows}, reverse=True),
        units=[SearchUnit(id_, name) for id_, name in sorted(units.items(), key=lambda unit: unit[1])],
        kinds=["title", "agenda", "minutes", "conclusion", "resolution", "transcript", "paper"],
    )
