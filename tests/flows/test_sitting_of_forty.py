"""A whole sitting of forty people: six items, five votes, twelve speeches, two who come late and one who goes early.

Four sit at a real page, thirty-six hold a device that follows the line, joins late, drops out and comes back. Before
the end and after it every one of them knows what the meeting's line says, and nothing else.
"""

import asyncio
import os
import random
import re
from typing import Any

import httpx
import msgspec
import psycopg
import pytest
from playwright.async_api import Page, expect

from hub.meetings.models import Meeting
from hub.replay import State, facts, replay
from hub.replay.stored import stored, told_of
from tests.flows.forty import Council, Crowd, Member, Screen, convened, of_line, of_page, same
from tests.flows.site import DESKTOP, PHONE, People, Site
from tests.flows.writing import until
from tests.votes.blind_client import SecretVoter

SEED = int(os.environ.get("SEED", "40"))
SENT = 30_000
TURNS = 60  # about as many things happen

# What the page itself has folded, once it has put it down on the device: the meeting of that fact or of a later one.
KEPT = """
async ([key, seq]) => {
  const name = "phien.kept";
  if (!(await indexedDB.databases()).some((one) => one.name === name)) return null;
  const opening = indexedDB.open(name);
  await new Promise((resolve, reject) => { opening.onsuccess = resolve; opening.onerror = reject; });
  const asking = opening.result.transaction("answers").objectStore("answers").get(key);
  await new Promise((resolve, reject) => { asking.onsuccess = resolve; asking.onerror = reject; });
  opening.result.close();
  return asking.result && asking.result.body.seq >= seq ? JSON.stringify(asking.result.body) : null;
}
"""


