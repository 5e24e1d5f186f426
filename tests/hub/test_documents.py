"""Documents over their socket: who may come in, what is saved, what happens when a right changes."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from websockets.asyncio.client import connect

from hub.documents import queries
from tests.hub.document_peer import following, peer, until
from tests.realtime.peers import Client
from tests.support import Hub, Person


class World:
    """A running meeting with its documents, and the people who may and may not."""

    def __init__(self, hub: Hub, chair: Person, secretary: Person, delegate: Person, stranger: Person) -> None:
        self.hub, self.chair, self.secretary, self.delegate, self.stranger = hub, chair, secretary, delegate, stranger
        self.meeting: UUID
        self.minutes: UUID
        self.agenda: UUID


@pytest.fixture
async def world(hub: Hub) -> World:
    await hub.serve()
    made = World(hub, await hub.person(), await hub.person(), await hub.person(), await hub.person())
    made.meeting = await hub.meeting(made.chair, secretary=made.secretary, delegates=[made.delegate], items=1)
    made.minutes = await hub.document(made.meeting, "minutes")
    made.agenda = await hub.document(made.meeting, "agenda")
    return made


async def stored_text(hub: Hub, document_id: UUID) -> str:
    async with hub.db.pool.connection() as conn:
        update = await queries.whole(conn, document_id)
    reader = Client(99)
    if update is not None:
        reader.doc.apply_update(update)
    return str(reader.text)


async def close_code(socket: Any) -> tuple[int | None, str]:
    async with socket as opened, following(opened) as joined:
        await joined.closed()
        return joined.code, joined.reason


async def test_two_people_write_one_text_and_saved_means_in_the_database(world: World) -> None:
    async with peer(world.chair, world.minutes, 1) as one, peer(world.secretary, world.minutes, 2) as two:
        await one.type("Biên bản ")
        await two.type("🎉 phiên họp ")
        await one.saved()
        await two.saved()
        await until(lambda: one.client.state == two.client.state)

        assert await stored_text(world.hub, world.minutes) == one.text
        assert "Biên bản" in one.text
        assert "🎉 phiên họp" in one.text


async def test_a_delegate_reads_the_minutes_and_his_edit_is_answered_with_a_refusal(world: World) -> None:
    async with peer(world.secretary, world.minutes, 1) as writer, peer(world.delegate, world.minutes, 2) as reader:
        await writer.type("chỉ thư ký ghi")
        await until(lambda: reader.text == writer.text)
        await reader.type("sửa trộm")
        await until(lambda: reader.client.refusals)
        await writer.saved()

        assert reader.client.refusals == ["read-only"]
        assert reader.code is None
        assert await stored_text(world.hub, world.minutes) == "chỉ thư ký ghi"


async def test_who_is_not_invited_is_told_there_is_no_such_document(world: World) -> None:
    assert await close_code(world.stranger.socket(f"/ws/documents/{world.minutes}")) == (4404, "not-found")
    assert await close_code(world.chair.socket(f"/ws/documents/{uuid4()}")) == (4404, "not-found")


async def test_without_a_session_or_from_another_site_nobody_comes_in(world: World) -> None:
    path = f"/ws/documents/{world.minutes}"
    nobody = connect(world.hub.address.replace("http", "ws", 1) + path, origin=world.hub.address, compression=None)  # type: ignore[arg-type]

    assert await close_code(nobody) == (4401, "not-signed-in")
    assert await close_code(world.chair.socket(path, origin="https://evil.example")) == (4403, "origin")
    assert await close_code(world.chair.socket(path, origin="")) == (4403, "origin")


async def test_who_signs_out_elsewhere_is_put_out_at_once(world: World) -> None:
    async with peer(world.chair, world.minutes) as joined:
        answer = await world.chair.post("/api/sign-out")
        assert answer.status_code in (200, 204), answer.text

        assert await joined.closed() == 4401


async def test_who_loses_the_right_to_write_while_editing_goes_on_reading(world: World) -> None:
    async with peer(world.secretary, world.minutes, 1) as joined, peer(world.delegate, world.minutes, 2) as reader:
        await joined.type("trước khi đóng. ")
        await joined.saved()
        for state in ("ended", "closed"):
            body = {"to": state, "reason": "Không có biên bản."}
            answer = await world.chair.post(f"/api/meetings/{world.meeting}/state", body)
            assert answer.status_code == 204

        while not joined.client.refusals:  # the news travels over the bus
            await joined.type("x")
            await until(lambda: joined.client.refusals or joined.client.saved == joined.client.sent)

        assert joined.code is None
        await until(lambda: reader.text.startswith("trước khi đóng. "))
        stored = await stored_text(world.hub, world.minutes)
        assert joined.text.startswith(stored)


async def test_a_broken_frame_is_closed_with_its_name_and_the_document_is_untouched(world: World) -> None:
    async with peer(world.chair, world.minutes, 1) as good, peer(world.secretary, world.minutes, 2) as bad:
        await good.type("nguyên vẹn")
        await good.saved()
        await bad.socket.send(b"\x00\x02\x05\x01\x01\x01\x01\x01")

        assert (await bad.closed(), bad.reason) == (4400, "broken-update")
        assert await stored_text(world.hub, world.minutes) == "nguyên vẹn"
        assert good.code is None


async def test_a_frame_over_four_megabytes_is_closed_with_its_name(world: World) -> None:
    async with peer(world.chair, world.minutes) as joined:
        await joined.socket.send(b"\x00\x02" + bytes(4 * 1024 * 1024))

        assert (await joined.closed(), joined.reason) == (4400, "frame-too-large")


async def test_who_comes_later_gets_all_of_it_after_the_hub_forgot_it(world: World) -> None:
    async with peer(world.chair, world.minutes, 1) as first:
        await first.type("Điều 1. Ghi lại")
        await first.saved()
    async with peer(world.delegate, world.minutes, 2) as second:
        assert second.text == "Điều 1. Ghi lại"


async def test_a_collector_sees_how_many_write_and_what_waits(world: World) -> None:
    async with peer(world.chair, world.minutes, 1) as one, peer(world.delegate, world.minutes, 2):
        await one.type("đếm")
        await one.saved()
        async with httpx.AsyncClient(base_url=world.hub.address) as collector:
            said = (await collector.get("/metrics")).text

    assert "phien_documents_open 1.0" in said
    assert "phien_documents_editors 2.0" in said
    assert "phien_documents_waiting_bytes 0.0" in said
    assert "phien_documents_storing 1.0" in said


# --- tokens ---


async def token(person: Person, document_id: UUID, right: str) -> str:
    answer = await person.post(f"/api/documents/{document_id}/token", {"right": right})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


def with_token(world: World, document_id: UUID, value: str) -> Any:
    """A client that is no browser: no cookie, no Origin."""
    return connect(
        f"{world.hub.address.replace('http', 'ws', 1)}/ws/documents/{document_id}?token={value}", compression=None
    )


async def test_a_token_opens_one_document_with_one_right(world: World) -> None:
    writing = await token(world.secretary, world.minutes, "write")
    reading = await token(world.secretary, world.minutes, "read")
    async with (
        with_token(world, world.minutes, writing) as one,
        with_token(world, world.minutes, reading) as two,
        following(one, 1) as writer,
        following(two, 2) as reader,
    ):
        await until(writer.synced.is_set)
        await until(reader.synced.is_set)
        await writer.type("bằng mã")
        await until(lambda: reader.text == "bằng mã")
        await reader.type("x")
        await until(lambda: reader.client.refusals == ["read-only"])

    assert await close_code(with_token(world, world.agenda, writing)) == (4401, "token-invalid")
    assert await close_code(with_token(world, world.minutes, writing[:-2] + "AA")) == (4401, "token-invalid")
    assert await close_code(with_token(world, world.minutes, "không")) == (4401, "token-invalid")


async def test_a_token_gives_no_more_than_its_owner_has_and_lasts_ten_minutes(world: World) -> None:
    answer = await world.delegate.post(f"/api/documents/{world.minutes}/token", {"right": "write"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert (await world.stranger.post(f"/api/documents/{world.minutes}/token", {})).status_code == 404

    value = await token(world.secretary, world.minutes, "write")
    world.hub.clock.pass_(minutes=10, seconds=1)

    assert await close_code(with_token(world, world.minutes, value)) == (4401, "token-invalid")


# --- pictures ---

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
OTHERS = {
    "image/jpeg": b"\xff\xd8\xff\xe0" + bytes(50),
    "image/webp": b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(50),
    "image/gif": b"GIF89a" + bytes(50),
}


async def upload(person: Person, document_id: UUID, content: bytes) -> Any:
    await person.csrf()
    return await person.http.post(
        f"/api/documents/{document_id}/images", content=content, headers={"content-type": "application/octet-stream"}
    )


async def test_a_picture_is_kept_as_it_is_and_shown_to_who_may_read_the_document(world: World) -> None:
    answer = await upload(world.secretary, world.minutes, PNG)
    assert answer.status_code == 201, answer.text
    url = answer.json()["url"]
    assert (await upload(world.chair, world.minutes, PNG)).json()["url"] == url

    shown = await world.delegate.get(url)

    assert shown.content == PNG
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in shown.headers["cache-control"]
    assert (await world.stranger.get(url)).status_code == 404
    for media_type, content in OTHERS.items():
        url = (await upload(world.secretary, world.minutes, content)).json()["url"]
        assert (await world.delegate.get(url)).headers["content-type"] == media_type


async def test_what_is_no_picture_is_refused_whatever_it_is_called(world: World) -> None:
    for content in (b"", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"<html>", b"%PDF-1.7"):
        answer = await upload(world.secretary, world.minutes, content)
        assert (answer.status_code, answer.json()["code"]) == (400, "not-an-image"), content
    assert (await upload(world.secretary, world.minutes, PNG + bytes(10 * 1024 * 1024))).status_code == 413
    assert (await upload(world.delegate, world.minutes, PNG)).status_code == 403
    assert (await upload(world.stranger, world.minutes, PNG)).status_code == 404


async def test_an_item_marked_secret_takes_no_pictures(world: World) -> None:
    [item] = await world.hub.items(world.meeting)
    answer = await world.secretary.post(
        f"/api/meetings/{world.meeting}/documents", {"title": "Dự thảo", "agenda_item_id": str(item)}
    )
    draft = answer.json()["id"]
    assert (await upload(world.secretary, draft, PNG)).status_code == 201
    await world.secretary.put(f"/api/agenda-items/{item}/secrecy", {"secrecy": "mat"})

    answer = await upload(world.secretary, draft, PNG + b"2")

    assert (answer.status_code, answer.json()["code"]) == (409, "secret-item")
