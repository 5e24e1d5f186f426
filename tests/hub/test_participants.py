"""The list of people: it changes until the meeting ends, has one chair always, and is obeyed at once."""

from uuid import UUID, uuid4

import anyio
import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.hub.document_peer import peer, until
from tests.support import Hub, LineReader, Person


class List:
    """A meeting with chair, secretary and one delegate, and words to change who is on its list."""

    def __init__(self, hub: Hub, people: tuple[Person, Person, Person], meeting: UUID) -> None:
        self.hub, self.id = hub, meeting
        self.chair, self.secretary, self.delegate = people
        self.path = f"/api/meetings/{meeting}/participants"

    async def invite(self, *people: Person, role: str = "delegate", by: Person | None = None) -> httpx.Response:
        return await (by or self.secretary).post(self.path, {"user_ids": [str(p.id) for p in people], "role": role})

    async def change(self, person: Person, by: Person | None = None, **changed: str | None) -> httpx.Response:
        return await (by or self.secretary).patch(f"{self.path}/{person.id}", changed)

    async def take_off(self, person: Person, by: Person | None = None) -> httpx.Response:
        return await (by or self.secretary).delete(f"{self.path}/{person.id}")

    async def roles(self) -> dict[str, str]:
        seen = (await self.secretary.get(f"/api/meetings/{self.id}")).json()
        return {p["name"]: p["role"] for p in seen["participants"]}


async def a_list(hub: Hub, state: str = "running") -> List:
    people = await hub.person("Chủ tọa"), await hub.person("Thư ký"), await hub.person("Đại biểu")
    meeting = await hub.meeting(people[0], secretary=people[1], delegates=[people[2]], items=1, state=state)
    return List(hub, people, meeting)


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def put_out(line: LineReader) -> int:
    with pytest.raises(ConnectionClosed) as closed, anyio.fail_after(5):
        while True:
            await line.next()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


async def test_who_is_invited_while_the_meeting_runs_is_in_at_once_and_everybody_hears_of_it(hub: Hub) -> None:
    await hub.serve()
    meeting = await a_list(hub)
    late = await hub.person("Người đến sau")
    before = await late.get(f"/api/meetings/{meeting.id}")

    async with meeting.delegate.line(meeting.id) as line:
        await line.next("ready")
        answer = await meeting.invite(late, role="guest")
        told = await line.event("participants.changed")

    assert (before.status_code, answer.status_code) == (404, 204)
    assert (told["event"]["change"], told["event"]["user_ids"]) == ("added", [str(late.id)])
    assert (told["event"]["role"], told["event"]["by"]) == ("guest", str(meeting.secretary.id))
    seen = (await late.get(f"/api/meetings/{meeting.id}")).json()
    assert (seen["my_role"], [p["name"] for p in seen["participants"]][-1]) == ("guest", "Người đến sau")


async def test_who_is_taken_off_is_out_of_every_screen_and_document_at_once(hub: Hub) -> None:
    await hub.serve()
    meeting = await a_list(hub)
    minutes = await hub.document(meeting.id, "minutes")

    async with meeting.delegate.line(meeting.id) as line, peer(meeting.delegate, minutes) as reader:
        await line.next("ready")
        answer = await meeting.take_off(meeting.delegate)

        assert (await put_out(line), await reader.closed()) == (4404, 4404)

    assert answer.status_code == 204
    assert (await meeting.delegate.get(f"/api/meetings/{meeting.id}")).status_code == 404
    assert "Đại biểu" not in await meeting.roles()


async def test_who_is_taken_off_and_invited_again_has_no_more_than_his_role(hub: Hub) -> None:
    meeting = await a_list(hub)
    (item,) = await hub.items(meeting.id)
    draft = await meeting.secretary.post(
        f"/api/meetings/{meeting.id}/documents", {"title": "Dự thảo", "agenda_item_id": str(item)}
    )
    async with hub.db.work() as work:
        await work.conn.execute("INSERT INTO drafter VALUES (%s, %s)", (draft.json()["id"], meeting.delegate.id))

    async def right() -> str:
        seen = (await meeting.delegate.get(f"/api/meetings/{meeting.id}")).json()
        return str(next(d["my_right"] for d in seen["documents"] if d["kind"] == "draft_resolution"))

    drafting = await right()
    await meeting.take_off(meeting.delegate)
    await meeting.invite(meeting.delegate)

    assert (drafting, await right()) == ("write", "comment")


