/**
 * What an event says of speaking: the queue in its order, the floor and its clock, questioning. The hub does the same in hub/speeches/replay.py.
 * The surprise: a place counts among all who wait in the meeting, at whatever item; screens show those of one item.
 */
import type { Floor, Meeting, Speaking, SpeechRequest, Uuid } from "$/api/types";
import type { Known } from "./apply";
import type { Event, Told } from "./messages";

export type SpeechEvent = Extract<Event, { type: `speech.${string}` | `floor.${string}` | `questioning.${string}` | "question.done" }>;

export const SILENCE: Speaking = {
  requests: [],
  floors: [],
  questionings: [],
  settings: [],
  budgets: [],
  usual_seconds: { on_item: 300, question: 120, procedural: 120, answer: 300, follow_up: 60 },
  rehearsal: false,
};

/** A meeting kept on the device by an older page has none. */
export const speakingOf = (meeting: Meeting): Speaking => meeting.speaking ?? SILENCE;

export function withSpeech(next: Known, told: Told, event: SpeechEvent): Known {
  const { meeting } = next;
  const speaking = after(meeting, speakingOf(meeting), told, event);
  return { ...next, stale: next.stale || speaking === null, meeting: { ...meeting, speaking: speaking ?? speakingOf(meeting) } };
}

/** Null: it is about something this screen does not know of; the meeting is read again. */
function after(meeting: Meeting, now: Speaking, told: Told, event: SpeechEvent): Speaking | null {
  switch (event.type) {
    case "speech.requested": {
      const { request_id: id, user_id, item_id, speech_kind: kind, addressee_id } = event;
      const name = nameOf(meeting, user_id);
      if (name === null) return null;
      const request: SpeechRequest = { id, user_id, name, item_id, kind, addressee_id, ...words(told), state: "waiting", requested_at: told.at, called_at: null, questioning_id: null };
      return queued(now, request, event.place);
    }
    case "speech.changed": {
      const request = requestOf(now, event.request_id);
      return request && queued(now, { ...request, kind: event.speech_kind, addressee_id: event.addressee_id, ...words(told) }, event.place);
    }
    case "speech.moved": {
      const request = requestOf(now, event.request_id);
      return request && queued(now, request, event.place);
    }
    case "speech.withdrawn":
    case "speech.removed":
      return { ...now, requests: now.requests.filter((one) => one.id !== event.request_id) };
    case "speech.restored": // it has left this screen's list
      return null;
    case "speech.set": {
      const { item_id, limit_seconds, closed } = event;
      return { ...now, settings: [...now.settings.filter((one) => one.item_id !== item_id), { item_id, limit_seconds, closed }] };
    }
    case "speech.budget_set": {
      const { item_id, unit_id, seconds } = event;
      const others = now.budgets.filter((one) => one.item_id !== item_id || one.unit_id !== unit_id);
      const unit_name = now.budgets.find((one) => one.unit_id === unit_id)?.unit_name;
      if (seconds === null) return { ...now, budgets: others };
      return unit_name === undefined ? null : { ...now, budgets: [...others, { item_id, unit_id, unit_name, seconds }] };
    }
    case "floor.given":
      return given(meeting, now, told, event);
    case "floor.started":
    case "floor.resumed":
      return withFloor(now, event.floor_id, (floor) => ({ ...floor, state: "speaking", since: told.at, started_at: floor.started_at ?? told.at }));
    case "floor.paused":
      return withFloor(now, event.floor_id, (floor) => ({ ...floor, state: "paused", since: null, used_ms: event.used_ms }));
    case "floor.limit_changed":
      return withFloor(now, event.floor_id, (floor) => ({ ...floor, limit_seconds: event.limit_seconds }));
    case "floor.ended": {
      const ended = withFloor(now, event.floor_id, (floor) => ({ ...floor, state: "ended", since: null, used_ms: event.used_ms, ended_at: told.at }));
      return ended && withRequestOf(ended, event.floor_id, "done");
    }
    case "floor.end_undone": {
      const since = event.state === "speaking" ? told.at : null;
      const again = withFloor(now, event.floor_id, (floor) => ({ ...floor, state: event.state, since, ended_at: null }));
      return again && withRequestOf(again, event.floor_id, "called");
    }
    case "floor.given_undone": {
      const floor = now.floors.find((one) => one.id === event.floor_id);
      if (!floor) return null;
      const without = { ...now, floors: now.floors.filter((one) => one !== floor) };
      if (event.place === null || floor.request_id === null) return without;
      const request = requestOf(now, floor.request_id);
      return request && queued(without, { ...request, state: "waiting", called_at: null, questioning_id: null }, event.place);
    }
    case "questioning.opened": {
      const { questioning_id: id, item_id, answerer_id } = event;
      const answerer_name = nameOf(meeting, answerer_id);
      if (answerer_name === null) return null;
      return { ...now, questionings: [...now.questionings, { id, item_id, answerer_id, answerer_name, opened_at: told.at, closed_at: null }] };
    }
    case "questioning.closed":
      return { ...now, questionings: now.questionings.map((one) => (one.id === event.questioning_id ? { ...one, closed_at: told.at } : one)) };
    case "question.done":
      return withRequest(now, event.request_id, (request) => ({ ...request, state: "done" }));
  }
}

