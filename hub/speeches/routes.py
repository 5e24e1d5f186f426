"""Speaking over HTTP: the queue, the floor, questioning, and statistics."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from hub.access import (
    access_floor,
    access_meeting,
    access_questioning,
    access_speech_request,
    statistics_units,
)
from hub.db import Look, Work
from hub.errors import Forbidden
from hub.reception import Reception
from hub.speeches import asking, counts, queries, service
from hub.speeches.counts import MySpeaking, SpeakingStatistics
from hub.speeches.models import (
    ChangedSpeechRequest,
    Made,
    MovedBefore,
    NewFloor,
    NewLimit,
    NewQuestioning,
    NewSpeechBudget,
    NewSpeechRequest,
    NewSpeechSetting,
    Rehearsal,
    SpeakerPast,
    Speaking,
    SpeechPlace,
    SpeechReason,
)
from hub.users.models import Me, UnitName

TAGS = ["Speeches (phát biểu)"]


@get("/api/meetings/{meeting_id:uuid}/speaking", tags=TAGS)
async def read_speaking(
    meeting_id: FromPath[UUID], me: NamedDependency[Me], reception: NamedDependency[Reception]
) -> Speaking:
    """The queue in its order, every floor given so far, questioning, limits and budgets."""
    _, speaking = await reception.of_meeting(speaking_in, me, meeting_id)
    return speaking


async def speaking_in(look: Look, meeting_id: UUID) -> Speaking:
    return await queries.speaking(look.conn, meeting_id)


@post("/api/meetings/{meeting_id:uuid}/speech-requests", tags=TAGS)
async def register_to_speak(
    meeting_id: FromPath[UUID], data: JSONBody[NewSpeechRequest], me: NamedDependency[Me], work: NamedDependency[Work]
) -> SpeechPlace:
    """Before the meeting and during, by who takes part in it. A second on an item: 409 already-registered."""
    return await asking.register(work, me, await access_meeting(work.conn, me, meeting_id), data)


@put("/api/speech-requests/{request_id:uuid}", status_code=204, tags=TAGS)
async def change_request(
    request_id: FromPath[UUID],
    data: JSONBody[ChangedSpeechRequest],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
) -> None:
    await asking.change(work, me, await access_speech_request(work.conn, me, request_id), request_id, data)


@delete("/api/speech-requests/{request_id:uuid}", tags=TAGS)
async def withdraw_request(request_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    """My own. The chair removes one with a reason."""
    await asking.withdraw(work, me, await access_speech_request(work.conn, me, request_id), request_id)


@post("/api/speech-requests/{request_id:uuid}/move", status_code=204, tags=TAGS)
async def move_request(
    request_id: FromPath[UUID], data: JSONBody[MovedBefore], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """To the place before another one that waits. 409 request-gone where either is called or withdrawn by now."""
    await asking.move(work, me, await access_speech_request(work.conn, me, request_id, "run"), request_id, data.before)


@post("/api/speech-requests/{request_id:uuid}/remove", status_code=204, tags=TAGS)
async def remove_request(
    request_id: FromPath[UUID], data: JSONBody[SpeechReason], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    await asking.remove(
        work, me, await access_speech_request(work.conn, me, request_id, "run"), request_id, data.reason
    )


@post("/api/speech-requests/{request_id:uuid}/restore", status_code=204, tags=TAGS)
async def restore_request(request_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    """Takes a withdrawal or a removal back, within ten seconds: it stands where it stood."""
    await asking.restore(work, me, await access_speech_request(work.conn, me, request_id), request_id)


@post("/api/speech-requests/{request_id:uuid}/done", status_code=204, tags=TAGS)
async def finish_question(request_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    """A question of the questioning that is open: asked and answered."""
    await service.finish_question(work, me, await access_speech_request(work.conn, me, request_id, "run"), request_id)


@post("/api/meetings/{meeting_id:uuid}/floors", tags=TAGS)
async def give_floor(
    meeting_id: FromPath[UUID], data: JSONBody[NewFloor], me: NamedDependency[Me], work: NamedDependency[Work]
) -> Made:
    """To a request or to anybody of the meeting; 409 floor-taken unless ``instead_of`` names the turn that ends."""
    return Made(await service.give(work, me, await access_meeting(work.conn, me, meeting_id, "run"), data))


@post("/api/floors/{floor_id:uuid}/start", status_code=204, tags=TAGS)
async def start_floor(floor_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    """Of somebody who was called: his clock runs from now on."""
    await service.start(work, me, await access_floor(work.conn, me, floor_id, "run"), floor_id)


@post("/api/floors/{floor_id:uuid}/pause", status_code=204, tags=TAGS)
async def pause_floor(floor_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    await service.pause(work, me, await access_floor(work.conn, me, floor_id, "run"), floor_id)


@post("/api/floors/{floor_id:uuid}/resume", status_code=204, tags=TAGS)
async def resume_floor(floor_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    await service.resume(work, me, await access_floor(work.conn, me, floor_id, "run"), floor_id)


@post("/api/floors/{floor_id:uuid}/end", status_code=204, tags=TAGS)
async def end_floor(floor_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    """By the chair, or by who has it."""
    meeting = await access_floor(work.conn, me, floor_id)
    if not meeting.i_may.run and (await queries.floor(work.conn, floor_id)).user_id != me.id:
        raise Forbidden
    await service.end(work, me, meeting, floor_id)


@post("/api/floors/{floor_id:uuid}/undo", status_code=204, tags=TAGS)
async def undo_floor(floor_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    """Within ten seconds: a floor that ended goes on, one that was given was never given."""
    await service.undo(work, me, await access_floor(work.conn, me, floor_id, "run"), floor_id)


@put("/api/floors/{floor_id:uuid}/limit", status_code=204, tags=TAGS)
async def change_limit(
    floor_id: FromPath[UUID], data: JSONBody[NewLimit], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    await service.change_limit(work, me, await access_floor(work.conn, me, floor_id, "run"), floor_id, data)


@put("/api/meetings/{meeting_id:uuid}/speech-setting", status_code=204, tags=TAGS)
async def change_setting(
    meeting_id: FromPath[UUID], data: JSONBody[NewSpeechSetting], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """The time of a speech, and whether requests are taken: of an item, or of the whole meeting."""
    await service.change_setting(work, me, await access_meeting(work.conn, me, meeting_id, "manage"), data)


@put("/api/meetings/{meeting_id:uuid}/speech-budget", status_code=204, tags=TAGS)
async def change_budget(
    meeting_id: FromPath[UUID], data: JSONBody[NewSpeechBudget], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """Minutes of a group (the unit its people are of). Shown, and warned about; nobody is cut short by it."""
    await service.change_budget(work, me, await access_meeting(work.conn, me, meeting_id, "manage"), data)


@put("/api/meetings/{meeting_id:uuid}/rehearsal", status_code=204, tags=TAGS)
async def mark_rehearsal(
    meeting_id: FromPath[UUID], data: JSONBody[Rehearsal], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """What is done in a rehearsal counts in no statistics of speaking. Until the meeting ends."""
    meeting = await access_meeting(work.conn, me, meeting_id, "manage")
    await service.mark_rehearsal(work, me, meeting, data.rehearsal)


@post("/api/meetings/{meeting_id:uuid}/questionings", tags=TAGS)
async def open_questioning(
    meeting_id: FromPath[UUID], data: JSONBody[NewQuestioning], me: NamedDependency[Me], work: NamedDependency[Work]
) -> Made:
    """One person is questioned on an item; the questions that wait for him are called one by one."""
    return Made(await service.open_questioning(work, me, await access_meeting(work.conn, me, meeting_id, "run"), data))


@post("/api/questionings/{questioning_id:uuid}/close", status_code=204, tags=TAGS)
async def close_questioning(
    questioning_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    meeting = await access_questioning(work.conn, me, questioning_id, "run")
    await service.close_questioning(work, me, meeting, questioning_id)


@get("/api/meetings/{meeting_id:uuid}/speakers", tags=TAGS)
async def list_speakers(
    meeting_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> list[SpeakerPast]:
    """For the chair: who has spoken here and in the meetings before, so that those who have not are seen."""
    await access_meeting(work.conn, me, meeting_id, "run")
    return await counts.speakers(work, meeting_id)


@get("/api/speaking/units", tags=TAGS)
async def list_units(me: NamedDependency[Me], work: NamedDependency[Work]) -> list[UnitName]:
    """Units whose statistics of speaking I may see: I chair a meeting there, or administer it."""
    return await statistics_units(work.conn, me)


@get("/api/units/{unit_id:uuid}/speaking", tags=TAGS)
async def read_statistics(
    unit_id: FromPath[UUID],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    since: FromQuery[datetime],
    until: FromQuery[datetime],
    present_at_least: Annotated[int, QueryParameter(ge=1, le=1000)] = 3,
) -> SpeakingStatistics:
    """Requests, floors and minutes by person and group, and who is present and never speaks."""
    return await counts.statistics(work, me, unit_id, since, until, present_at_least)


@get("/api/me/speaking", tags=TAGS)
async def read_my_statistics(
    me: NamedDependency[Me], work: NamedDependency[Work], since: FromQuery[datetime], until: FromQuery[datetime]
) -> list[MySpeaking]:
    """The same of myself."""
    return await counts.mine(work, me, since, until)


handlers = [
    read_speaking,
    register_to_speak,
    change_request,
    withdraw_request,
    move_request,
    remove_request,
    restore_request,
    finish_question,
    give_floor,
    start_floor,
    pause_floor,
    resume_floor,
    end_floor,
    undo_floor,
    change_limit,
    change_setting,
    change_budget,
    mark_rehearsal,
    open_questioning,
    close_questioning,
    list_speakers,
    list_units,
    read_statistics,
    read_my_statistics,
]
