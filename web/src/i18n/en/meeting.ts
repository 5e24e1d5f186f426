import type { meeting as source } from "../vi/meeting";

export const meeting: Record<keyof typeof source, string> = {};
