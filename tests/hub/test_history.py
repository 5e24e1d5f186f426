"""The history of a text over HTTP: versions by themselves, names, who wrote what, back to before, and the lock."""

from typing import Any
from uuid import UUID, uuid4

import anyio
import httpx
import pytest
from pycrdt import XmlElement, XmlText

from hub.documents import queries as logs
from hub.documents.reading import document_of, plain_text
from hub.documents.service import begin_documents
from hub.documents.writing import seed_text
from hub.history import queries, service
from hub.history.canonical import content, text_hash
from hub.history.models import INVITED, Reason
from hub.history.timeline import History
from realtime import InProcessBus
from tests.hub.document_peer import Peer, peer, until
from tests.hub.text_writing import text_of
from tests.realtime.peers import Client
from tests.support import Hub, Person, running_hub

SEED = ["Điều một: kinh phí 5 tỷ đồng.", "Điều hai: hiệu lực từ ngày ký."]


class World:
    """A running meeting with a draft resolution, whose first text is the hub's own."""

    def __init__(self, hub: Hub, chair: Person, secretary: Person, delegate: Person, stranger: Person) -> None:
        self.hub, self.chair, self.secretary, self.delegate, self.stranger = hub, chair, secretary, delegate, stranger
        self.history = History(hub.db, InProcessBus())
        self.drafter: Person
        self.meeting: UUID
        self.minutes: UUID
        self.draft: UUID

    def path(self, more: str = "", document: UUID | None = None) -> str:
        return f"/api/documents/{document or self.draft}/{more}"

    async def versions(self, who: Person | None = None, document: UUID | None = None) -> list[dict[str, Any]]:
        answer = await (who or self.secretary).get(self.path("versions", document))
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    async def text(self, number: int | None = None) -> str:
        """Of a version, or as the log has it now."""
        if number is not None:
            answer = await self.delegate.get(self.path(f"versions/{number}/state"))
            assert answer.status_code == 200, answer.text
            return plain_text(answer.content)
        async with self.hub.db.pool.connection() as conn:
            update = await logs.whole(conn, self.draft)
        assert update is not None
        return plain_text(update)

    async def sweep(self, **passing: float) -> int:
        self.hub.clock.pass_(**passing)
        return await self.history.sweep()


@pytest.fixture
async def world(hub: Hub) -> World:
    await hub.serve()
    made = World(hub, await hub.person("An"), await hub.person("Bình"), await hub.person("Chi"), await hub.person())
    made.drafter = drafter = await hub.person("Dung")
    made.meeting = await hub.meeting(made.chair, secretary=made.secretary, delegates=[made.delegate, drafter], items=1)
    made.minutes = await hub.document(made.meeting, "minutes")
    [item] = await hub.items(made.meeting)
    answer = await made.secretary.post(
        f"/api/meetings/{made.meeting}/documents", {"title": "Dự thảo", "agenda_item_id": str(item)}
    )
    made.draft = UUID(answer.json()["id"])
    async with hub.db.work() as work:
        await begin_documents(work, [(made.draft, seed_text(SEED))])
        await work.conn.execute("INSERT INTO drafter VALUES (%s, %s)", (made.draft, made.drafter.id))
    return made


async def write(joined: Peer, words: str) -> None:
    """A paragraph at the end."""
    text_of(joined.client.doc).children.append(XmlElement("paragraph")).children.append(XmlText(words))
    await joined.flush()
    await joined.saved()


async def refused(answering: Any) -> tuple[int, str]:
    answer: httpx.Response = await answering
    return answer.status_code, answer.json()["code"]


# --- versions that make themselves ---


async def test_a_version_makes_itself_after_a_pause_and_while_writing_goes_on(world: World) -> None:
    assert await world.sweep() == 0
    assert await world.sweep(minutes=2) == 1  # the first text
    async with peer(world.secretary, world.draft) as writing:
        for number in range(7):
            await write(writing, f"Câu {number}.")
            assert await world.sweep(seconds=100) == (number == 6)  # never a pause of two minutes, but ten are over
        await write(writing, "Câu cuối.")
        assert await world.sweep(seconds=10) == 0
        assert await world.sweep(minutes=2) == 1
        assert await world.sweep(minutes=30) == 0

    found = await world.versions()
    assert [(v["number"], v["kind"], v["reason"]) for v in found] == [
        (3, "automatic", "pause"), (2, "automatic", "interval"), (1, "automatic", "pause"),
    ]  # fmt: skip
    assert [v["by"] for v in found] == [None] * 3
    assert (await world.text(1)).splitlines() == SEED
    assert (await world.text(2)).splitlines()[-1] == "Câu 6."
    assert (await world.text(3)).splitlines()[-1] == "Câu cuối."


