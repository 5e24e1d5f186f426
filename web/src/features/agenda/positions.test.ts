import { describe, expect, it } from "vitest";
import { between, inOrder, placeAt, severalBetween, type Placed } from "./positions.ts";
import { chance, type Chance } from "../../documents/testing/chance.ts";

describe("a position", () => {
  it("can always be found between two others, however often one divides", () => {
    const random = chance(20261122);
    const all = [between(null, null)];
    for (let made = 0; made < 2000; made += 1) {
      const at = random.below(all.length + 1);
      const fresh = between(all[at - 1] ?? null, all[at] ?? null);

      if (at > 0) expect(fresh > all[at - 1]!).toBe(true);
      if (at < all.length) expect(fresh < all[at]!).toBe(true);
      all.splice(at, 0, fresh);
    }
  });

  it("stays short when items are only ever added at the end", () => {
    let last: string | null = null;
    for (let made = 0; made < 500; made += 1) last = between(last, null);

    expect(last!.length).toBeLessThan(20);
  });

  it("accepts the keys other clients write", () => {
    expect(between("a0", "a1") > "a0" && between("a0", "a1") < "a1").toBe(true);
    expect(between("Zz", "a0") > "Zz" && between("Zz", "a0") < "a0").toBe(true);
    expect(severalBetween("a", "b", 3)).toHaveLength(3);
  });

  it("does not exist between equals", () => {
    expect(() => between("V", "V")).toThrow(RangeError);
    expect(() => between("W", "V")).toThrow(RangeError);
  });
});

describe("placing an item", () => {
  const at = (all: readonly Placed[], id: string, index: number) => {
    const places = placeAt(all, id, index);
    const moved = all.map((item) => ({ ...item, position: places.get(item.id) ?? item.position }));
    return { order: moved.sort(inOrder).map((item) => item.id), written: [...places.keys()] };
  };

  it("writes one position when the neighbours differ", () => {
    const all = ["a", "b", "c", "d"].map((id, number) => ({ id, position: String(number + 1) }));

    expect(at(all, "d", 0)).toEqual({ order: ["d", "a", "b", "c"], written: ["d"] });
    expect(at(all, "a", 3)).toEqual({ order: ["b", "c", "d", "a"], written: ["a"] });
    expect(at(all, "a", 99)).toEqual({ order: ["b", "c", "d", "a"], written: ["a"] });
  });

  it("sets tied neighbours apart, so the item lands where it was put", () => {
    const all = ["a", "b", "c", "d"].map((id) => ({ id, position: "V" }));

    expect(at(all, "d", 1).order).toEqual(["a", "d", "b", "c"]);
    expect(at(all, "a", 3).order).toEqual(["b", "c", "d", "a"]);
  });

  it("holds for any list, ties and strange keys included", () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = chance(seed);
      const all = Array.from({ length: 1 + random.below(9) }, (_, number) => ({ id: `i${number}`, position: strange(random) }));
      const moved = random.of(all).id;
      const index = random.below(all.length);

      expect(at(all, moved, index).order.indexOf(moved), `seed ${seed}`).toBe(index);
    }
  });
});

/** Short keys of few letters tie often; an empty one stands for a client that forgot to write it. */
function strange(random: Chance): string {
  return Array.from({ length: random.below(3) }, () => random.of(["0", "1", "V", "z"])).join("");
}
