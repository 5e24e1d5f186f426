import { describe, expect, it } from "vitest";
import type { Participant } from "$/api/types";
import { found, plain } from "./attendance";

const one = (name: string, position = "", seat: string | null = null): Participant => ({ user_id: name, name, position, role: "delegate", seat, checked_in_at: null, attendance: "unknown", since: null, votes: true });

describe("finding a name", () => {
  const people = [one("Nguyễn Thị Đào", "Chủ tịch"), one("Trần Văn Ước", "Đại biểu", "12"), one("Lê Nguyên", "Đại biểu")];

  it("needs no diacritics and no case", () => {
    expect(plain("  ĐÀO ")).toBe("dao");
    expect(found(people, "dao").map((p) => p.name)).toEqual(["Nguyễn Thị Đào"]);
    expect(found(people, "UOC").map((p) => p.name)).toEqual(["Trần Văn Ước"]);
  });

  it("takes words in any order, and the position and the seat too", () => {
    expect(found(people, "chu nguyen").map((p) => p.name)).toEqual(["Nguyễn Thị Đào"]);
    expect(found(people, "12").map((p) => p.name)).toEqual(["Trần Văn Ước"]);
  });

  it("shows everybody for nothing, and nobody for nonsense", () => {
    expect(found(people, " ")).toHaveLength(3);
    expect(found(people, "zzz")).toEqual([]);
  });
});
