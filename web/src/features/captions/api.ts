import { ask } from "$/api";
import type { Segment, Uuid } from "$/api/types";

export const transcript = (meeting: Uuid): Promise<Segment[]> => ask(`/api/meetings/${meeting}/transcript`);
export const stopCaptions = (meeting: Uuid, session: Uuid): Promise<void> => ask(`/api/meetings/${meeting}/captions/${session}/stop`, { method: "POST" });
export const transcriptFile = (meeting: Uuid, kind: "vtt" | "srt" | "txt"): string => `/api/meetings/${meeting}/transcript.${kind}`;
