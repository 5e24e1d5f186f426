"""Searching past meetings."""

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from hub.db import Work
from hub.search import service
from hub.search.finding import Narrowed
from hub.search.models import Passage, PassageKind, SearchAnswer, SearchFilters
from hub.search.service import Search
from hub.users.models import Me

TAGS = ["Search (tìm kiếm)"]


@get("/api/search", tags=TAGS)
async def find(
    me: NamedDependency[Me],
    search: NamedDependency[Search],
    q: Annotated[str, QueryParameter(max_length=16_384)] = "",
    year: Annotated[int | None, QueryParameter(ge=1900, le=2200)] = None,
    unit: FromQuery[UUID | None] = None,
    kind: FromQuery[PassageKind | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=50)] = 20,
    offset: Annotated[int, QueryParameter(ge=0, le=200)] = 0,
    restore: FromQuery[bool] = True,
) -> SearchAnswer:
    """By meaning, word and document number, within the meetings one may read. ``restore=false`` searches as typed.

    ``model.state`` other than ``ready``: this answer is by words and numbers alone; ask again.
    """
    return await search.search(me, q, Narrowed(year, unit, kind), limit=limit, offset=offset, restore=restore)


@get("/api/search/filters", tags=TAGS)
async def filters(me: NamedDependency[Me], work: NamedDependency[Work]) -> SearchFilters:
    return await service.filters(work, me)


@get("/api/passages/{passage_id:uuid}", tags=TAGS)
async def passage(passage_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> Passage:
    """Where a result's link leads: the passage, its neighbours, and its place in document, item or transcript."""
    return await service.passage(work, me, passage_id)


handlers = [find, filters, passage]