async def test_two_hubs_that_look_at_once_make_one_version(world: World) -> None:
    other = History(world.hub.db, InProcessBus())
    for history in (world.history, other):
        await history.sweep()
    world.hub.clock.pass_(minutes=3)

    made = [await world.history.at_meeting(world.meeting, "meeting-ended"), await other.sweep()]

    assert made == [1, 0]
    assert len(await world.versions()) == 1


async def test_what_people_are_invited_with_is_a_version_though_nothing_was_written_since(world: World) -> None:
    await world.sweep()
    await world.sweep(minutes=3)

    moments: list[Reason] = [INVITED, INVITED, "meeting-running"]
    made = [await world.history.at_meeting(world.meeting, moment) for moment in moments]

    assert made == [1, 0, 0]  # the minutes are empty
    after, before = await world.versions()
    assert (after["reason"], after["hash"], after["writers"]) == (INVITED, before["hash"], [])


async def test_a_text_that_came_back_to_what_it_was_makes_no_version(world: World) -> None:
    await world.sweep()
    await world.sweep(minutes=3)
    async with peer(world.secretary, world.draft) as writing:
        await write(writing, "thừa")
        blocks = text_of(writing.client.doc).children
        del blocks[len(blocks) - 1]
        await writing.flush()
        await writing.saved()

        assert await world.sweep() == 0
        assert await world.sweep(minutes=3) == 0
        assert await world.sweep(minutes=30) == 0


async def test_every_step_of_the_meeting_is_a_version(world: World) -> None:
    async with peer(world.secretary, world.draft) as writing:
        await write(writing, "Câu cuối.")
    answer = await world.chair.post(f"/api/meetings/{world.meeting}/state", {"to": "ended"})
    assert answer.status_code == 204

    async def made() -> list[str]:
        return [version["reason"] for version in await world.versions()]

    with anyio.fail_after(20):  # the hub's own history hears of it on the bus, and may still hear of the beginning
        while "meeting-ended" not in await made():
            pass
    assert (await made())[0] == "meeting-ended"


# --- names, and who may see ---


async def test_a_version_is_named_by_who_writes_and_seen_by_who_reads(world: World) -> None:
    named = await world.secretary.post(world.path("versions"), {"name": " Trình thẩm tra "})
    assert named.status_code == 201, named.text
    assert named.json()["by"] == {"id": str(world.secretary.id), "name": "Bình"}
    own = f"versions/{named.json()['number']}"  # the hub may have kept one before, when the meeting began
    other = await world.secretary.patch(world.path(own), {"name": "Trình lần hai"})

    [seen] = [one for one in await world.versions(world.delegate) if one["kind"] == "named"]
    assert (seen["kind"], seen["name"], seen["letters"]) == ("named", "Trình lần hai", sum(map(len, SEED)))
    assert seen == other.json()
    assert await refused(world.delegate.post(world.path("versions"), {"name": "x"})) == (403, "forbidden")
    assert await refused(world.delegate.patch(world.path(own), {"name": "x"})) == (403, "forbidden")
    assert await refused(world.secretary.patch(world.path("versions/9"), {"name": "x"})) == (404, "not-found")
    assert await refused(world.secretary.post(world.path("versions"), {"name": ""})) == (400, "bad-request")
    for more in ("versions", "versions/1/state", "authors"):
        assert await refused(world.stranger.get(world.path(more))) == (404, "not-found")
    assert await refused(world.secretary.get(world.path("versions/7/state"))) == (404, "not-found")
    comments = await world.hub.document(world.meeting, "comments")
    assert await refused(world.secretary.get(world.path("versions", comments))) == (404, "not-found")


async def test_the_list_goes_on_page_by_page(world: World) -> None:
    for number in range(5):
        await world.secretary.post(world.path("versions"), {"name": f"Bản {number}"})

    first = (await world.delegate.get(world.path("versions?limit=2"))).json()
    rest = (await world.delegate.get(world.path(f"versions?before={first[-1]['number']}"))).json()

    assert [v["number"] for v in first + rest] == [5, 4, 3, 2, 1]
    assert await refused(world.delegate.get(world.path("versions?limit=0"))) == (400, "bad-request")


