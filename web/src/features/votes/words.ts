/** A vote in words: what it is about, what it needs, what somebody chose. */
import type { AgendaItem, Vote } from "$/api/types";
import { language, t, type Key } from "$/i18n/index.svelte";
import type { IconName } from "$/ui";

type Choice = Vote["choices"][number];

export const stateKey = (vote: Vote): Key => `votes.state_${vote.state}`;
export const ICON_OF: Record<Choice, IconName> = { agree: "check", disagree: "cross", abstain: "minus", other: "comment" };
export const choiceKey = (choice: Choice): Key => `votes.${choice}`;

/** "nội dung 3", or "nội dung 3, câu hỏi 2" where an item has several votes. */
export function subject(vote: Vote, votes: readonly Vote[], items: readonly AgendaItem[]): string {
  const numbers = vote.item_ids.map((id) => items.find((item) => item.id === id)?.number ?? 0);
  if (numbers.length > 1) return t("votes.on_items", { list: numbers.join(", ") });
  const n = numbers[0] ?? 0;
  const same = votes.filter((one) => one.item_ids.length === 1 && one.item_ids[0] === vote.item_ids[0]);
  return same.length > 1 ? t("votes.on_item_nth", { n, k: same.findIndex((one) => one.id === vote.id) + 1 }) : t("votes.on_item", { n });
}

/** An answer in words; of an election, the names. */
export function answer(vote: Vote, choice: readonly string[]): string {
  if (vote.kind === "election") return choice.map((number) => vote.options[Number(number) - 1] ?? number).join(", ");
  return choice.map((one) => ((vote.choices as readonly string[]).includes(one) ? t(choiceKey(one as Choice)) : one)).join(", ");
}

const SHARE: Record<Vote["threshold"], Key> = {
  "more-than-half": "votes.more_than_half",
  "at-least-two-thirds": "votes.at_least_two_thirds",
  "more-than-two-thirds": "votes.more_than_two_thirds",
};

/** "cần quá nửa tổng số thành viên: 26/51" */
export function needs(vote: Vote): string {
  const share = `${t(SHARE[vote.threshold])} ${t(`votes.of_${vote.base}`)}`;
  const base = vote.result?.base ?? (vote.base === "total" ? vote.members : vote.base === "present" ? vote.present : null);
  return vote.needed !== null && base !== null ? t("votes.needs_count", { share, needed: vote.needed, base }) : t("votes.needs", { share });
}

/** The law's sentence; the English one where it is read in English and has come. */
export function sentence(vote: Vote): string {
  const said = vote.result?.sentence;
  if (!said) return "";
  return language() === "en" && said.en ? said.en : said.vi;
}

export function wayKey(vote: Vote): Key {
  if (vote.on_paper) return "votes.paper_kind";
  return vote.secrecy === "secret" ? "votes.secret_kind" : "votes.open_kind";
}

export interface Line {
  label: string;
  count: number;
  choice?: Choice;
  mark?: string;
}

/** The count, line by line, as the sheet of a vote has it. */
export function counted(vote: Vote): Line[] {
  const { tally, result } = vote;
  if (!tally) return [];
  if (vote.kind === "election") {
    return vote.options.map((label, index) => {
      const mark = result ? t(result.elected.includes(index + 1) ? "votes.elected" : result.undecided.includes(index + 1) ? "votes.undecided" : "votes.not_elected") : undefined;
      return { label, count: tally.counts[index] ?? 0, ...(mark ? { mark } : {}) };
    });
  }
  const lines: Line[] = vote.choices.map((choice) => ({ label: t(choiceKey(choice)), count: tally[choice], choice }));
  if (tally.deemed_agree > 0) lines.push({ label: t("votes.deemed"), count: tally.deemed_agree });
  if (tally.invalid > 0) lines.push({ label: t("votes.invalid"), count: tally.invalid });
  if (result) lines.push({ label: t("votes.silent"), count: Math.max(0, result.members - tally.returned - tally.deemed_agree) });
  return lines;
}
