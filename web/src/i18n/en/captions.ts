import type { captions as source } from "../vi/captions";

export const captions: Record<keyof typeof source, string> = {};
