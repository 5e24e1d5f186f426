import type { attendance as source } from "../vi/attendance";

export const attendance: Record<keyof typeof source, string> = {};
