import type { search as source } from "../vi/search";

export const search: Record<keyof typeof source, string> = {};
