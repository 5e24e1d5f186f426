"""The rules of voting at every boundary, and what must hold of any count."""

import random
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.votes.counting import (
    BadTally,
    Outcome,
    Tally,
    decide,
    decide_election,
    election_counts,
    needed,
    quorum_needed,
    tally_of,
)
from hub.votes.rulebook import Rule, Threshold, read_rule, rules_of, shipped
from hub.votes.sentences import election_sentence, outcome_sentence

TABLE = [
    tuple(map(int, line.split("\t")))
    for line in (Path(__file__).parent / "boundaries.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
THRESHOLDS: list[Threshold] = ["more-than-half", "at-least-two-thirds", "more-than-two-thirds"]
BOUNDARIES = [(row[0], threshold, row[1 + at]) for row in TABLE for at, threshold in enumerate(THRESHOLDS)]


def rule(name: str, **changed: object) -> Rule:
    found = shipped()[name, 1]
    return msgspec.structs.replace(found, **changed) if changed else found


def session(members: int, agree: int, disagree: int = 0, abstain: int = 0, *, present: int | None = None) -> Tally:
    cast = agree + disagree + abstain
    return Tally(
        members=members, present=members if present is None else present, returned=cast,
        agree=agree, disagree=disagree, abstain=abstain,
    )  # fmt: skip


def test_the_table_holds_each_size_of_a_body_from_3_to_131() -> None:
    assert [row[0] for row in TABLE] == list(range(3, 132))


@pytest.mark.parametrize(("members", "threshold", "least"), BOUNDARIES)
def test_one_vote_fewer_fails_and_the_last_one_passes(members: int, threshold: Threshold, least: int) -> None:
    of_total = rule("hdnd", threshold=threshold)

    assert needed(threshold, members) == least
    assert decide(of_total, session(members, least)).passed
    assert not decide(of_total, session(members, least - 1, members - least + 1)).passed
    assert not decide(of_total, session(members, least - 1, 0)).passed, "those who are away count in the total"


@pytest.mark.parametrize(("members", "threshold", "least"), BOUNDARIES[::3])
def test_the_base_is_the_rules_own(members: int, threshold: Threshold, least: int) -> None:
    """``members`` people are present (or valid) of a body that is larger by 7."""
    present, valid = rule("own-present", threshold=threshold), rule("own-valid", threshold=threshold)

    for count, passes in ((least, True), (least - 1, False)):
        rest = members - count
        assert decide(present, session(members + 7, count, present=members)).passed is passes
        assert decide(valid, session(members + 7, count, rest, present=members + 7)).passed is passes
        assert not decide(rule("hdnd", threshold=threshold), session(2 * members + 7, count, rest)).passed


@pytest.mark.parametrize("members", range(4, 132, 2))
def test_a_tie_goes_as_the_chair_voted(members: int) -> None:
    half = members // 2
    tied = session(members, half, half)
    ubnd = rule("ubnd-session")

    assert decide(ubnd, tied, chair_chose="agree") == Outcome(
        passed=True, agree=half, base=members, needed=half + 1, tie=True, by_chair=True
    )
    assert not decide(ubnd, tied, chair_chose="disagree").passed
    assert not decide(ubnd, tied, chair_chose=None).passed, "the chair did not vote"
    assert not decide(ubnd, tied, chair_chose="agree", secret=True).passed, "nobody knows how the chair voted"
    assert not decide(rule("hdnd"), tied, chair_chose="agree").passed


@pytest.mark.parametrize("members", range(5, 132, 2))
def test_equal_counts_below_half_are_no_tie(members: int) -> None:
    half = members // 2
    outcome = decide(rule("ubnd-session"), session(members, half, half, 1), chair_chose="agree")

    assert (outcome.tie, outcome.passed) == (False, False)


@pytest.mark.parametrize(
    ("name", "members", "quorum"),
    [
        ("ubnd-session", 51, 34), ("ubnd-session", 30, 20), ("ubnd-session", 29, 20), ("hdnd", 32, 22),
        ("hdnd-dismissal", 25, 17), ("hdnd-election", 26, 18), ("government-session", 27, 18),
        ("own-present", 10, 6), ("own-valid", 11, 6),
        ("ubnd-written", 51, None), ("government-written", 27, None), ("hdnd-reduced", 20, None),
    ],
)  # fmt: skip
def test_the_quorum_of_each_body(name: str, members: int, quorum: int | None) -> None:
    assert quorum_needed(rule(name), members) == quorum


def test_no_answer_is_agreement_only_where_the_rule_says_so_and_is_told_apart() -> None:
    slips = rule("government-written")
    tally = tally_of(
        [["agree"]] * 10 + [["disagree"]] * 8 + [["other"]] * 2, slips, members=27, present=0, deemed_agree=4
    )

    outcome = decide(slips, tally)

    assert (outcome.passed, outcome.agree, outcome.needed) == (True, 14, 14)
    assert "trả lời đồng ý 10, coi là đồng ý do không trả lời 4" in outcome_sentence(slips, tally, outcome).vi
    assert not decide(slips, msgspec.structs.replace(tally, deemed_agree=3)).passed
    assert rule("ubnd-written").silence == "body-decides"


def test_nobody_votes_for_another_and_guests_never() -> None:
    """There is no word for it: a rule file that says otherwise is not read."""
    for one in shipped().values():
        assert one.voters.delegation == "never"
        assert set(one.voters.roles) <= {"chair", "delegate"}
    text = 'id="x"\nversion=1\n'
    with pytest.raises(msgspec.ValidationError):
        read_rule(text)
    hdnd = (Path(__file__).parents[2] / "hub/votes/rules/hdnd.toml").read_text("utf-8")
    for wrong in ('delegation = "allowed"', 'roles = ["chair", "guest"]'):
        name = wrong.split(" =", maxsplit=1)[0]
        changed = "\n".join(wrong if line.startswith(name) else line for line in hdnd.splitlines())
        with pytest.raises(msgspec.ValidationError):
            read_rule(changed)


def test_every_rule_names_its_source_and_what_is_sure_of_it() -> None:
    for one in shipped().values():
        assert all(source.document and source.article and source.confidence for source in one.sources), one.id
    assert "government-session" not in rules_of(date(2026, 5, 28))
    assert "government-session" in rules_of(date(2026, 5, 29))


@pytest.mark.parametrize(
    ("name", "tally", "sentence"),
    [
        ("hdnd", session(51, 26, 20, 3),
         "Được thông qua: 26/51 biểu quyết tán thành, quá nửa tổng số đại biểu Hội đồng nhân dân."),
        ("hdnd", session(51, 25, 20, 3),
         "Không được thông qua: 25/51 biểu quyết tán thành, chưa quá nửa tổng số đại biểu Hội đồng nhân dân."),
        ("hdnd-dismissal", session(30, 20, 10),
         "Được thông qua: 20/30 biểu quyết tán thành, ít nhất hai phần ba tổng số đại biểu Hội đồng nhân dân."),
        ("hdnd-reduced", session(30, 20, 10),
         "Không được thông qua: 20/30 biểu quyết tán thành,"
         " chưa quá hai phần ba tổng số đại biểu Hội đồng nhân dân còn lại."),
        ("own-valid", session(30, 3, 2),
         "Được thông qua: 3/5 biểu quyết tán thành, quá nửa số phiếu hợp lệ."),
    ],
)  # fmt: skip
def test_the_outcome_is_a_sentence_in_the_laws_words(name: str, tally: Tally, sentence: str) -> None:
    assert outcome_sentence(rule(name), tally, decide(rule(name), tally)).vi == sentence


def test_the_sentence_of_a_tie_names_who_decided() -> None:
    tally = session(20, 10, 10)
    ubnd = rule("ubnd-session")

    said = outcome_sentence(ubnd, tally, decide(ubnd, tally, chair_chose="disagree")).vi

    assert said == (
        "Không được thông qua: số tán thành và không tán thành ngang nhau (10 – 10 / 20),"
        " quyết định theo ý kiến biểu quyết của Chủ tịch Ủy ban nhân dân: không tán thành."
    )


def test_counts_that_cannot_be_are_refused() -> None:
    for wrong in (
        Tally(members=10, present=10, returned=3, agree=2),
        Tally(members=2, present=2, returned=3, agree=3),
        Tally(members=5, present=6, returned=1, agree=1),
        Tally(members=5, present=5, returned=0, agree=1, disagree=-1),
    ):
        with pytest.raises(BadTally):
            decide(rule("hdnd"), wrong)


ballots = st.lists(st.sampled_from(["agree", "disagree", "abstain", "torn"]), max_size=131)


@given(ballots=ballots, seed=st.integers(), away=st.integers(0, 20), name=st.sampled_from([n for n, _ in shipped()]))
def test_the_order_of_ballots_never_matters_and_there_is_one_outcome(
    ballots: list[str], seed: int, away: int, name: str
) -> None:
    of, members = rule(name), len(ballots) + away
    shuffled = random.Random(seed).sample(ballots, len(ballots))

    def count(cast: list[str]) -> Tally:
        return tally_of([[one] for one in cast], of, members=members, present=len(cast))

    for chose in ("agree", "disagree", None):
        first, second = decide(of, count(ballots), chair_chose=chose), decide(of, count(shuffled), chair_chose=chose)
        assert first == second
        assert first.passed == (first.agree >= first.needed) or first.by_chair


@given(st.integers(0, 200), st.integers(0, 200), st.sampled_from(THRESHOLDS), st.integers(1, 200))
def test_one_more_vote_in_favour_never_hurts(agree: int, disagree: int, threshold: Threshold, extra: int) -> None:
    members = agree + disagree + extra
    of = rule("hdnd", threshold=threshold)

    if decide(of, session(members, agree, disagree)).passed:
        assert decide(of, session(members, agree + 1, disagree)).passed


def test_an_election_fills_places_by_majority_and_never_by_lot() -> None:
    of = rule("hdnd-election")

    assert decide_election(of, [20, 18, 16, 30], base=31, places=2).elected == [1, 4]
    assert decide_election(of, [15, 18, 14], base=31, places=2).elected == [2], "15 of 31 is no majority"
    tied = decide_election(of, [30, 20, 20], base=31, places=2)
    assert (tied.elected, tied.undecided) == ([1], [2, 3])
    names = ["Nguyễn An", "Trần Bình", "Lê Chi"]
    assert election_sentence(of, names, [30, 20, 20], tied).vi == (
        "Trúng cử: Nguyễn An (30/31), được quá nửa tổng số đại biểu Hội đồng nhân dân."
        " Ngang phiếu, chưa phân định: Trần Bình (20/31), Lê Chi (20/31)."
    )


def test_a_ballot_with_too_many_names_or_none_is_invalid() -> None:
    cast = [["1", "2"], ["1"], ["1", "2", "3"], [], ["9"], ["1", "1"]]

    assert election_counts(cast, options=3, choose=2) == ([2, 1, 0], 4)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12), st.integers(1, 12), st.integers(1, 40))
def test_an_election_never_seats_more_than_its_places(counts: list[int], places: int, base: int) -> None:
    result = decide_election(rule("hdnd-election"), counts, base=base, places=places)

    assert len(result.elected) <= places
    assert not set(result.elected) & set(result.undecided)
    left = [n for n in range(1, len(counts) + 1) if n not in result.elected]
    if result.elected and left:
        assert min(counts[n - 1] for n in result.elected) > max(
            (counts[n - 1] for n in left if n in result.undecided), default=-1
        )
