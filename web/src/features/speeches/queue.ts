/** Who waits for what, which place somebody has, and how long it may take. */
import type { Floor, FloorKind, Questioning, Speaking, SpeechKind, SpeechRequest, Uuid } from "$/api/types";
import type { MeetingLine } from "$/live/meeting.svelte";
import { leftMs, usedMs } from "./clock";

export type Lane = "speech" | "question";

export const laneOf = (kind: SpeechKind): Lane => (kind === "question" ? "question" : "speech");

/** Those who wait at this item, those of the whole meeting among them, in the order of the meeting's queue. */
export function waitingAt(speaking: Speaking, item: Uuid | null, lane: Lane): SpeechRequest[] {
  return speaking.requests.filter((one) => one.state === "waiting" && laneOf(one.kind) === lane && (item === null || one.item_id === null || one.item_id === item));
}

export const floorOf = (speaking: Speaking): Floor | null => speaking.floors.find((one) => one.ended_at === null) ?? null;

/** For a line of words over the video: the name, and the position where it is known. */
export function speaksNow(line: Pick<MeetingLine, "speaking" | "person">): string | null {
  const floor = floorOf(line.speaking);
  if (!floor) return null;
  const position = line.person(floor.user_id)?.position;
  return position ? `${floor.name} – ${position}` : floor.name;
}

export const questioningOf = (speaking: Speaking): Questioning | null => speaking.questionings.find((one) => one.closed_at === null) ?? null;

/** The question that was called and is not done. */
export const askedNow = (speaking: Speaking, questioning: Questioning): SpeechRequest | null =>
  speaking.requests.find((one) => one.questioning_id === questioning.id && one.state === "called") ?? null;

/** The questions that can be called in this questioning. */
export function questionsFor(speaking: Speaking, questioning: Questioning): SpeechRequest[] {
  return waitingAt(speaking, questioning.item_id, "question").filter((one) => one.addressee_id === null || one.addressee_id === questioning.answerer_id);
}

/** A question that was put: to whom, its turns in their order, and until when it was answered. */
export interface Asked {
  request: SpeechRequest;
  to: Uuid | null;
  turns: Floor[];
  answered_at: string | null;
}

/** Of this item, or of the whole meeting; in the order they were called, with or without a questioning. */
export function questionsAsked(speaking: Speaking, item: Uuid | null): Asked[] {
  const called = speaking.requests.filter((one) => one.kind === "question" && (one.state === "called" || one.state === "done"));
  return called
    .map((request) => {
      const questioning = speaking.questionings.find((one) => one.id === request.questioning_id);
      const turns = speaking.floors.filter((one) => one.request_id === request.id);
      const about = request.item_id ?? questioning?.item_id ?? turns[0]?.item_id ?? null;
      const answered_at = turns.findLast((one) => one.kind === "answer")?.ended_at ?? null;
      return { request, about, to: questioning?.answerer_id ?? request.addressee_id, turns, answered_at };
    })
    .filter(({ about }) => item === null || about === item)
    .sort((one, other) => Date.parse(one.request.called_at ?? "") - Date.parse(other.request.called_at ?? ""))
    .map(({ request, to, turns, answered_at }) => ({ request, to, turns, answered_at }));
}

/** What a turn of this kind has on this item. */
export function limitFor(speaking: Speaking, kind: FloorKind, item: Uuid | null): number {
  const usual = speaking.usual_seconds[kind] ?? 300;
  if (kind !== "on_item") return usual;
  const set = (id: Uuid | null): number | null => speaking.settings.find((one) => one.item_id === id)?.limit_seconds ?? null;
  return (item === null ? null : set(item)) ?? set(null) ?? usual;
}

export function isClosed(speaking: Speaking, item: Uuid | null): boolean {
  return speaking.settings.some((one) => one.closed && (one.item_id === null || one.item_id === item));
}

const ENOUGH_TURNS = 2;

/** As long as such turns have taken on this item so far; before there were two, as long as they may. */
export function expectedSeconds(speaking: Speaking, kind: FloorKind, item: Uuid | null): number {
  const past = speaking.floors.filter((one) => one.ended_at !== null && one.kind === kind && one.item_id === item && one.used_ms > 0);
  if (past.length >= ENOUGH_TURNS) return past.reduce((sum, one) => sum + one.used_ms, 0) / past.length / 1000;
  return limitFor(speaking, kind, item);
}

/** Until the turn of whoever has this place in `queue`: what the speaker has left, and what those before may take. */
export function waitSeconds(speaking: Speaking, queue: readonly SpeechRequest[], place: number, item: Uuid | null, now: number): number {
  const floor = floorOf(speaking);
  const left = floor ? Math.max(0, leftMs(floor, now) ?? expectedSeconds(speaking, floor.kind, item) * 1000 - usedMs(floor, now)) / 1000 : 0;
  return queue.slice(0, place).reduce((sum, one) => sum + expectedSeconds(speaking, one.kind, one.item_id ?? item), left);
}

export interface Spent {
  unit_id: Uuid;
  unit_name: string;
  seconds: number;
  used: number;
}

/** Of the groups with minutes of their own at this item. */
export function budgetsAt(speaking: Speaking, item: Uuid | null, now: number): Spent[] {
  return speaking.budgets
    .filter((one) => one.item_id === item)
    .map(({ unit_id, unit_name, seconds }) => {
      const his = speaking.floors.filter((one) => one.unit_id === unit_id && one.item_id === item);
      return { unit_id, unit_name, seconds, used: his.reduce((sum, one) => sum + usedMs(one, now), 0) / 1000 };
    });
}

export function secondsOf(speaking: Speaking, user: Uuid, now: number): number {
  return speaking.floors.filter((one) => one.user_id === user).reduce((sum, one) => sum + usedMs(one, now), 0) / 1000;
}