function given(meeting: Meeting, now: Speaking, told: Told, event: Extract<SpeechEvent, { type: "floor.given" }>): Speaking | null {
  const { floor_id: id, user_id, unit_id, item_id, speech_kind: kind, request_id, questioning_id, limit_seconds } = event;
  const name = nameOf(meeting, user_id);
  if (name === null) return null;
  const floor: Floor = {
    id, user_id, name, unit_id, item_id, kind, request_id, questioning_id, limit_seconds,
    state: "called", given_at: told.at, started_at: null, since: null, used_ms: 0, ended_at: null,
  }; // prettier-ignore
  const request = request_id === null ? null : requestOf(now, request_id);
  const floors = [...now.floors, floor];
  if (request?.state !== "waiting") return { ...now, floors };
  const called: SpeechRequest = { ...request, state: "called", called_at: told.at, questioning_id };
  return { ...now, floors, requests: [...now.requests.filter((one) => one !== request), called] };
}

/** Those who wait come first in the list, in their order. */
function queued(now: Speaking, request: SpeechRequest, place: number): Speaking {
  const others = now.requests.filter((one) => one.id !== request.id);
  const waiting = others.filter((one) => one.state === "waiting");
  const called = others.filter((one) => one.state !== "waiting");
  return { ...now, requests: [...waiting.slice(0, place), request, ...waiting.slice(place), ...called] };
}

/** The topic, and below it the question where one was written; nothing where the words were erased. */
function words({ text }: Told): { topic: string; question: string } {
  const [topic = "", ...question] = (text ?? "").split("\n");
  return { topic, question: question.join("\n") };
}

function withFloor(now: Speaking, id: Uuid, change: (floor: Floor) => Floor): Speaking | null {
  if (!now.floors.some((one) => one.id === id)) return null;
  return { ...now, floors: now.floors.map((one) => (one.id === id ? change(one) : one)) };
}

/** The request a floor was for is done with it, and called again when its end is taken back; a question has an end of its own. */
function withRequestOf(now: Speaking, floor_id: Uuid, state: "done" | "called"): Speaking | null {
  const floor = now.floors.find((one) => one.id === floor_id);
  if (!floor?.request_id || floor.questioning_id !== null) return now;
  return withRequest(now, floor.request_id, (request) => ({ ...request, state }));
}

function withRequest(now: Speaking, id: Uuid, change: (request: SpeechRequest) => SpeechRequest): Speaking | null {
  if (!requestOf(now, id)) return null;
  return { ...now, requests: now.requests.map((one) => (one.id === id ? change(one) : one)) };
}

const requestOf = (now: Speaking, id: Uuid): SpeechRequest | null => now.requests.find((one) => one.id === id) ?? null;

const nameOf = (meeting: Meeting, id: Uuid): string | null => meeting.participants.find((one) => one.user_id === id)?.name ?? null;
