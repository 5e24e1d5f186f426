/** The parts of a meeting's screen, by their words in the address: `/hop/{id}?muc=phu-de`. */
export const PARTS = ["chuong-trinh", "tai-lieu", "phu-de", "co-mat", "them", "bieu-quyet"] as const;
export type Part = (typeof PARTS)[number];

/** Beside the desk. A tablet held upright has the agenda among them. */
export const SIDE_PARTS = ["chuong-trinh", "phu-de", "bieu-quyet", "co-mat", "phong"] as const;
export type SidePart = (typeof SIDE_PARTS)[number];

export function partOf(word: string | null): Part {
  return (PARTS as readonly string[]).includes(word ?? "") ? (word as Part) : "chuong-trinh";
}

export function sidePartOf(word: string | null, there: readonly SidePart[]): SidePart {
  return there.find((part) => part === word) ?? there[0] ?? "phu-de";
}
