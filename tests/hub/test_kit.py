"""Who administers a unit gives its rooms accounts, sees their devices and takes away what is gone."""

from typing import Any

import aiomqtt
import anyio
import pytest

from hub.equipment import service
from hub.kit.service import broker_for_devices
from hub.settings import Settings
from tests.hub.rooms_support import all_there, control, device_address, living_room, show, simulated, speaker, until
from tests.support import Hub, Person


def said(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class Unit:
    """A unit's administrator and a room he made."""

    def __init__(self, hub: Hub, admin: Person, room: str) -> None:
        self.hub, self.admin, self.room = hub, admin, f"/api/rooms/{room}"
        self.id = room

    async def account(self, username: str = "hall", **more: Any) -> Any:
        return await self.admin.post(f"{self.room}/accounts", {"username": username, **more})

    async def kit(self) -> dict[str, Any]:
        answer = await self.admin.get(f"{self.room}/kit")
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]


async def a_unit(hub: Hub, *, unit: Any = None, role: str = "unit_admin", name: str = "Hội trường") -> Unit:
    unit = unit or await hub.unit("Phường " + name)
    admin = await hub.person(unit=unit, role=role)
    made = await admin.post("/api/rooms", {"unit_id": str(unit), "name": name})
    assert made.status_code == 201, made.text
    return Unit(hub, admin, made.json()["id"])


async def comes_in(hub: Hub, username: str, password: str) -> bool:
    address = speaker(hub)._broker.device_address(username, password)  # type: ignore[union-attr]
    try:
        async with aiomqtt.Client(address.host, address.port, username=username, password=password, timeout=3):
            return True
    except aiomqtt.MqttError:
        return False


async def test_a_room_and_an_account_are_made_and_its_devices_come_in_with_the_password_shown_once(hub: Hub) -> None:
    unit = await a_unit(hub)

    made = await unit.account(name="Tủ điện hội trường")

    assert made.status_code == 201
    assert (made.json()["username"], made.json()["roots"]) == ("hall", ["hall"])
    async with simulated(device_address(hub, made.json()["password"])):
        await until(lambda: all_there(hub, unit.id))
        kit = await unit.kit()
    assert [(a["username"], a["name"], a["bridge"]) for a in kit["accounts"]] == [("hall", "Tủ điện hội trường", False)]
    assert {d["account"] for d in kit["devices"]} == {"hall"}
    assert len(kit["devices"]) == 10
    assert "password" not in str(kit)


async def test_only_who_administers_the_unit(hub: Hub) -> None:
    unit = await a_unit(hub)
    await unit.account()
    other = await a_unit(hub, name="Phòng khác")
    member = await hub.person(unit=await hub.unit("Phường nữa"))

    assert said(await member.post("/api/rooms", {"unit_id": str(hub.unit_id), "name": "x"})) == (403, "forbidden")
    for person in (other.admin, member):
        for answer in (
            await person.get(f"{unit.room}/kit"),
            await person.post(f"{unit.room}/accounts", {"username": "mine"}),
            await person.post(f"{unit.room}/accounts/hall/password"),
            await person.delete(f"{unit.room}/accounts/hall"),
            await person.patch(f"{unit.room}", {"name": "x"}),
        ):
            assert said(answer) == (404, "not-found")


async def test_who_orders_in_a_meeting_does_not_administer(hub: Hub) -> None:
    chair = await hub.person()
    async with hub.db.work() as work:
        room = await service.create_room(work, hub.unit_id, "Hội trường")
    await hub.meeting(chair, room_id=room)

    assert said(await chair.get(f"/api/rooms/{room}/kit")) == (403, "forbidden")
    assert (await show(chair, room))["i_may_administer"] is False


async def test_a_new_password_ends_the_old_one(hub: Hub) -> None:
    unit = await a_unit(hub)
    old = (await unit.account()).json()["password"]

    new = (await unit.admin.post(f"{unit.room}/accounts/hall/password")).json()["password"]

    assert [await comes_in(hub, "hall", password) for password in (old, new)] == [False, True]
    assert said(await unit.admin.post(f"{unit.room}/accounts/nobody/password")) == (404, "not-found")


async def test_a_closed_account_is_out_with_its_devices_and_can_be_opened_again(hub: Hub) -> None:
    unit = await a_unit(hub)
    password = (await unit.account()).json()["password"]
    async with simulated(device_address(hub, password)):
        await until(lambda: all_there(hub, unit.id))

        assert (await unit.admin.delete(f"{unit.room}/accounts/hall")).status_code == 204
        with anyio.fail_after(8):
            while (await unit.kit())["devices"]:
                await anyio.sleep(0.02)

    assert (await unit.kit())["accounts"] == []
    assert not await comes_in(hub, "hall", password)
    assert said(await unit.admin.delete(f"{unit.room}/accounts/hall")) == (404, "not-found")
    again = await unit.account(name="Lần hai")
    assert again.status_code == 201
    assert await comes_in(hub, "hall", again.json()["password"])