class Play:
    """What the people do, one after the other; after each act some device comes or goes."""

    def __init__(self, site: Site, council: Council, crowd: Crowd, chance: random.Random) -> None:
        self.site, self.council, self.crowd, self.chance = site, council, crowd, chance
        self.chair, self.meeting = council.chair, council.path
        self.pages: dict[str, Page] = {}
        self.expected: dict[str, dict[str, int]] = {}

    async def open_pages(self, people: People) -> None:
        council, path = self.council, f"/hop/{self.council.id}"
        opened = await asyncio.gather(
            people.page(council.chair.username, f"{path}?muc=phat-bieu", DESKTOP),
            people.page(council.secretary.username, f"{path}?muc=co-mat", DESKTOP),
            people.page(council.phone.username, f"{path}?muc=phat-bieu", PHONE),
            people.page(council.second_secretary.username, f"{path}/man-hinh", DESKTOP),
        )
        self.pages = dict(zip(("chair", "secretary", "phone", "wall"), opened, strict=True))

    async def act(self, who: Member, method: str, path: str, body: Any = None) -> Any:
        done = await who.do(method, path, body)
        await self.crowd.turn()
        return done

    async def press(self, page: str, name: str) -> None:
        await self.pages[page].get_by_role("button", name=name, exact=True).click(timeout=SENT)

    async def go_on(self, number: int, *, first: bool = False) -> None:
        """The chair presses, the wall follows."""
        await self.press("chair", f"{'Vào' if first else 'Sang'} nội dung {number}")
        title = await self.title(number)
        await expect(self.pages["wall"].get_by_role("heading", name=title)).to_be_visible(timeout=SENT)
        await self.crowd.turn()

    async def title(self, number: int) -> str:
        (row,) = self.site.rows("SELECT title FROM agenda_item WHERE id = %s", self.council.items[number - 1])
        return str(row[0])

    async def put_away(self, *pages: str) -> None:
        """The paper that came up with a vote."""
        for name in pages:
            dialog = self.pages[name].get_by_role("dialog")
            await expect(dialog).to_be_visible(timeout=SENT)
            await self.pages[name].keyboard.press("Escape")
            await expect(dialog).to_have_count(0)

    # Attendance.

    async def check_in(self, people: list[Member]) -> None:
        for number, one in enumerate(people):
            await self.council.second_secretary.do("POST", f"{self.meeting}/participants/{one.id}/check-in")
            if number % 4 == 0:
                await self.crowd.turn()

    async def come_late(self, by_desk: Member, by_page: Member) -> None:
        wish = {"state": "room", "since": None, "reason": None}
        path = f"{self.meeting}/participants/{by_desk.id}/attendance"
        await self.act(self.council.second_secretary, "PUT", path, wish)
        await self.press("secretary", f"Điểm danh cho {by_page.name}")
        row = self.pages["secretary"].locator(f"[data-person='{by_page.id}']")
        await expect(row).to_have_attribute("data-attendance", "room", timeout=SENT)
        await self.crowd.turn()

    # Speaking.

    async def ask(self, who: Member, item: int | None, kind: str = "on_item", **more: Any) -> str:
        wish = {"item_id": self.council.items[item - 1] if item else None, "kind": kind, "topic": "Đề nghị làm rõ"}
        asked = await self.act(who, "POST", f"{self.meeting}/speech-requests", wish | more)
        return str(asked["id"])

    async def give(self, **to: Any) -> str:
        return str((await self.act(self.chair, "POST", f"{self.meeting}/floors", to))["id"])

    async def floor(self, floor: str, *verbs: str, by: Member | None = None) -> None:
        for verb in verbs:
            await self.act(by or self.chair, "POST", f"/api/floors/{floor}/{verb}")

    async def discuss(self) -> None:
        """Item 2: six ask, one before all others in procedure, one takes it back; five speak."""
        first, second, third, procedural, gone = self.council.delegates[:5]
        page, phone = self.pages["chair"], self.pages["phone"]
        early = [await self.ask(one, 2) for one in (first, second, third)]
        taken_back = await self.ask(gone, 2)
        await self.press("phone", "Đăng ký phát biểu")
        dialog = phone.get_by_role("dialog", name="Đăng ký phát biểu")
        await dialog.get_by_label("Về việc").fill("Dự phòng vật tư")
        await dialog.get_by_role("button", name="Đăng ký phát biểu").click()
        await expect(dialog).not_to_be_visible(timeout=SENT)
        await self.ask(procedural, None, "procedural")
        await self.act(gone, "DELETE", f"/api/speech-requests/{taken_back}")

        await page.get_by_role("button", name=f"Trao lời: {procedural.name}").click(timeout=SENT)
        await expect(self.pages["wall"].get_by_text(procedural.name, exact=True).first).to_be_visible(timeout=SENT)
        await self.floor(self.open_floor(), "end", by=procedural)
        for request in early:
            floor = await self.give(request_id=request, start=request == early[0])
            await self.floor(floor, *(("pause", "resume") if request == early[0] else ("start",)), "end")
        asked = self.site.rows(
            "SELECT id FROM speech_request WHERE meeting_id = %s AND user_id = %s",
            self.council.id, self.council.phone.id,
        )  # fmt: skip
        await self.give(request_id=str(asked[0][0]))
        await phone.get_by_role("button", name="Tôi đã nói xong").click(timeout=SENT)
        await expect(page.get_by_text("Chưa có ai được trao lời.").first).to_be_visible(timeout=SENT)

    def open_floor(self) -> str:
        query = "SELECT id FROM floor WHERE meeting_id = %s AND ended_at IS NULL"
        return str(self.site.rows(query, self.council.id)[0][0])

    async def question(self) -> None:
        """Item 3: a guest is questioned by two; six turns to speak."""
        answerer = self.council.guests[0]
        askers = self.council.delegates[5:7]
        asked = [
            await self.ask(one, 3, "question", addressee_id=answerer.id, question="Bao giờ xong đường?")
            for one in askers
        ]
        wish = {"item_id": self.council.items[2], "answerer_id": answerer.id}
        questioning = (await self.act(self.chair, "POST", f"{self.meeting}/questionings", wish))["id"]
        for request, turns in zip(asked, (["answer", "follow_up", "answer"], ["answer"]), strict=True):
            before = await self.give(request_id=request, kind="question")
            for kind in turns:
                before = await self.give(request_id=request, kind=kind, instead_of=before)
            await self.act(self.chair, "POST", f"/api/speech-requests/{request}/done")
        await self.act(self.chair, "POST", f"/api/questionings/{questioning}/close")

    # Voting.

    async def prepare(self, item: int, question: str, **more: Any) -> str:
        wish = {"item_ids": [self.council.items[item - 1]], "question": question, "rule_id": "hdnd"} | more
        return str((await self.council.secretary.do("POST", f"{self.meeting}/votes", wish))["id"])

    async def open(self, vote: str) -> None:
        await self.act(self.chair, "POST", f"/api/votes/{vote}/open", {})

    async def cast(self, vote: str, choices: list[list[str]]) -> None:
        """Those who are here and hold a device, at once."""
        voters = self.chance.sample(self.here(), len(choices))
        sent = (
            one.do("POST", f"/api/votes/{vote}/ballot", {"choice": choice})
            for one, choice in zip(voters, choices, strict=True)
        )
        receipts = [answer["receipt"] for answer in await asyncio.gather(*sent)]
        assert len(set(receipts)) == len(choices)
        await self.crowd.turn()

    def here(self) -> list[Member]:
        present = self.site.rows(
            "SELECT user_id FROM participant WHERE meeting_id = %s AND attendance = 'room'", self.council.id
        )
        known = {str(row[0]) for row in present}
        return [one for one in self.council.delegates if one.id in known]

    async def close(self, vote: str) -> Any:
        return (await self.act(self.chair, "POST", f"/api/votes/{vote}/close"))["result"]

    async def vote_openly(self, vote: str) -> None:
        """Opened with the button; the phone answers in two taps, and so does the chair."""
        await self.press("chair", "Biểu quyết tiếp theo – nội dung 3")
        opening = self.pages["chair"].get_by_role("dialog")
        await opening.get_by_role("button", name="Mở biểu quyết").click()
        for name in ("chair", "phone"):
            paper = self.pages[name].get_by_role("dialog")
            await paper.get_by_role("button", name="Tán thành – nội dung 3", exact=True).click(timeout=SENT)
            await paper.get_by_role("button", name="Gửi phiếu – nội dung 3").click()
            await expect(paper.get_by_text("Đã ghi phiếu của bạn")).to_be_visible(timeout=SENT)
        await self.cast(vote, [["agree"]] * 24 + [["disagree"]] * 5 + [["abstain"]] * 3)
        result = await self.close(vote)

        tally = result["tally"]
        assert [tally[one] for one in ("returned", "agree", "disagree", "abstain")] == [34, 26, 5, 3]
        assert (result["passed"], result["members"], result["present"]) == (True, 36, 36)
        for page in self.pages.values():
            if page is not self.pages["secretary"]:
                await expect(page.get_by_text(result["sentence"]["vi"]).first).to_be_visible(timeout=SENT)
        roll = await self.chair.do("GET", f"/api/votes/{vote}/roll")
        assert sum(line["choice"] is not None for line in roll) == 34
        await self.put_away("chair", "phone")

    async def vote_secretly(self, vote: str) -> None:
        """Phát ra, thu về: each paper comes without a session, and its receipt is in the box."""
        await self.open(vote)
        shown = await self.chair.do("GET", f"/api/votes/{vote}")
        people = self.chance.sample(self.here(), 30)
        voters = [SecretVoter(one, shown, [self.chance.choice(["agree", "agree", "disagree"])]) for one in people]
        taken = await asyncio.gather(*(voter.take() for voter in voters))
        assert {answer.status_code for answer in taken} == {200}
        async with httpx.AsyncClient(base_url=self.site.address, timeout=SENT / 1000) as nobody:
            dropped = await asyncio.gather(*(one.drop(nobody) for one in self.chance.sample(voters, len(voters))))
        assert {answer.status_code for answer in dropped} == {200}
        await self.crowd.turn()
        result = await self.close(vote)

        assert (result["issued"], result["tally"]["returned"], result["tally"]["invalid"]) == (30, 30, 0)
        assert result["tally"]["agree"] == sum(voter.choice == ["agree"] for voter in voters)
        box = await self.council.guests[0].do("GET", f"/api/votes/{vote}/papers")
        assert {paper["receipt"] for paper in box} == {voter.receipt for voter in voters}
        await self.put_away("chair", "phone")

    async def vote_in_vain(self, vote: str) -> None:
        await self.open(vote)
        await self.cast(vote, [["agree"]] * 12 + [["disagree"]] * 19)
        result = await self.close(vote)

        assert (result["passed"], result["agree"], result["needed"], result["present"]) == (False, 12, 19, 35)
        await expect(self.pages["wall"].get_by_text(result["sentence"]["vi"]).first).to_be_visible(timeout=SENT)
        await self.put_away("chair", "phone")

    async def elect(self, vote: str) -> None:
        await self.open(vote)
        await self.cast(vote, [["1", "2"]] * 21 + [["2", "3"]] * 6 + [["3"]] * 3)
        result = await self.close(vote)

        assert (result["tally"]["counts"], result["elected"]) == ([21, 27, 9], [1, 2])
        await self.put_away("chair", "phone")

    # What everybody knows.

    async def line(self) -> State:
        """The line as it is stored, folded; the rows beside it say the same."""
        async with await psycopg.AsyncConnection.connect(self.site.conninfo) as conn:
            state = replay(await facts(conn, self.council.id_))
            rows = await stored(conn, self.council.id_)
        assert told_of(state) == rows
        return state

    async def all_know(self, *, everybody: bool) -> State:
        state = await self.line()
        for one in await self.crowd.have(state.seq, everybody=everybody):
            assert one == state, "a device on the line knows what the line says"
        owners = {"chair": self.chair, "secretary": self.council.secretary, "phone": self.council.phone}
        pages = await asyncio.gather(*(self.kept(self.pages[name], who, state.seq) for name, who in owners.items()))
        for name, meeting in zip(owners, pages, strict=True):
            assert meeting.seq == state.seq, name
            same(of_page(meeting), of_line(state), name)
            assert meeting.current_item_since == state.course.current_item_since, name
        return state

    async def kept(self, page: Page, who: Member, seq: int) -> Meeting:
        found: list[Meeting] = []

        async def written() -> bool:
            text = await page.evaluate(KEPT, [f"{who.id}/meeting/{self.council.id}", seq])
            found.extend([msgspec.json.decode(text, type=Meeting)] if text else [])
            return bool(found)

        await until(written, f"the page of {who.name} has not come to {seq}")
        return found[0]


