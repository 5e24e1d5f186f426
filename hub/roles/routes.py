"""Roles in a text over HTTP."""

from uuid import UUID

from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from hub.db import Work
from hub.roles import service
from hub.roles.models import NewRole, RoleInText
from hub.users.models import Me

TAGS = ["Documents (tài liệu soạn chung)"]


@get("/api/documents/{document_id:uuid}/roles", tags=TAGS)
async def list_roles(
    document_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> list[RoleInText]:
    """Everybody of the meeting and what he may do in this text. Only for who owns it."""
    return await service.roles_in(work, me, await service.access_own_text(work, me, document_id))


@put("/api/documents/{document_id:uuid}/roles/{user_id:uuid}", status_code=204, tags=TAGS)
async def give_role(
    document_id: FromPath[UUID],
    user_id: FromPath[UUID],
    data: JSONBody[NewRole],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
) -> None:
    """Reader, commenter, editor or owner of this text; null: as his place in the meeting has it. At once in force."""
    await service.give_role(work, me, await service.access_own_text(work, me, document_id), user_id, data.role)


handlers = [list_roles, give_role]
