/** The parts of a meeting's screen, by their words in the address: `/hop/{id}?muc=phu-de`. */
export const PARTS = ["chuong-trinh", "tai-lieu", "phu-de", "co-mat", "them"] as const;
export type Part = (typeof PARTS)[number];

export const SIDE_PARTS = ["phu-de", "co-mat", "phong"] as const;
export type SidePart = (typeof SIDE_PARTS)[number];

export function partOf(word: string | null): Part {
  return (PARTS as readonly string[]).includes(word ?? "") ? (word as Part) : "chuong-trinh";
}

export function sidePartOf(word: string | null, hasRoom: boolean): SidePart {
  if (word === "phong" && !hasRoom) return "phu-de";
  return (SIDE_PARTS as readonly string[]).includes(word ?? "") ? (word as SidePart) : "phu-de";
}
