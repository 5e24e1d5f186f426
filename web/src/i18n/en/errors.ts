import type { errors as source } from "../vi/errors";

export const errors: Record<keyof typeof source, string> = {};
