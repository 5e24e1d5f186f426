import type { agenda as source } from "../vi/agenda";

export const agenda: Record<keyof typeof source, string> = {};
