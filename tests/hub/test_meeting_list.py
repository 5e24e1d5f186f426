"""Meetings by what a unit has to do with them, filtered; never one that a person may not know of."""

from datetime import timedelta

from tests.support import Hub


async def test_meetings_are_listed_by_what_my_unit_does_in_them_and_filtered(hub: Hub) -> None:
    office = await hub.unit("Phòng Kinh tế", "office", hub.unit_id)
    admin = await hub.person(role="unit_admin")
    chair, an, binh = await hub.person(), await hub.person(unit=office), await hub.person(unit=office)
    invited = await hub.meeting(chair, delegates=[an], state="published", title="Ngân sách năm 2027")
    draft = await hub.meeting(chair, delegates=[an], state="draft", title="Bản nháp", items=1)
    held = await hub.meeting(an, unit=office, state="closed", title="Giao ban phòng")
    elsewhere = await hub.meeting(chair, state="published", title="Không mời phòng", items=1)
    for meeting in (draft, elsewhere):
        async with hub.db.work() as work:
            await work.conn.execute("UPDATE agenda_item SET unit_id = %s WHERE meeting_id = %s", (office, meeting))

    async def listed(who: object, query: str) -> list[str]:
        answer = await who.get(f"/api/meeting-list?{query}")  # type: ignore[attr-defined]
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["meetings"]]

    soon = (hub.clock() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert set(await listed(an, "of=attended")) == {str(invited), str(held)}
    assert set(await listed(an, "of=mine")) == {str(invited), str(held)}
    assert (await listed(binh, "of=mine"), await listed(admin, "of=mine")) == ([], []), "knowing of it is not attending"
    assert await listed(binh, "of=attended") == [str(held)], "of what his colleague is invited to he knows nothing"
    assert await listed(an, "of=held") == [str(held)]
    assert (await listed(an, "of=prepared"), await listed(binh, "of=prepared")) == ([], [])
    assert set(await listed(admin, f"unit_id={hub.unit_id}&in_state=published")) == {str(invited), str(elsewhere)}
    assert await listed(admin, "q=ngan%20SACH") == [str(invited)]
    assert await listed(admin, f"since={soon}") == []
    assert (await an.get("/api/meeting-list?since=2026-03-02T08:00:00")).json()["code"] == "bad-period"
    first = (await admin.get("/api/meeting-list?limit=1")).json()
    assert (len(first["meetings"]), first["more"]) == (1, True)
    assert {one["name"] for one in first["units"]} == {"Xã Thử Nghiệm", "Phòng Kinh tế"}