async def test_the_hash_is_of_the_text_and_of_nothing_else(world: World) -> None:
    first = (await world.secretary.post(world.path("versions"), {"name": "một"})).json()
    second = (await world.secretary.post(world.path("versions"), {"name": "hai"})).json()
    async with peer(world.secretary, world.draft) as writing:
        await write(writing, "thêm")
    third = (await world.secretary.post(world.path("versions"), {"name": "ba"})).json()

    assert first["hash"] == second["hash"] == text_hash(content(document_of(seed_text(SEED)))).hex()
    assert third["hash"] != first["hash"]


# --- who wrote ---


async def authors(world: World) -> dict[int, str]:
    await world.history.authors.write()
    answer = await world.delegate.get(world.path("authors"))
    return {each["client"]: each["name"] for each in answer.json()}


async def test_it_is_known_who_wrote_what_and_who_wrote_since_the_version_before(world: World) -> None:
    async with peer(world.secretary, world.draft, 1) as one, peer(world.drafter, world.draft, 2) as two:
        await write(one, "của Bình")
        await until_known(world, one.client.id)
        await world.secretary.post(world.path("versions"), {"name": "một"})
        await write(two, "của Dung")
        await until_known(world, two.client.id)
        await world.secretary.post(world.path("versions"), {"name": "hai"})

        assert await authors(world) == {one.client.id: "Bình", two.client.id: "Dung"}
    after, before = await world.versions()
    assert [writer["name"] for writer in before["writers"]] == ["Bình"]
    assert [writer["name"] for writer in after["writers"]] == ["Dung"]


async def until_known(world: World, client: int) -> None:
    while client not in await authors(world):
        pass


async def test_who_is_sure_of_an_id_takes_it_from_who_only_brought_it(world: World) -> None:
    away = Client(5)
    text_of(away.doc).children.append(XmlElement("paragraph")).children.append(XmlText("viết lúc mất mạng"))
    bringer = Client(6)
    bringer.doc.apply_update(away.doc.get_update())
    async with peer(world.drafter, world.draft, client=bringer):
        await until_known(world, away.id)
        assert (await authors(world))[away.id] == "Dung"
    async with peer(world.secretary, world.draft, client=away) as back:
        away.show()
        await write(back, "và viết tiếp")
        while (await authors(world))[away.id] != "Bình":
            pass


# --- back to before ---


async def test_an_old_version_comes_back_as_a_new_one_and_can_be_left_again(world: World) -> None:
    await world.secretary.post(world.path("versions"), {"name": "gốc"})
    async with peer(world.drafter, world.draft) as open_elsewhere:
        await write(open_elsewhere, "Điều ba: thêm vào rồi bỏ.")

        answer = await world.secretary.post(world.path("versions/1/restore"))

        assert answer.status_code == 201, answer.text
        await until(lambda: len(text_of(open_elsewhere.client.doc).children) == 2)
    assert (await world.text()).splitlines() == SEED
    found = await world.versions()
    assert [(v["number"], v["kind"], v["reason"], v["restored_from"]) for v in found] == [
        (3, "restored", "", 1), (2, "automatic", "before-restore", None), (1, "named", "", None),
    ]  # fmt: skip
    assert found[0]["hash"] == found[2]["hash"]
    assert found[0]["by"]["name"] == "Bình"

    back = await world.secretary.post(world.path("versions/2/restore"))
    assert back.status_code == 201
    assert (await world.text()).splitlines() == [*SEED, "Điều ba: thêm vào rồi bỏ."]
    restored = [a for a in (await world.delegate.get(world.path("authors"))).json() if a["restored"]]
    assert [each["name"] for each in restored] == ["Bình"]  # what was only taken away has no author
    assert [writer["name"] for writer in (await world.versions())[0]["writers"]] == ["Bình"]


async def test_who_only_reads_brings_nothing_back_and_the_same_text_is_not_written_again(world: World) -> None:
    await world.secretary.post(world.path("versions"), {"name": "gốc"})

    assert await refused(world.delegate.post(world.path("versions/1/restore"))) == (403, "forbidden")
    assert await refused(world.stranger.post(world.path("versions/1/restore"))) == (404, "not-found")
    assert await refused(world.secretary.post(world.path("versions/9/restore"))) == (404, "not-found")
    assert await refused(world.secretary.post(world.path("versions/1/restore"))) == (409, "same-text")
    assert len(await world.versions()) == 1


# --- locked for a vote ---


