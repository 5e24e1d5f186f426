/** Who is named in a comment: "@" and the whole name. A longer name that begins with a shorter one is that person alone. */
export function mentionsIn(text: string, people: readonly { user_id: string; name: string }[]): string[] {
  let left = text.normalize("NFC").toLocaleLowerCase("vi");
  const found: string[] = [];
  for (const { user_id, name } of [...people].sort((one, other) => other.name.length - one.name.length)) {
    const called = `@${name.normalize("NFC").toLocaleLowerCase("vi")}`;
    let at = left.indexOf(called);
    while (at >= 0) {
      const after = left[at + called.length] ?? "";
      if (/[\p{L}\p{N}]/u.test(after)) {
        at = left.indexOf(called, at + 1);
        continue;
      }
      if (!found.includes(user_id)) found.push(user_id);
      left = `${left.slice(0, at)} ${left.slice(at + called.length)}`;
      at = left.indexOf(called);
    }
  }
  return found;
}

/** What stands behind an "@" at the cursor, and who may be meant by it: by any word of a name, accents left out. */
export interface Calling<Person> {
  /** Where the "@" is. */
  from: number;
  people: Person[];
}

const MOST = 5;

export function callingAt<Person extends { name: string }>(text: string, cursor: number, people: readonly Person[]): Calling<Person> | null {
  const found = /(?:^|[\s(])@([\p{L}\p{M}\p{N}]*(?: [\p{L}\p{M}\p{N}]+){0,5} ?)$/u.exec(text.slice(0, cursor));
  if (!found) return null;
  const wanted = bare(found[1]!).trim();
  if (mentionsIn(`@${found[1]!}`, people.map(({ name }) => ({ user_id: name, name }))).length > 0) return null; // that one is named
  const meant = people.filter(({ name }) => ` ${bare(name)}`.includes(` ${wanted}`));
  return meant.length === 0 ? null : { from: cursor - found[1]!.length - 1, people: meant.slice(0, MOST) };
}

function bare(words: string): string {
  return words.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/giu, "d").toLowerCase();
}
