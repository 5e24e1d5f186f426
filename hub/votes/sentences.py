"""The outcome as a sentence in the law's words. The Vietnamese one is the record; the English one helps a reader."""

from collections.abc import Sequence

from hub.votes.counting import Elected, Outcome, Tally
from hub.votes.rulebook import Base, Rule, Threshold, Words

SHARE: dict[Threshold, Words] = {
    "more-than-half": Words("quá nửa", "more than half of"),
    "at-least-two-thirds": Words("ít nhất hai phần ba", "at least two thirds of"),
    "more-than-two-thirds": Words("quá hai phần ba", "more than two thirds of"),
}
SHORT_OF: dict[Threshold, Words] = {
    "more-than-half": Words("chưa quá nửa", "not more than half of"),
    "at-least-two-thirds": Words("chưa đủ hai phần ba", "fewer than two thirds of"),
    "more-than-two-thirds": Words("chưa quá hai phần ba", "not more than two thirds of"),
}


def base_words(base: Base, rule: Rule) -> Words:
    match base:
        case "total":
            return Words(f"tổng số {rule.members.vi}", f"all {rule.members.en}")
        case "present":
            return Words(f"số {rule.members.vi} có mặt", f"the {rule.members.en} present")
        case "valid":
            return Words("số phiếu hợp lệ", "the valid votes")


def share(rule: Rule) -> Words:
    """What is needed: "quá nửa tổng số đại biểu Hội đồng nhân dân"."""
    of = base_words(rule.base, rule)
    return Words(f"{SHARE[rule.threshold].vi} {of.vi}", f"{SHARE[rule.threshold].en} {of.en}")


def outcome_sentence(rule: Rule, tally: Tally, outcome: Outcome) -> Words:
    of = base_words(rule.base, rule)
    verdict = Words("Được thông qua", "Adopted") if outcome.passed else Words("Không được thông qua", "Not adopted")
    counted = Words(
        f"{outcome.agree}/{outcome.base} biểu quyết tán thành", f"{outcome.agree} of {outcome.base} voted in favour"
    )
    if tally.deemed_agree:
        counted = Words(
            f"{counted.vi} (trả lời đồng ý {tally.agree}, coi là đồng ý do không trả lời {tally.deemed_agree})",
            f"{counted.en} (answered {tally.agree}, deemed in favour for want of an answer {tally.deemed_agree})",
        )
    if outcome.by_chair:
        chose = Words("tán thành", "in favour") if outcome.passed else Words("không tán thành", "against")
        equal = f"({outcome.agree} – {tally.disagree} / {outcome.base})"
        return Words(
            f"{verdict.vi}: số tán thành và không tán thành ngang nhau {equal},"
            f" quyết định theo ý kiến biểu quyết của {rule.chair.vi}: {chose.vi}.",
            f"{verdict.en}: as many in favour as against {equal}, decided as {rule.chair.en} voted: {chose.en}.",
        )
    words = SHARE[rule.threshold] if outcome.passed else SHORT_OF[rule.threshold]
    return Words(f"{verdict.vi}: {counted.vi}, {words.vi} {of.vi}.", f"{verdict.en}: {counted.en}, {words.en} {of.en}.")


def election_sentence(rule: Rule, names: Sequence[str], counts: Sequence[int], result: Elected) -> Words:
    of = share(rule)

    def listed(numbers: Sequence[int]) -> str:
        return ", ".join(f"{names[number - 1]} ({counts[number - 1]}/{result.base})" for number in numbers)

    if result.elected:
        vi, en = f"Trúng cử: {listed(result.elected)}, được {of.vi}.", f"Elected: {listed(result.elected)}, by {of.en}."
    elif result.undecided:
        vi, en = "Không ai trúng cử.", "Nobody is elected."
    else:
        vi = f"Không ai trúng cử: chưa ai được {of.vi} (cần {result.needed} phiếu)."
        en = f"Nobody is elected: nobody has {of.en} ({result.needed} needed)."
    if result.undecided:
        vi += f" Ngang phiếu, chưa phân định: {listed(result.undecided)}."
        en += f" Equal and undecided: {listed(result.undecided)}."
    return Words(vi, en)
