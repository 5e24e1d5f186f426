import type { documents as source } from "../vi/documents";

export const documents: Record<keyof typeof source, string> = {};