async def test_a_new_role_gives_and_takes_rights_in_documents_that_are_open(hub: Hub) -> None:
    await hub.serve()
    meeting = await a_list(hub)
    minutes = await hub.document(meeting.id, "minutes")

    async with peer(meeting.delegate, minutes) as editor:
        await meeting.change(meeting.delegate, role="secretary")
        while not editor.client.saved:  # the news travels over the bus: until it is there, edits are refused
            await editor.type("x")
            await until(lambda: editor.client.refusals or editor.client.saved)
            editor.client.refusals.clear()
        await meeting.change(meeting.delegate, role="guest")
        while not editor.client.refusals:
            await editor.type("y")
            await until(lambda: editor.client.refusals or editor.client.saved == editor.client.sent)

        assert editor.code is None
    assert (await meeting.roles())["Đại biểu"] == "guest"


async def test_a_meeting_has_one_chair_and_who_was_it_becomes_a_delegate(hub: Hub) -> None:
    meeting = await a_list(hub)

    removed = await meeting.take_off(meeting.chair)
    demoted = await meeting.change(meeting.chair, role="guest")
    named = await meeting.change(meeting.delegate, role="chair")

    assert said(removed) == said(demoted) == (409, "chair-needed")
    assert named.status_code == 204
    assert await meeting.roles() == {"Đại biểu": "chair", "Thư ký": "secretary", "Chủ tọa": "delegate"}
    assert said(await meeting.change(meeting.secretary, meeting.chair, role="guest")) == (403, "forbidden")


async def test_of_two_chairs_named_at_once_one_stays(hub: Hub) -> None:
    meeting = await a_list(hub)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: meeting.change(meeting.delegate, role="chair"))
        tasks.start_soon(lambda: meeting.change(meeting.secretary, meeting.chair, role="chair"))

    assert list((await meeting.roles()).values()).count("chair") == 1


async def test_seats_are_given_by_hand_and_two_do_not_share_one(hub: Hub) -> None:
    meeting = await a_list(hub)

    first = await meeting.change(meeting.delegate, seat=" A1 ")
    second = await meeting.change(meeting.chair, seat="a1")
    await meeting.change(meeting.delegate, seat=None)
    third = await meeting.change(meeting.chair, seat="a1")

    assert (first.status_code, said(second), third.status_code) == (204, (409, "seat-taken"), 204)
    seen = (await meeting.secretary.get(f"/api/meetings/{meeting.id}")).json()
    assert {p["name"]: p["seat"] for p in seen["participants"]} == {"Chủ tọa": "a1", "Thư ký": None, "Đại biểu": None}


async def test_two_secretaries_may_add_the_same_person_and_one_person_has_one_role(hub: Hub) -> None:
    meeting = await a_list(hub)
    new = await hub.person("Người mới")

    answers = [await meeting.invite(new), await meeting.invite(new, by=meeting.chair)]
    other = await meeting.invite(new, role="guest")

    assert [a.status_code for a in answers] == [204, 204]
    assert said(other) == (400, "two-roles")
    assert (await meeting.roles())["Người mới"] == "delegate"


async def test_only_people_of_the_commune_and_only_by_who_prepares_and_within_bounds(hub: Hub) -> None:
    meeting = await a_list(hub)
    stranger = await hub.person(unit=await hub.unit("Xã Khác"))
    colleague = await hub.person()

    assert said(await meeting.invite(stranger)) == (400, "unknown-people")
    assert said(await meeting.invite(colleague, by=meeting.delegate)) == (403, "forbidden")
    assert said(await meeting.invite(colleague, by=stranger)) == (404, "not-found")
    assert said(await meeting.invite(colleague, role="chair")) == (400, "bad-request")
    assert said(await meeting.invite()) == (400, "bad-request")
    assert said(await meeting.take_off(colleague)) == said(await meeting.change(colleague)) == (404, "not-found")
    unknown = await meeting.secretary.post(meeting.path, {"user_ids": [str(uuid4())], "role": "guest"})
    assert said(unknown) == (400, "unknown-people")


async def test_the_list_of_a_meeting_that_is_over_stands(hub: Hub) -> None:
    meeting = await a_list(hub, "ended")
    late = await hub.person()

    answers = [
        await meeting.invite(late),
        await meeting.change(meeting.delegate, role="guest"),
        await meeting.take_off(meeting.delegate),
    ]

    assert [said(answer) for answer in answers] == [(409, "wrong-state")] * 3
