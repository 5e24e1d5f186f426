import { describe, expect, it } from "vitest";
import { rootsOf, USERNAME, usernameOf } from "./kit";

describe("a device's account", () => {
  it("gets a user name out of what people call the device", () => {
    expect(usernameOf("Tủ điện hội trường")).toBe("tu-dien-hoi-truong");
    expect(usernameOf("  Đèn (2) / sân khấu! ")).toBe("den-2-san-khau");
    expect(usernameOf("…")).toBe("");
    expect(usernameOf("Đ".repeat(90))).toMatch(USERNAME);
  });

  it("takes topics as people write them, with or without what stands for everything below", () => {
    expect(rootsOf("zigbee2mqtt/#, tele/hall/\n zigbee2mqtt ")).toEqual(["zigbee2mqtt", "tele/hall"]);
    expect(rootsOf("")).toEqual([]);
    expect(rootsOf("a/+/b")).toBeNull();
    expect(rootsOf("$SYS")).toBeNull();
  });
});
