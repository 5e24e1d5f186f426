"""A transcript as a file: players read it, people read it, and no name or sentence breaks out of its place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from hub.transcripts import files, queries
from hub.transcripts.models import Gap, Segment
from tests.support import Hub

BEGAN = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)  # 8:30 in Vietnam
SESSION = uuid4()


def said(
    seconds: float, text: str, *, speaker: str | None = "Bà Lê Thị Hoa", item: UUID | None = None, long: float = 2
) -> Segment:
    return Segment(
        id=uuid4(),
        number=int(seconds),
        session_id=SESSION,
        speaker_id=None,
        speaker_name=speaker,
        item_id=item,
        started_at=BEGAN + timedelta(seconds=seconds),
        start=seconds,
        end=seconds + long,
        text=text,
    )


def test_vtt_has_times_from_the_first_word_and_the_speakers_voice() -> None:
    text = files.vtt([said(60, "Kính thưa hội nghị."), said(3723.5, "Xin hết.", speaker=None)], [])

    assert text == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:02.000\n<v Bà Lê Thị Hoa>Kính thưa hội nghị.\n\n"
        "01:01:03.500 --> 01:01:05.500\n<v Micro phòng họp>Xin hết.\n"
    )


def test_srt_counts_from_one_and_names_the_speaker() -> None:
    text = files.srt([said(0, "Một."), said(2.25, "Hai.")])

    assert text == (
        "1\n00:00:00,000 --> 00:00:02,000\nBà Lê Thị Hoa: Một.\n\n"
        "2\n00:00:02,250 --> 00:00:04,250\nBà Lê Thị Hoa: Hai.\n"
    )


@pytest.mark.parametrize("bad", ["a --> b", "<c.red>đỏ</c>", "x\n\n00:00 --> 00:09\ny", "A & B", "</v><script>"])
def test_no_words_break_out_of_their_cue(bad: str) -> None:
    vtt = files.vtt([said(0, bad, speaker=bad), said(5, "Sau đó.")], [])
    srt = files.srt([said(0, bad, speaker=bad), said(5, "Sau đó.")])

    blocks = vtt.strip().split("\n\n")
    assert len(blocks) == 3
    assert all(len(block.split("\n")) == 2 for block in blocks[1:])
    payload = blocks[1].split("\n")[1]
    assert payload.count("<") == 1
    assert payload.count(">") == 1
    assert "-->" not in payload
    assert srt.count("-->") == 2
    assert len(srt.strip().split("\n\n")) == 2


def test_txt_is_grouped_by_item_and_speaker_with_the_hour_of_vietnam() -> None:
    item = uuid4()
    text = files.txt(
        "Kỳ họp thứ 5",
        {item: "2. Báo cáo thu chi"},
        [said(0, "Mời đại biểu."), said(3, "Tôi xin báo cáo.", item=item), said(6, "Hết.", item=item)],
        [Gap(speaker_name=None, started_at=BEGAN + timedelta(minutes=1), seconds=12.3)],
    )

    assert text.splitlines() == [
        "Kỳ họp thứ 5",
        "Bản ghi lời do máy nhận dạng, chưa được kiểm tra.",
        "",
        "== Ngoài chương trình ==",
        "[08:30:00] Bà Lê Thị Hoa: Mời đại biểu.",
        "",
        "== 2. Báo cáo thu chi ==",
        "[08:30:03] Bà Lê Thị Hoa: Tôi xin báo cáo. Hết.",
        "",
        "Những lúc máy không nghe được:",
        "- 08:31:00, 12 giây (Micro phòng họp)",
    ]


def test_an_empty_transcript_is_a_valid_file() -> None:
    assert files.vtt([], []) == "WEBVTT\n"
    assert files.srt([]) == ""
    assert files.txt("Họp", {}, [], []).startswith("Họp\n")


async def test_a_transcript_is_downloaded_by_who_may_read_the_meeting(hub: Hub) -> None:
    chair, delegate, stranger = await hub.person(), await hub.person("Ông Trần An"), await hub.person()
    meeting = await hub.meeting(chair, delegates=[delegate])
    async with hub.db.work() as work:
        session = await queries.insert_session(work.conn, meeting, chair.id, delegate.id, "vi", work.now)
        await queries.insert_segment(work.conn, uuid4(), session, 0, None, 1500, 3000, "Tôi nhất trí.")
        await queries.insert_gap(work.conn, session, 5000, 9000)

    for kind, media_type in {"vtt": "text/vtt", "srt": "application/x-subrip", "txt": "text/plain"}.items():
        answer = await delegate.get(f"/api/meetings/{meeting}/transcript.{kind}")
        assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
        assert answer.headers["content-disposition"] == f'attachment; filename="phu-de-2026-03-02.{kind}"'
        assert "Tôi nhất trí." in answer.text
        assert "Ông Trần An" in answer.text
        assert (await stranger.get(f"/api/meetings/{meeting}/transcript.{kind}")).status_code == 404
    assert (await stranger.get(f"/api/meetings/{meeting}/transcript")).status_code == 404
    assert "không nghe được 4 giây" in (await delegate.get(f"/api/meetings/{meeting}/transcript.vtt")).text
