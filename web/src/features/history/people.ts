/** Who wrote the runs of a text: by name where it is known, the hub itself where nobody did. */
import { colourOf } from "$/documents/people";
import { t } from "$/i18n/index.svelte";
import type { Author } from "./api";
import type { Run } from "./reading";

export interface Person {
  key: string;
  name: string;
  colour: string;
  /** In place of initials. */
  short: string;
  letters: number;
}

export interface Span {
  from: number;
  to: number;
  person: Person;
}

const NOBODY = "#6b6459";

/** The runs by person, and the people, who wrote most first. */
export function byPerson(runs: readonly Run[], authors: readonly Author[]): { spans: Span[]; people: Person[] } {
  const known = new Map(authors.map((author) => [author.client, author]));
  const people = new Map<string, Person>();
  const spans: Span[] = [];
  for (const { from, to, client } of runs) {
    const author = known.get(client);
    const key = author ? `${author.user_id}${author.restored ? " restored" : ""}` : "";
    let person = people.get(key);
    if (!person) {
      person = author
        ? { key, name: author.restored ? t("history.restored_by", { name: author.name }) : author.name, colour: colourOf(author.user_id), short: author.restored ? "↺" : "", letters: 0 }
        : { key, name: t("history.hub_wrote"), colour: NOBODY, short: "•", letters: 0 };
      people.set(key, person);
    }
    person.letters += to - from;
    const last = spans.at(-1);
    if (last && last.to === from && last.person === person) last.to = to;
    else spans.push({ from, to, person });
  }
  return { spans, people: [...people.values()].sort((one, other) => other.letters - one.letters) };
}