async def test_rooms_and_accounts_are_renamed(hub: Hub) -> None:
    unit = await a_unit(hub)
    await unit.account()

    assert (await unit.admin.patch(unit.room, {"name": "Phòng họp số 2"})).status_code == 204
    assert (await unit.admin.patch(f"{unit.room}/accounts/hall", {"name": "Cầu nối"})).status_code == 204

    kit = await unit.kit()
    assert (kit["name"], kit["accounts"][0]["name"]) == ("Phòng họp số 2", "Cầu nối")


async def test_nobody_gets_an_account_on_the_topics_of_another_room(hub: Hub) -> None:
    mine, theirs = await a_unit(hub), await a_unit(hub, name="Phòng của họ")
    await theirs.account("stage", under=["tele/stage", "stage"])

    assert said(await mine.account("stage")) == (409, "account-exists")
    assert said(await mine.account("stage_2")) == (409, "account-exists"), "homeassistant/light/stage_2 is stage's"
    for root in ("stage", "stage/lamp", "tele", "tele/stage/x"):
        assert said(await mine.account("mine", under=[root])) == (409, "topic-taken")
    assert said(await mine.account("mine", under=["homeassistant/light"])) == (400, "topic-reserved")
    assert said(await mine.account("mine", bridge=True)) == (403, "forbidden")
    assert (await mine.account("mine", under=["tele/stages"])).status_code == 201


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "Hội"}, {"username": "a"}, {"under": ["#"]}, {"under": ["a/+/b"]}, {"under": ["$SYS"]},
        {"under": ["/a"]}, {"under": [""]}, {"name": "x" * 101}, {"under": [f"r{n}" for n in range(21)]},
    ],
)  # fmt: skip
async def test_a_name_or_topic_that_cannot_be_is_refused(hub: Hub, wrong: dict[str, Any]) -> None:
    unit = await a_unit(hub)

    assert said(await unit.account(**{"username": "good", **wrong})) == (400, "bad-request")


async def test_a_system_administrator_makes_a_bridge(hub: Hub) -> None:
    unit = await a_unit(hub, unit=hub.unit_id, role="system_admin")

    assert (await unit.account("zigbee", under=["zigbee2mqtt"], bridge=True)).status_code == 201
    kit = await unit.kit()
    assert (kit["i_may_bridge"], kit["accounts"][0]["bridge"]) == (True, True)


async def test_a_device_that_is_gone_is_removed_and_one_that_comes_back_is_in_the_room_again(hub: Hub) -> None:
    admin = await hub.person("Quản trị", role="system_admin")
    async with living_room(hub) as (room_id, simulator):
        password = simulator.address.password or ""

        async def reader() -> dict[str, Any] | None:
            kit = (await admin.get(f"/api/rooms/{room_id}/kit")).json()
            return next((d for d in kit["devices"] if d["kind"] == "reader"), None)

        async def reader_away() -> bool:
            found = await reader()
            return found is not None and not found["available"]

        there = await reader()
        assert there is not None
        path = f"/api/rooms/{room_id}/devices/{there['id']}"
        assert said(await admin.delete(path)) == (409, "device-here")
        await control(hub, password, do="lose-power", box="reader")
        await until(reader_away)

        assert (await admin.delete(path)).status_code == 204
        room = await show(admin, room_id)
        assert "reader" not in {d["kind"] for d in room["devices"]}
        assert [(e["kind"], e["by"]) for e in room["log"] if e["kind"] == "gone"] == [("gone", "Quản trị")]
        assert said(await admin.delete(path)) == (404, "not-found")

        simulator.boxes["reader"].powered.set()
        await until(lambda: all_there(hub, room_id))
        back = await reader()
        assert back is not None
        assert back["id"] == there["id"]


@pytest.mark.parametrize(
    ("named", "address", "tls", "ours"),
    [
        ({}, None, False, True),
        ({"mqtt_bind": "0.0.0.0:1883", "url": "https://phien.xa.vn"}, "phien.xa.vn:1883", False, True),
        ({"mqtt_bind": "192.168.1.9:8883", "mqtt_tls_cert": "/c"}, "192.168.1.9:8883", True, True),
        ({"mqtt": "mqtts://a:b@broker.xa.vn"}, "broker.xa.vn:8883", True, False),
        ({"mqtt": "mqtt://a:b@10.0.0.2:1884"}, "10.0.0.2:1884", False, False),
    ],
)
def test_where_a_device_connects_is_said(named: dict[str, Any], address: str | None, tls: bool, ours: bool) -> None:
    broker = broker_for_devices(Settings(**named))

    assert (broker.address, broker.tls, broker.ours) == (address, tls, ours)
