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