@pytest.mark.slow
async def test_forty_people_hold_a_sitting_and_every_screen_ends_with_the_same(site: Site, people: People) -> None:
    chance = random.Random(SEED)
    async with convened(site) as council:
        devices = [Screen(one, council.id) for one in (*council.delegates, *council.guests)]
        crowd = Crowd(chance.sample(devices, len(devices)), chance, TURNS)
        try:
            await play(Play(site, council, crowd, chance), people)
        finally:
            await crowd.leave()
    came = sorted(one.came for one in devices)
    print(f"seed {SEED}: {crowd.turns} turns, {crowd.drops} dropped out, {sum(came)} times somebody came, {came}")


async def play(at: Play, people: People) -> None:
    council = at.council
    late, by_page, leaver = council.delegates[20], council.delegates[21], council.delegates[30]
    rehearsal = await at.prepare(1, "Thử máy?", rehearsal=True)
    openly = await at.prepare(3, "Thông qua nghị quyết về phân bổ dự phòng?")
    secretly = await at.prepare(4, "Thông qua giá dịch vụ thu gom rác?", secrecy="secret")
    in_vain = await at.prepare(4, "Lùi thời hạn áp dụng sang năm sau?")
    names = ["Ông Nguyễn Văn Một", "Bà Trần Thị Hai", "Ông Lê Văn Ba"]
    elected = {"kind": "election", "options": names, "choose": 2, "rule_id": "hdnd-election"}
    election = await at.prepare(5, "Bầu Hội thẩm nhân dân", **elected)
    await at.check_in([one for one in council.everybody if one not in (late, by_page)])
    await at.open(rehearsal)
    await at.cast(rehearsal, [["agree"]] * 8)
    assert (await at.close(rehearsal))["tally"]["returned"] == 8

    await at.open_pages(people)
    wall = at.pages["wall"]
    await expect(wall.get_by_text(re.compile("^Phiên họp sẽ bắt đầu lúc"))).to_be_visible(timeout=SENT)
    await expect(wall.get_by_text("có mặt 34/36")).to_be_visible(timeout=SENT)
    await at.press("chair", "Bắt đầu phiên họp")
    await at.pages["chair"].get_by_role("dialog").get_by_role("button", name="Bắt đầu phiên họp").click()
    await at.go_on(1, first=True)

    await at.go_on(2)
    await at.discuss()

    await at.go_on(3)
    await at.come_late(late, by_page)
    await expect(wall.get_by_text("có mặt 36/36")).to_be_visible(timeout=SENT)
    await at.question()
    await at.vote_openly(openly)
    await at.act(council.chair, "POST", f"{council.path}/pause", {"reason": "Nghỉ giải lao"})
    await expect(wall.get_by_role("heading", name="Tạm nghỉ")).to_be_visible(timeout=SENT)
    await at.act(leaver, "PUT", f"{council.path}/my-attendance", {"state": "left", "reason": "Việc gia đình"})
    await at.press("chair", "Họp tiếp sau giờ nghỉ")

    await at.go_on(4)
    await at.vote_secretly(secretly)
    await at.vote_in_vain(in_vain)

    await at.go_on(5)
    floor = await at.give(user_id=council.delegates[9].id)
    await at.elect(election)
    await at.floor(floor, "end")
    await at.act(council.chair, "POST", f"/api/agenda-items/{council.items[5]}/skip", {"reason": "Hết giờ"})
    await expect(wall.get_by_text("có mặt 35/36")).to_be_visible(timeout=SENT)
    await at.all_know(everybody=False)

    await at.press("chair", "Kết thúc phiên họp")
    await at.pages["chair"].get_by_role("dialog").get_by_role("button", name="Kết thúc phiên họp").click()
    await expect(wall.get_by_text("Phiên họp đã kết thúc")).to_be_visible(timeout=SENT)
    state = await at.all_know(everybody=True)

    assert len(state.speeches.floors) == 12
    assert [vote.state for vote in state.votes.values()] == ["closed"] * 5
    assert at.crowd.screens[-1].came == 1, "the last one came when all was over"
    for one in council.everybody:
        same(of_page(await one.read(council.id)), of_line(state), one.name)