async def test_a_locked_text_is_nobodys_to_write_and_its_hash_is_told(world: World) -> None:
    async with (
        world.delegate.line(world.meeting) as line,
        peer(world.secretary, world.draft, 1) as writing,
    ):
        await write(writing, "Điều ba.")
        locked = await world.chair.post(world.path("lock"))
        assert locked.status_code == 201, locked.text
        version = locked.json()
        told = (await line.event("document.locked"))["event"]
        text_of(writing.client.doc).children.append(XmlElement("paragraph"))
        await writing.flush()
        await until(lambda: writing.client.refusals)

        assert writing.client.refusals == ["read-only"]
        assert writing.code is None
        assert (version["kind"], version["by"]["name"]) == ("vote", "An")
        assert told == {
            "type": "document.locked", "document_id": str(world.draft), "number": version["number"],
            "hash": version["hash"], "by": str(world.chair.id),
        }  # fmt: skip
        assert version["hash"] == text_hash(content(document_of(await world_update(world)))).hex()
        assert (await world.chair.post(world.path("lock"))).json()["number"] == version["number"]  # once is enough

    assert await refused(world.secretary.post(world.path("versions"), {"name": "x"})) == (409, "text-locked")
    assert await refused(world.secretary.post(world.path(f"versions/{version['number']}/restore"))) == (
        409,
        "text-locked",
    )
    for who in (world.chair, world.secretary, world.delegate):
        [draft] = [d for d in (await who.get(f"/api/meetings/{world.meeting}")).json()["documents"] if d["locked"]]
        assert (draft["id"], draft["my_right"]) == (str(world.draft), "read")
        assert draft["locked"]["hash"] == version["hash"]
        assert draft["locked"]["drifted"] is False


async def world_update(world: World) -> bytes:
    async with world.hub.db.pool.connection() as conn:
        update = await logs.whole(conn, world.draft)
    assert update is not None
    return update


async def test_unlocked_it_is_written_again_and_the_version_of_the_vote_stays(world: World) -> None:
    version = (await world.chair.post(world.path("lock"))).json()
    async with world.delegate.line(world.meeting) as line:
        answer = await world.chair.delete(world.path("lock"))
        assert answer.status_code == 204
        await line.event("document.unlocked")
    async with peer(world.secretary, world.draft) as writing:
        await write(writing, "viết tiếp")

    assert (await world.text(version["number"])).splitlines() == SEED
    again = (await world.chair.post(world.path("lock"))).json()
    assert again["number"] > version["number"]
    assert again["hash"] != version["hash"]


async def test_only_who_runs_the_meeting_locks_and_only_a_draft_of_an_open_record(world: World) -> None:
    assert await refused(world.delegate.post(world.path("lock"))) == (403, "forbidden")
    assert await refused(world.delegate.delete(world.path("lock"))) == (403, "forbidden")
    assert await refused(world.stranger.post(world.path("lock"))) == (404, "not-found")
    assert await refused(world.chair.post(world.path("lock", world.minutes))) == (409, "not-for-vote")
    assert await refused(world.chair.post(world.path("lock", uuid4()))) == (404, "not-found")
    for to in ("ended", "closed"):
        await world.chair.post(f"/api/meetings/{world.meeting}/state", {"to": to, "reason": "Không có biên bản."})
    assert await refused(world.chair.post(world.path("lock"))) == (409, "wrong-state")


async def test_an_edit_that_slipped_in_behind_the_lock_is_told(world: World) -> None:
    async with world.hub.db.work() as work:
        made = await service.lock_for_vote(work, world.draft, world.chair.id)
    async with world.hub.db.work() as work:  # as a hub would that had not heard
        await logs.append(work.conn, [(world.draft, seed_text(["lọt vào"]))])

    async with world.hub.db.work() as work:
        found = await queries.locked_version(work.conn, world.draft)
        assert found is not None
        assert (found[0].drifted, found[1].hash) == (True, made.hash)
    await world.sweep()
    await world.sweep(minutes=3)
    async with world.hub.db.work() as work:
        found = await queries.locked_version(work.conn, world.draft)
        assert found is not None
        assert found[0].drifted is True


async def test_editors_of_another_hub_are_held_at_once(world: World, database: str) -> None:
    bus = world.hub.db.bus
    async with running_hub(world.hub.settings, database, clock=world.hub.clock, bus=bus) as second:
        await second.serve()
        there = await second.sign_in(world.secretary.id, "Bình")
        async with peer(there, world.draft, 3) as writing:
            await write(writing, "từ máy chủ kia")
            version = (await world.chair.post(world.path("lock"))).json()
            text_of(writing.client.doc).children.append(XmlElement("paragraph"))
            await writing.flush()
            await until(lambda: writing.client.refusals)

    assert (await world.text(version["number"])).splitlines()[-1] == "từ máy chủ kia"
    assert (await world.text()) == (await world.text(version["number"]))
