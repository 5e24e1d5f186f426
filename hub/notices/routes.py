"""The bell over HTTP, and how a person wants to be reached."""

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from hub.db import Work
from hub.notices import service
from hub.notices.live import notices_line
from hub.notices.models import ChangedNoticeSettings, Notices, NoticeSettings, SeenNotices
from hub.notices.post import Post
from hub.reception import Reception
from hub.users.models import Me

TAGS = ["Notices (thông báo)"]


@get("/api/notices", tags=TAGS)
async def list_notices(me: NamedDependency[Me], reception: NamedDependency[Reception]) -> Notices:
    """What I ought to see, the newest first."""
    return await reception.of_each(service.notices_of_each, me)


@post("/api/notices/read", status_code=204, tags=TAGS)
async def read_notices(data: JSONBody[SeenNotices], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    await service.mark_read(work, me, data.ids)


@get("/api/notices/settings", tags=TAGS)
async def get_notice_settings(
    me: NamedDependency[Me], work: NamedDependency[Work], post_office: NamedDependency[Post]
) -> NoticeSettings:
    return await service.settings_of(work, me, post_office.ways)


@put("/api/notices/settings", tags=TAGS)
async def change_notice_settings(
    data: JSONBody[ChangedNoticeSettings],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    post_office: NamedDependency[Post],
) -> NoticeSettings:
    """My own address and what of it I want there; what is urgent comes in any case."""
    await service.change_settings(work, me, data)
    return await service.settings_of(work, me, post_office.ways)


handlers = [list_notices, read_notices, get_notice_settings, change_notice_settings, notices_line]
