/** Who is in a document, as their pages say. Names and colours come from other people's pages: they are shown as text, and colours are ours. */
import type { Awareness } from "y-protocols/awareness";

export interface Present {
  readonly id: string;
  readonly name: string;
  readonly colour: string;
  readonly me: boolean;
}

/** Dark enough for white letters (at least 5:1) and apart from one another also for those who see few colours. */
const COLOURS = ["#23527c", "#7d1515", "#22603f", "#6b3fa0", "#7a4f00", "#0f5f6b", "#8a2a62", "#4a5300", "#4b4b8f", "#8b3a10"] as const;

/** The same person has the same colour on every screen. */
export function colourOf(id: string): string {
  let mixed = 0;
  for (const letter of id) mixed = (Math.imul(mixed, 31) + letter.charCodeAt(0)) >>> 0;
  return COLOURS[mixed % COLOURS.length]!;
}

/** One entry a person, however many pages they have open; oneself first, then by name. */
export function peopleIn(awareness: Awareness): Present[] {
  const found = new Map<string, Present>();
  awareness.getStates().forEach((state: Record<string, unknown>, client) => {
    const user = personIn(state);
    if (!user) return;
    const me = client === awareness.clientID;
    if (me || !found.has(user.id)) found.set(user.id, { ...user, colour: colourOf(user.id), me: me || (found.get(user.id)?.me ?? false) });
  });
  return [...found.values()].sort((one, other) => Number(other.me) - Number(one.me) || one.name.localeCompare(other.name, "vi"));
}

/** Another client, written by somebody else, may say anything of itself. */
export function personIn(state: unknown): { id: string; name: string } | null {
  if (typeof state !== "object" || state === null || !("user" in state)) return null;
  const { user } = state;
  if (typeof user !== "object" || user === null || !("name" in user) || typeof user.name !== "string") return null;
  const id = "id" in user && typeof user.id === "string" ? user.id : user.name;
  return { id, name: user.name.slice(0, 80) };
}

/** Two letters for a round mark, as Vietnamese names are called: the first and the last word. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0]!, words.at(-1)!] : words;
  return letters.map((word) => Array.from(word)[0] ?? "").join("").toLocaleUpperCase("vi");
}
