"""What text was voted on: the version that is locked, and a word when the text is not that one any more."""

from typing import Any
from uuid import UUID

from hub.documents.service import begin_documents
from hub.documents.writing import seed_text
from tests.hub.document_peer import peer
from tests.hub.test_history import write
from tests.hub.voting import Voting, body
from tests.support import Hub


async def drafted(hub: Hub) -> tuple[Voting, UUID]:
    at = await body(hub, 2)
    answer = await at.secretary.post(
        f"/api/meetings/{at.meeting_id}/documents", {"title": "Dự thảo", "agenda_item_id": str(at.items[0])}
    )
    draft = UUID(answer.json()["id"])
    async with hub.db.work() as work:
        await begin_documents(work, [(draft, seed_text(["Điều một: kinh phí 5 tỷ đồng."]))])
    return at, draft


async def lock(at: Voting, draft: UUID) -> str:
    answer = await at.chair.post(f"/api/documents/{draft}/lock")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["hash"])


async def opened(at: Voting, vote: str) -> dict[str, Any]:
    answer = await at.chair.post(f"/api/votes/{vote}/open", {})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_vote_carries_the_hash_of_the_locked_text(hub: Hub) -> None:
    at, draft = await drafted(hub)
    loose = await at.prepare(document_id=str(draft))
    before = (await at.chair.get(f"/api/votes/{loose}")).json()
    named = await lock(at, draft)

    shown = await opened(at, loose)

    assert (before["document_hash"], before["text_changed"]) == (None, False)
    assert shown["document_hash"] == named
    assert dict(await at.events())["vote.opened"]["document_hash"] == named


async def test_a_text_that_changed_since_the_vote_named_it_is_said_and_a_new_version_can_be_locked(hub: Hub) -> None:
    await hub.serve()
    at, draft = await drafted(hub)
    first = await lock(at, draft)
    vote, second = await at.prepare(document_id=str(draft)), await at.prepare(document_id=str(draft))
    await at.chair.delete(f"/api/documents/{draft}/lock")
    unlocked = (await at.chair.get(f"/api/votes/{vote}")).json()
    async with peer(at.secretary, draft) as writing:
        await write(writing, "Điều hai: hiệu lực từ ngày ký.")
    changed = (await at.chair.get(f"/api/votes/{vote}")).json()

    old = await opened(at, vote)
    await at.close(vote)
    again = await lock(at, draft)
    new = await opened(at, second)

    assert (unlocked["document_hash"], unlocked["text_changed"]) == (first, False)
    assert (changed["document_hash"], changed["text_changed"]) == (first, True)
    assert (old["document_hash"], old["text_changed"]) == (first, False), (
        "opened all the same: what was locked is named"
    )
    assert again != first
    assert new["document_hash"] == again


async def test_a_vote_that_is_changed_still_names_the_version_it_was_prepared_on(hub: Hub) -> None:
    at, draft = await drafted(hub)
    named = await lock(at, draft)
    vote = await at.prepare(document_id=str(draft))
    await at.chair.delete(f"/api/documents/{draft}/lock")

    same = await at.secretary.put(f"/api/votes/{vote}", at.question(document_id=str(draft), question="Thông qua?"))
    none = await at.secretary.put(f"/api/votes/{vote}", at.question())

    assert (same.json()["document_hash"], none.json()["document_hash"]) == (named, None)
