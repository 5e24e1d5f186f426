import type { AgendaItem, Floor, Vote } from "$/api/types";
import type { MeetingLine } from "$/live/meeting.svelte";
import { expect, test } from "vitest";
import { voteOnShow } from "./showing";

const over = (id: string, state: Vote["state"], closed_at: string): Vote => ({ id, state, closed_at, item_ids: ["item"] }) as Vote;

function shown(votes: Vote[], floors: { given_at: string }[] = [], openVote: Vote | null = null): string | null {
  const line = { currentItem: { id: "item" } as AgendaItem, itemSince: "2026-11-23T08:00:00Z", openVote, votes, speaking: { floors: floors as Floor[] } };
  return voteOnShow(line as unknown as MeetingLine)?.id ?? null;
}

const PASSED = over("passed", "closed", "2026-11-23T08:10:00Z");
const ANNULLED = over("annulled", "annulled", "2026-11-23T08:20:00Z");

test("after an annulment the wall says so, instead of going back to the result before it", () => {
  expect(shown([PASSED, ANNULLED])).toBe("annulled");
  expect(shown([over("passed", "annulled", "2026-11-23T08:30:00Z"), ANNULLED])).toBe("passed");
});

test("a new vote, a speaker called since, or another item leaves what came out behind", () => {
  expect(shown([PASSED, ANNULLED], [], over("open", "open", ""))).toBe("open");
  expect(shown([PASSED, ANNULLED], [{ given_at: "2026-11-23T08:25:00Z" }])).toBeNull();
  expect(shown([PASSED], [{ given_at: "2026-11-23T08:05:00Z" }])).toBe("passed");
  expect(shown([over("before", "closed", "2026-11-23T07:59:00Z")])).toBeNull();
});
