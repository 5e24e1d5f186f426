"""The room in a browser: a press waits for the device's own answer, and a device that does not answer is named."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import aiomqtt
import anyio
import psycopg
import pytest
from playwright.async_api import Page, expect

from hub.broker import password_hash
from hub.equipment.simulated import account_name
from tests.flows.site import PHONE, People, Site

LAMP, MICROPHONE = "Đèn hội trường", "Micro đại biểu"
DEVICE_SECONDS = 8_000  # a turn of the hub, the simulator's answer, and five seconds of patience


@pytest.fixture
async def room(site: Site):
    """The sample's room once its devices are there: its id."""
    ((room_id,),) = site.rows("SELECT room_id FROM meeting WHERE id = %s", site.meeting_id)
    with anyio.fail_after(30):
        while site.rows("SELECT count(*) FROM room_device WHERE room_id = %s AND available", room_id) != [(10,)]:
            await anyio.sleep(0.1)
    return room_id


def tile(page: Page, name: str):
    return page.locator(f"[data-device='{name}']")


def state(page: Page, name: str):
    return tile(page, name).locator("[data-state]")


async def turn(page: Page, name: str, *, on: bool) -> None:
    await tile(page, name).get_by_role("button", name=f"{'Bật' if on else 'Tắt'} {name}").click()


def broker_port(site: Site) -> int:
    """Where the simulated room itself connects: read from the environment the hub gave to this child of its."""
    assert site.process is not None
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            of_ours = f"PPid:\t{site.process.pid}\n" in (folder / "status").read_text()
            environ = (folder / "environ").read_bytes().decode() if of_ours else ""
        except OSError:  # it ended meanwhile
            continue
        for pair in environ.split("\0"):
            if pair.startswith("PHIEN_ROOM_BROKER="):
                return urlsplit(pair.partition("=")[2]).port or 0
    raise AssertionError("the simulated room is not running")


async def tell_simulator(site: Site, room_id, **order) -> None:
    """Speaks to the simulated room on its control topic, with an account of the test's own."""
    with psycopg.connect(site.conninfo) as conn:
        conn.execute(
            "INSERT INTO room_account (username, room_id, password_hash, roots) VALUES ('probe', %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (room_id, password_hash("probe"), [f"{account_name(room_id)}/sim"]),
        )
    async with aiomqtt.Client("127.0.0.1", broker_port(site), username="probe", password="probe") as client:
        await client.publish(f"{account_name(room_id)}/sim/control", json.dumps(order), qos=1)


async def test_the_lights_go_off_and_the_button_shows_the_devices_own_answer(site: Site, people: People, room):
    secretary = await people.page("secretary", f"/hop/{site.meeting_id}?muc=phong")
    delegate = await people.page("delegate", f"/hop/{site.meeting_id}?muc=phong", PHONE)
    await expect(state(secretary, LAMP)).to_contain_text("Đang", timeout=DEVICE_SECONDS)
    if "Đang tắt" in (await state(secretary, LAMP).inner_text()):
        await turn(secretary, LAMP, on=True)
        await expect(state(secretary, LAMP)).to_contain_text("Đang bật", timeout=DEVICE_SECONDS)

    await turn(secretary, LAMP, on=False)

    await expect(state(secretary, LAMP)).to_have_text("Đang tắt", timeout=DEVICE_SECONDS)
    await expect(tile(secretary, LAMP).get_by_role("button", name=f"Bật {LAMP}")).to_be_enabled()
    assert site.rows("SELECT value->>'on' FROM room_device WHERE name = %s", LAMP) == [("false",)]
    await expect(state(delegate, LAMP)).to_have_text("Đang tắt", timeout=DEVICE_SECONDS)
    await expect(tile(delegate, LAMP).get_by_role("button")).to_have_count(0)
    await secretary.get_by_text("Nhật ký phòng").click()
    ((name,),) = site.rows("SELECT name FROM app_user WHERE username = %s", site.username("secretary"))
    await expect(secretary.get_by_text(f"{name} chỉnh tay").first).to_be_visible()


async def test_the_slider_dims_by_keyboard(site: Site, people: People, room):
    secretary = await people.page("secretary", f"/hop/{site.meeting_id}?muc=phong")
    slider = tile(secretary, LAMP).get_by_role("slider")
    await slider.focus()
    await slider.press("End")
    await expect(state(secretary, LAMP)).to_have_text("Đang bật, 100 %", timeout=DEVICE_SECONDS)

    for _ in range(2):
        await slider.press("ArrowLeft")

    await expect(state(secretary, LAMP)).to_have_text("Đang bật, 90 %", timeout=DEVICE_SECONDS)


async def test_a_device_that_does_not_answer_is_an_alarm_in_words(site: Site, people: People, room):
    secretary = await people.page("secretary", f"/hop/{site.meeting_id}?muc=phong")
    await expect(state(secretary, MICROPHONE)).to_contain_text("Đang", timeout=DEVICE_SECONDS)
    await tell_simulator(site, room, do="lie", box="microphones", how="silent")
    try:
        await turn(secretary, MICROPHONE, on=True)

        await expect(state(secretary, MICROPHONE)).to_have_text("Đang chờ thiết bị…")
        await expect(tile(secretary, MICROPHONE)).to_contain_text(
            "Thiết bị không trả lời trong 5 giây.", timeout=DEVICE_SECONDS
        )
        await expect(state(secretary, MICROPHONE)).to_have_text("Đang tắt")
    finally:
        await tell_simulator(site, room, do="be-honest", box="microphones")


async def test_a_device_that_loses_power_is_said_to_be_gone_and_comes_back(site: Site, people: People, room):
    secretary = await people.page("secretary", f"/hop/{site.meeting_id}?muc=phong")
    await expect(state(secretary, LAMP)).to_contain_text("Đang", timeout=DEVICE_SECONDS)

    await tell_simulator(site, room, do="lose-power", box="lamps")

    await expect(state(secretary, LAMP)).to_have_text("Mất kết nối", timeout=DEVICE_SECONDS)
    await expect(tile(secretary, LAMP).get_by_role("button")).to_have_count(0)
    await tell_simulator(site, room, do="restore", box="lamps")
    await expect(state(secretary, LAMP)).to_contain_text("Đang", timeout=DEVICE_SECONDS)
