import type { rooms as source } from "../vi/rooms";

export const rooms: Record<keyof typeof source, string> = {};
