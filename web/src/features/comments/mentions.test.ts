import { expect, it } from "vitest";
import { mentionsIn } from "./mentions";

const people = [
  { user_id: "a", name: "Trần Văn An" },
  { user_id: "b", name: "Trần Văn Anh" },
  { user_id: "c", name: "Lê Thị Đào" },
];

it.each<[string, string[]]>([
  ["@Trần Văn An xem giúp", ["a"]],
  ["@Trần Văn Anh xem giúp", ["b"]],
  ["nhờ @trần văn an và @Lê Thị Đào.", ["a", "c"]],
  ["@Trần Văn Anh, @Trần Văn An", ["b", "a"]],
  ["Trần Văn An đã xem", []],
  ["@Trần Văn Ann", []],
  ["@Lê Thị Đào @Lê Thị Đào", ["c"]],
])("%s", (text, named) => {
  expect(mentionsIn(text, people).sort()).toEqual(named.sort());
});

it("a name typed in composed letters is the same name", () => {
  expect(mentionsIn("@Lê Thị Đào".normalize("NFD"), people)).toEqual(["c"]);
});
