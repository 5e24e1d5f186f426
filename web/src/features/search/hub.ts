/** The hub's search, as this feature asks it. */
import { ask } from "$/api";
import type { Uuid } from "$/api/types";

export type PassageKind = "title" | "agenda" | "minutes" | "conclusion" | "resolution" | "transcript" | "paper";
export type Why = "meaning" | "word" | "number";

export interface Piece {
  text: string;
  hit: boolean;
}

export interface SearchResult {
  id: Uuid;
  meeting_id: Uuid;
  meeting_title: string;
  meeting_date: string;
  unit_name: string;
  kind: PassageKind;
  heading: string;
  passage: Piece[];
  why: Why[];
  link: string;
}

export interface SearchAnswer {
  query: string;
  restored: string | null;
  results: SearchResult[];
  total_shown: number;
  model: { state: "ready" | "loading" | "missing"; progress: number };
}

export interface SearchFilters {
  years: number[];
  units: { id: Uuid; name: string }[];
  kinds: PassageKind[];
}

export interface Passage {
  id: Uuid;
  meeting_id: Uuid;
  kind: PassageKind;
  document_id: Uuid | null;
  item_id: Uuid | null;
  segment_id: Uuid | null;
  paper_id: Uuid | null;
  block: number;
  heading: string;
  before: string;
  text: string;
  after: string;
}

/** What is searched, as the address bar holds it: empty strings are "any". */
export interface Wanted {
  q: string;
  year: string;
  unit: string;
  kind: string;
  restore: boolean;
}

export const PAGE = 20;
/** Longer is cut by the hub anyway, and would not fit in an address. */
export const LONGEST = 1_000;

export function search(wanted: Wanted, offset: number, signal: AbortSignal): Promise<SearchAnswer> {
  const query = new URLSearchParams({ q: wanted.q.slice(0, LONGEST), limit: String(PAGE), offset: String(offset) });
  if (wanted.year) query.set("year", wanted.year);
  if (wanted.unit) query.set("unit", wanted.unit);
  if (wanted.kind) query.set("kind", wanted.kind);
  if (!wanted.restore) query.set("restore", "false");
  return ask(`/api/search?${query}`, { signal });
}

export const filters = (): Promise<SearchFilters> => ask("/api/search/filters");
export const passage = (id: Uuid): Promise<Passage> => ask(`/api/passages/${id}`);
