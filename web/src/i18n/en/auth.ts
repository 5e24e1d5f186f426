import type { auth as source } from "../vi/auth";

export const auth: Record<keyof typeof source, string> = {};
