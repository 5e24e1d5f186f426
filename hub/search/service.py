"""Finding: reads the question, asks the model for its meaning, asks the database once, and puts the answers in order.

Without a model it goes on by words, and says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID

import structlog
from psycopg import AsyncConnection

from ai.inference import InferenceClient, InferenceUnavailable
from ai.search import Candidate, Fused, Question, fuse, mark, read_question
from hub.access import access_meeting, access_paper, search_rights
from hub.db import Database, Work
from hub.errors import NotFound
from hub.health import PartState
from hub.search import finding, queries
from hub.search.counting import Words
from hub.search.finding import EXACT_UP_TO, Narrowed, Row
from hub.search.models import Passage, SearchAnswer, SearchFilters, SearchModel, SearchResult
from hub.settings import Settings
from hub.users.models import Me

log = structlog.get_logger()
TYPING_SECONDS: Final = 0.6  # a search waits for meaning so long, then answers by words
CONNECTIONS: Final = 4
SHORT: Final = 100  # characters that are read in less time than a thread takes to begin
STATES: Final = {"ready": "ready", "idle": "ready", "building": "loading", "loading": "loading"}


class Search:
    """For the life of the app: the way to the inference process, and the words of the index. Its connections are its
    own: they are set up for searching, and who opens a page does not wait behind those who search."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = Database(
            db.conninfo, db.bus, db.clock, pool_size=CONNECTIONS, autocommit=True, options=finding.OPTIONS
        )
        self._weights = (settings.search_meaning, settings.search_meaning_restored)
        self._words = Words()
        self.inference = InferenceClient(settings.inference) if settings.inference else None

    async def __aenter__(self) -> Self:
        await self._db.__aenter__()
        if self.inference is not None:
            await self.inference.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self.inference is not None:
                await self.inference.__aexit__(kind, error, trace)
        finally:
            await self._db.__aexit__(kind, error, trace)

    def model(self) -> SearchModel:
        state = self.inference.state if self.inference is not None else None
        if state is None:
            return SearchModel("missing", 0.0)
        shown = STATES.get(state.standing, "missing")
        if shown == "loading":
            return SearchModel("loading", state.progress)
        return SearchModel("ready") if shown == "ready" else SearchModel("missing", 0.0)

    @property
    def model_id(self) -> str | None:
        return self.inference.model_id if self.inference is not None else None

    @property
    def can_embed(self) -> bool:
        """Whether asking for vectors now has a chance."""
        return self.model().state == "ready"

    async def health(self) -> PartState:
        parts: dict[str, PartState] = {"ready": "up", "loading": "loading", "missing": "missing"}
        return parts[self.model().state]

    async def search(
        self, me: Me, typed: str, narrowed: Narrowed, *, limit: int, offset: int, restore: bool = True
    ) -> SearchAnswer:
        """Holds a connection only while it asks the database, not while the model reads the question."""
        vocabulary = self._words.known()
        if vocabulary is None:
            async with self._db.reading() as conn:
                vocabulary = await self._words.now(conn)
        if len(typed) <= SHORT:
            question = read_question(typed, vocabulary, restore=restore)
        else:
            question = await asyncio.to_thread(read_question, typed, vocabulary, restore=restore)
        if question.empty:
            return SearchAnswer(query=typed, restored=None, results=[], total_shown=0, model=self.model())
        vector, model = await self._meaning(question)
        rights = search_rights(me)
        async with self._db.reading() as conn:
            few = vocabulary.passages <= EXACT_UP_TO  # in all the index: no need to count those he may read
            exact = few or await finding.readable_passages(conn, rights, narrowed) <= EXACT_UP_TO
            rows = await finding.find(conn, rights, narrowed, question, vector, exact=exact)
            ranked = fuse([_candidate(row) for row in rows], self._weights[question.restored is not None])
            page = ranked[offset : offset + limit]
            results = await _shown(conn, page, question)
        return SearchAnswer(
            query=typed, restored=question.restored, results=results, total_shown=len(ranked), model=model
        )

    async def _meaning(self, question: Question) -> tuple[tuple[str, Sequence[float]] | None, SearchModel]:
        if self.inference is None:
            return None, self.model()
        try:
            vector = await self.inference.embed_query(question.text, within=TYPING_SECONDS)
        except InferenceUnavailable as error:
            if error.code not in ("down", "missing", "failed"):
                return None, SearchModel("loading", self.model().progress)
            return None, self.model()
        return vector, SearchModel("ready")


def _candidate(row: Row) -> Candidate[UUID]:
    return Candidate(row.id, row.meeting_id, row.meaning, row.words, row.number)


async def _shown(conn: AsyncConnection[Any], page: Sequence[Fused[UUID]], question: Question) -> list[SearchResult]:
    rows = await queries.shown(conn, [found.key for found in page])
    return [
        SearchResult(
            id=row.id,
            meeting_id=row.meeting_id,
            meeting_title=row.meeting_title,
            meeting_date=row.meeting_date,
            unit_name=row.unit_name,
            kind=row.kind,
            heading=row.heading,
            passage=mark(row.text, set(question.words), folded=question.folded, numbers=question.numbers),
            why=found.why,
            link=_link(row),
        )
        for found in page
        if (row := rows.get(found.key)) is not None
    ]


def _link(row: queries.Shown) -> str:
    """The page of the meeting, told which passage, and which of its texts to open for it."""
    link = f"/hop/{row.meeting_id}?doan={row.id}"
    if row.paper_id is not None:
        return f"{link}&muc=tai-lieu-hop&giay={row.paper_id}&trang={row.block}"
    if row.document_id is not None:
        return f"{link}&van-ban={row.document_id}"
    if row.kind == "transcript":
        return f"{link}&muc=phu-de"
    return f"{link}&noi-dung={row.item_id}" if row.item_id is not None else link


async def filters(work: Work, me: Me) -> SearchFilters:
    return await finding.filters(work.conn, search_rights(me))


async def passage(work: Work, me: Me, passage_id: UUID) -> Passage:
    """NotFound also for a passage of a meeting the person may not know of, of a paper that is not for him, or of an
    item that became secret."""
    source = await queries.source_of_passage(work.conn, passage_id)
    if source is None:
        raise NotFound
    meeting_id, paper_id = source
    await access_meeting(work.conn, me, meeting_id)
    if paper_id is not None:
        await access_paper(work.conn, me, paper_id)
    found = await queries.passage(work.conn, passage_id)
    if found is None:
        raise NotFound
    return found
