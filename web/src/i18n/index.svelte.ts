/**
 * Every sentence of the page. Vietnamese is the source: English must have the same keys or the check fails.
 * `t` reads the language, so a template that calls it changes with it, without a reload.
 */
import * as en from "./en";
import * as vi from "./vi";

export type Language = "vi" | "en";
type Namespaces = typeof vi;
export type Key = { [N in keyof Namespaces]: `${N}.${Extract<keyof Namespaces[N], string>}` }[keyof Namespaces];
export type Params = Record<string, string | number>;

const sentences: Record<Language, Record<string, Record<string, string>>> = { vi, en };
const LANGUAGE_KEY = "phien.language";

let chosen = $state<Language>(remembered());

function remembered(): Language {
  return globalThis.localStorage?.getItem(LANGUAGE_KEY) === "en" ? "en" : "vi";
}

export function language(): Language {
  return chosen;
}

export function speak(next: Language): void {
  chosen = next;
  globalThis.localStorage?.setItem(LANGUAGE_KEY, next);
  if (globalThis.document) document.documentElement.lang = next;
}

/** The sentence of a key. `{name}` takes a value; `{n|one|other}` chooses by number, for English. */
export function t(key: Key, params: Params = {}): string {
  const dot = key.indexOf(".");
  return fill(sentences[chosen][key.slice(0, dot)]?.[key.slice(dot + 1)] ?? key, params);
}

/** The sentence for a refusal's code; a code nobody wrote a sentence for still says something true. */
export function explain(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : "broken";
  const known = sentences[chosen].errors as Record<string, string>;
  return known[code] ?? fill(known["unknown"] ?? "{code}", { code });
}

/** Of what a screen asks for again by itself: that it does, where the hub was not reached; null where it answered with a no. */
export function awaited(error: unknown): string | null {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : null;
  return code === "no-network" || code === "too-slow" || code === "hub-away" ? t(`ui.awaited_${code}`) : null;
}

function fill(sentence: string, params: Params): string {
  return sentence.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, other?: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    if (one !== undefined) return Number(value) === 1 ? one : (other ?? "");
    return String(value);
  });
}
