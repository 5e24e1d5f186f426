"""A transcript as a file: WebVTT and SRT for players, text for people. Pure functions."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from itertools import groupby
from uuid import UUID

from hub.transcripts.models import Gap, Segment

PLACE = timezone(timedelta(hours=7))  # Vietnam: no summer time, and no tz database needed
ROOM = "Micro phòng họp"


def vtt(segments: Sequence[Segment], gaps: Sequence[Gap]) -> str:
    """Time zero is the first word. Speakers are voice tags."""
    zero = beginning(segments)
    blocks = ["WEBVTT"]
    for gap in gaps:
        at = clock(gap.started_at - zero, ".") if gap.started_at >= zero else "00:00:00.000"
        blocks.append(f"NOTE {at} không nghe được {gap.seconds:.0f} giây ({line(gap.speaker_name or ROOM)})")
    for segment in segments:
        begin, end = span(segment, zero)
        voice = marked(segment.speaker_name or ROOM)
        blocks.append(f"{clock(begin, '.')} --> {clock(end, '.')}\n<v {voice}>{marked(segment.text)}")
    return "\n\n".join(blocks) + "\n"


def srt(segments: Sequence[Segment]) -> str:
    zero = beginning(segments)
    blocks = []
    for number, segment in enumerate(segments, 1):
        begin, end = span(segment, zero)
        words = f"{line(segment.speaker_name or ROOM)}: {line(segment.text)}".replace("-->", "→")
        blocks.append(f"{number}\n{clock(begin, ',')} --> {clock(end, ',')}\n{words}\n")
    return "\n".join(blocks)


def txt(title: str, items: dict[UUID, str], segments: Sequence[Segment], gaps: Sequence[Gap]) -> str:
    """By agenda item and speaker, with the hour; for reading and for the minutes."""
    parts = [line(title), "Bản ghi lời do máy nhận dạng, chưa được kiểm tra."]
    for item_id, spoken in groupby(segments, key=lambda segment: segment.item_id):
        heading = items.get(item_id) if item_id else None
        parts.append(f"\n== {line(heading)} ==" if heading else "\n== Ngoài chương trình ==")
        parts += paragraphs(list(spoken))
    if gaps:
        parts.append("\nNhững lúc máy không nghe được:")
        parts += [
            f"- {hour(gap.started_at)}, {gap.seconds:.0f} giây ({line(gap.speaker_name or ROOM)})" for gap in gaps
        ]
    return "\n".join(parts) + "\n"


def paragraphs(segments: Sequence[Segment]) -> Iterator[str]:
    for name, spoken in groupby(segments, key=lambda segment: segment.speaker_name or ROOM):
        sentences = list(spoken)
        words = " ".join(line(segment.text) for segment in sentences)
        yield f"[{hour(sentences[0].started_at)}] {line(name)}: {words}"


def beginning(segments: Sequence[Segment]) -> datetime:
    return min((segment.started_at for segment in segments), default=datetime.max.replace(tzinfo=PLACE))


def span(segment: Segment, zero: datetime) -> tuple[timedelta, timedelta]:
    """A player shows nothing for a cue without length."""
    begin = segment.started_at - zero
    return begin, begin + timedelta(seconds=max(segment.end - segment.start, 0.001))


def clock(time: timedelta, point: str) -> str:
    milliseconds = round(time.total_seconds() * 1000)
    seconds, milliseconds = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{milliseconds:03}"


def hour(at: datetime) -> str:
    return at.astimezone(PLACE).strftime("%H:%M:%S")


def line(text: str) -> str:
    """One line: a line break inside a cue would end it."""
    return " ".join(text.split())


def marked(text: str) -> str:
    """For WebVTT, where < and & are markup and --> would begin a cue."""
    return line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
