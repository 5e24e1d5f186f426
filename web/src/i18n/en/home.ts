import type { home as source } from "../vi/home";

export const home: Record<keyof typeof source, string> = {};
