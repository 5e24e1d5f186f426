import type { MyBallot, Vote } from "$/api/types";
import { Refused } from "$/api";
import type { MeetingLine } from "$/live/meeting.svelte";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { Casting } from "./casting.svelte";
import * as hub from "./hub";

vi.mock("./hub");

const mine: MyBallot = { choice: ["agree"], remark: null, receipt: "ABCD-EFGH-JKMN", cast_at: "2026-11-22T02:00:00Z", chain_head: "ab" };
let open: Vote;
let casting: Casting;

beforeEach(() => {
  vi.resetAllMocks();
  open = { id: "v1", secrecy: "open", state: "open", my_ballot: null } as Vote;
  const line = { votes: [open], keepBallot: (_id: string, kept: Partial<Vote>) => Object.assign(open, kept) } as unknown as MeetingLine;
  casting = new Casting(line, open);
});

describe("a ballot", () => {
  test("is sent by the confirming press and by nothing before it", async () => {
    vi.mocked(hub.cast).mockResolvedValue(mine);
    casting.choose(["agree"]);
    expect(hub.cast).not.toHaveBeenCalled();

    await casting.send();

    expect(hub.cast).toHaveBeenCalledExactlyOnceWith("v1", ["agree"], null);
    expect([casting.step, open.my_ballot?.receipt]).toEqual(["done", mine.receipt]);
  });

  test("that did not arrive says so and is not sent again by itself", async () => {
    vi.useFakeTimers();
    vi.mocked(hub.cast).mockRejectedValue(new Refused("no-network", 0));
    casting.choose(["agree"]);

    await casting.send();
    await vi.advanceTimersByTimeAsync(600_000);
    vi.useRealTimers();

    expect([casting.step, casting.unsure]).toEqual(["unsent", true]);
    expect(hub.cast).toHaveBeenCalledTimes(1);
  });

  test("cast on another device first shows what counts", async () => {
    vi.mocked(hub.cast).mockRejectedValue(new Refused("already-voted", 409));
    vi.mocked(hub.read).mockResolvedValue({ ...open, my_ballot: { ...mine, choice: ["disagree"] } });
    casting.choose(["agree"]);

    await casting.send();

    expect([casting.step, casting.choice]).toEqual(["done", ["disagree"]]);
  });

  test("pressed twice is sent once", async () => {
    vi.mocked(hub.cast).mockResolvedValue(mine);
    casting.choose(["agree"]);

    await Promise.all([casting.send(), casting.send()]);

    expect(hub.cast).toHaveBeenCalledTimes(1);
  });
});
