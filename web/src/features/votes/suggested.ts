/** Suggestions that wait in a draft, as questions to put one after the other in the order of the text. */
import type { Opinion, Vote } from "$/api/types";
import { t } from "$/i18n/index.svelte";

/** A question has at most 2,000 letters; a suggestion may have more. */
const WORDS = 600;

/** As a vote keeps it: whose and which. */
export const nameOf = (one: Pick<Opinion, "author_id" | "suggestion_id">): string => `${one.author_id}|${one.suggestion_id}`;

/** What waits in the text and has no vote yet; a vote that was annulled may be put again. */
export function notYetPut(opinions: readonly Opinion[], votes: readonly Vote[]): Opinion[] {
  const put = new Set(votes.filter((vote) => vote.state !== "annulled").map((vote) => vote.suggestion_id));
  return opinions.filter((one) => one.decision === null && one.in_text && !put.has(nameOf(one)));
}

export function questionOf(one: Opinion): string {
  const short = (text: string): string => {
    const line = text.replace(/\s+/g, " ").trim();
    return line.length > WORDS ? `${line.slice(0, WORDS)}…` : line;
  };
  const [added, removed] = [short(one.added), short(one.removed)];
  const what = added && removed ? t("votes.suggest_replace", { removed, added }) : added ? t("votes.suggest_add", { added }) : t("votes.suggest_remove", { removed });
  return one.place ? t("votes.suggest_question_at", { name: one.author_name, place: one.place, what }) : t("votes.suggest_question", { name: one.author_name, what });
}
