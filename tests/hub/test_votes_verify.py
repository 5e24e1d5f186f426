"""An exported vote is counted again by a program that shares no code with the hub; what was altered is named."""

import asyncio
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.verify import standalone
from tests.hub.test_votes_secret import secret_vote, stranger
from tests.hub.voting import Voting, body
from tests.support import Hub
from tests.votes.blind_client import SecretVoter


async def exported(at: Voting, vote: str) -> tuple[bytes, dict[str, Any]]:
    answer = await at.members[0].get(f"/api/votes/{vote}/export")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
        record: dict[str, Any] = json.loads(bundle.read("vote.json"))
    return answer.content, record


async def open_vote(hub: Hub) -> tuple[Voting, str]:
    at = await body(hub, 4)
    vote = await at.open()
    for person, choice in zip(at.everybody, ("agree", "agree", "agree", "disagree"), strict=False):
        await at.cast(person, vote, choice)
    await at.close(vote)
    return at, vote


async def test_the_file_verifies_itself_on_a_machine_with_nothing_but_python(hub: Hub, tmp_path: Path) -> None:
    at, vote = await open_vote(hub)
    packed, record = await exported(at, vote)
    with zipfile.ZipFile(io.BytesIO(packed)) as bundle:
        bundle.extractall(tmp_path)
    mine = next(line for line in record["votes"][0]["roll"]["lines"])

    ran = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-I", "-S", "verify.py", "vote.json", "--receipt", mine[2]],
        cwd=tmp_path, capture_output=True, timeout=30, env={"PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip

    said = ran.stdout.decode()
    assert ran.returncode == 0, said + ran.stderr.decode()
    assert "Đếm lại 4 lá phiếu: tán thành 3, không tán thành 1, không biểu quyết 0; không hợp lệ 0" in said
    assert "Cần 3/5: được thông qua. Khớp với hồ sơ." in said
    assert f"Mã biên nhận {mine[2]}: có trong các lá phiếu được đếm" in said
    assert record["head"] in said


def rewrite(event: int, **changed: Any) -> Callable[[dict[str, Any]], None]:
    def change(record: dict[str, Any]) -> None:
        fact = record["chain"][event]
        fact["body"] = json.dumps(json.loads(fact["body"]) | changed, sort_keys=True, separators=(",", ":"))

    return change


def turn_one_ballot(record: dict[str, Any]) -> None:
    line = next(line for line in record["votes"][0]["roll"]["lines"] if line[1] == ["disagree"])
    line[1] = ["agree"]


def lose_one_ballot(record: dict[str, Any]) -> None:
    record["votes"][0]["roll"]["lines"].pop()


def soften_the_rule(record: dict[str, Any]) -> None:
    record["votes"][0]["rule"]["threshold"] = "at-least-two-thirds"


def another_version(record: dict[str, Any]) -> None:
    record["votes"][0]["rule"]["version"] = 2


def cut_the_end(record: dict[str, Any]) -> None:
    record["chain"].pop()


def lose_a_fact(record: dict[str, Any]) -> None:
    del record["chain"][3]


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (rewrite(-1, passed=False), "(vote.result) đã bị sửa"),
        (rewrite(2, by="nobody"), "sự kiện số 3"),
        (lose_a_fact, "thiếu sự kiện số 4"),
        (cut_the_end, "chuỗi bị cắt"),
        (turn_one_ballot, "không phải những lá phiếu đã khóa"),
        (lose_one_ballot, "không phải những lá phiếu đã khóa"),
        (soften_the_rule, "needed: hồ sơ ghi 3, đếm lại được 4"),
        (another_version, "quy định trong tệp không phải"),
    ],
)
async def test_what_was_altered_is_named(hub: Hub, alter: Callable[[dict[str, Any]], None], said: str) -> None:
    at, vote = await open_vote(hub)
    _, record = await exported(at, vote)
    assert standalone.verify(record)["ok"]

    alter(record)
    report = standalone.verify(record)

    assert not report["ok"]
    assert said in "\n".join(standalone.lines_of(report))


async def test_a_secret_vote_is_recounted_from_its_box_and_a_false_paper_is_found(hub: Hub) -> None:
    at = await body(hub, 3)
    vote = await secret_vote(at)
    voters = [SecretVoter(person, vote, ["agree"]) for person in at.everybody]
    async with stranger(hub) as http:
        for voter in voters:
            await voter.take()
        await asyncio.gather(*(voter.drop(http) for voter in voters))
    await at.close(vote["id"])
    _, record = await exported(at, vote["id"])

    report = standalone.verify(record)
    paper = record["votes"][0]["box"][0]
    paper["message"], kept = record["votes"][0]["box"][1]["message"], paper["message"]
    forged = standalone.verify(record)
    paper["message"] = kept
    record["votes"][0]["public_key"] = record["votes"][0]["public_key"].replace("A", "B", 1)
    other_key = standalone.verify(record)

    assert report["ok"], report
    assert report["votes"][0]["figures"]["agree"] == 4
    assert set(report["votes"][0]["receipts"]) == {voter.receipt for voter in voters}
    assert forged["votes"][0]["why"] == "trong hòm có lá phiếu không được ký"
    assert not other_key["ok"]
    assert not [person for person in at.everybody if str(person.id) in json.dumps(record["votes"])]


async def test_elections_ties_and_silence_are_recounted_too(hub: Hub) -> None:
    at = await body(hub, 3)
    election = await at.open(rule_id="own-present", kind="election", options=["An", "Bình", "Chi"], choose=2)
    for person, chosen in zip(at.everybody, (["1", "2"], ["1", "3"], ["1"], ["2", "3"]), strict=True):
        await at.cast(person, election, *chosen)
    await at.close(election)
    tie = await at.open(rule_id="ubnd-session")
    for person, choice in zip(at.everybody, ("agree", "agree", "disagree", "disagree"), strict=True):
        await at.cast(person, tie, choice)
    await at.close(tie)
    silent = await at.open(rule_id="ubnd-written", silence="agree")
    await at.cast(at.members[0], silent, "disagree")
    await at.close(silent)

    reports = [standalone.verify((await exported(at, vote))[1]) for vote in (election, tie, silent)]

    assert [report["ok"] for report in reports] == [True, True, True], reports
    figures = [report["votes"][0]["figures"] for report in reports]
    assert (figures[0]["elected"], figures[0]["undecided"]) == ([1], [])
    assert figures[1]["passed"] is True
    assert (figures[2]["deemed_agree"], figures[2]["passed"]) == (3, True)


async def test_phien_verify_reads_the_zip_and_says_what_it_cannot_read(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from hub.cli import main

    at, vote = await open_vote(hub)
    packed, _ = await exported(at, vote)
    (tmp_path / "vote.zip").write_bytes(packed)
    (tmp_path / "other.json").write_text('{"format": "other"}')

    codes = []
    for name in ("vote.zip", "other.json", "missing.zip"):
        with pytest.raises(SystemExit) as ended:
            main(["verify", str(tmp_path / name)])
        codes.append(ended.value.code)

    assert codes == [0, 2, 2]
    assert "KHỚP" in capsys.readouterr().out


async def test_guests_do_not_take_the_file_and_an_open_vote_has_none(hub: Hub) -> None:
    at = await body(hub, 2, guest=True)
    vote = await at.open()
    early = await at.chair.get(f"/api/votes/{vote}/export")
    await at.close(vote)
    assert at.guest is not None

    assert (early.status_code, early.json()["code"]) == (409, "wrong-state")
    assert (await at.guest.get(f"/api/votes/{vote}/export")).status_code == 403
