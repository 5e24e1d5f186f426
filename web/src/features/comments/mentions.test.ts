import { expect, it } from "vitest";
import { callingAt, mentionsIn } from "./mentions";

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

it.each<[string, string[] | null]>([
  ["nhờ @", ["Trần Văn An", "Trần Văn Anh", "Lê Thị Đào"]],
  ["nhờ @tran", ["Trần Văn An", "Trần Văn Anh"]],
  ["@đào", ["Lê Thị Đào"]],
  ["@dao", ["Lê Thị Đào"]],
  ["(@van a", ["Trần Văn An", "Trần Văn Anh"]],
  ["@Trần Văn An", null],
  ["@tran van an", ["Trần Văn An", "Trần Văn Anh"]],
  ["@Trần Văn An ", null],
  ["@Lê Thị Đào xem giúp", null],
  ["thu@xa.vn", null],
  ["@Nguyễn", null],
  ["nhờ ai", null],
])("who may be meant at the end of %j", (text, names) => {
  const calling = callingAt(text, text.length, people);
  expect(calling?.people.map(({ name }) => name) ?? null).toEqual(names);
  if (calling) expect(text[calling.from]).toBe("@");
});
