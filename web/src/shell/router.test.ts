import { expect, test } from "vitest";
import { placeOf } from "./router.svelte";

const ID = "d920158a-a075-4d20-89f2-9c360296c07a";

test.each([
  ["/", { name: "home" }],
  ["/dang-nhap", { name: "sign-in" }],
  ["/vao/abc-DEF_123", { name: "link", token: "abc-DEF_123" }],
  ["/hop/moi", { name: "new-meeting" }],
  [`/hop/${ID}`, { name: "meeting", id: ID }],
  [`/hop/${ID}/`, { name: "meeting", id: ID }],
  [`/hop/${ID}/man-hinh`, { name: "wall", id: ID }],
  ["/tim", { name: "search" }],
  [`/phong/${ID}`, { name: "room", id: ID }],
  ["/hop/khac", { name: "nowhere" }],
  [`/hop/${ID}/la`, { name: "nowhere" }],
  ["/vao/", { name: "nowhere" }],
  ["/vao/%E0%A4%A", { name: "nowhere" }],
])("%s", (path, place) => expect(placeOf(path)).toEqual(place));
