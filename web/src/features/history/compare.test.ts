// @vitest-environment happy-dom
import { Node } from "@tiptap/pm/model";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { chance } from "$/documents/testing/chance";
import { compare, places, type Change } from "./compare";
import { readText, textSchema } from "./reading";

type Block = string | { text?: string; part?: string; level?: number; bold?: boolean; rows?: string[][] };

function text(...blocks: Block[]): Node {
  return Node.fromJSON(textSchema(), { type: "doc", content: blocks.map(blockOf) });
}

function blockOf(block: Block): unknown {
  if (typeof block === "string") return { type: "paragraph", content: block ? [{ type: "text", text: block }] : [] };
  if (block.rows) {
    const cell = (words: string): unknown => ({ type: "tableCell", content: [blockOf(words)] });
    return { type: "table", content: block.rows.map((row) => ({ type: "tableRow", content: row.map(cell) })) };
  }
  const content = [{ type: "text", text: block.text, ...(block.bold ? { marks: [{ type: "bold" }] } : {}) }];
  return block.level ? { type: "heading", attrs: { level: block.level }, content } : { type: "paragraph", attrs: { part: block.part ?? null }, content };
}

/** As a reader would say it. */
function said(before: Node, after: Node): string[] {
  return compare(before, after).map((change) => {
    const words = change.is === "removed" ? change.nodes.map((node) => node.textContent).join("") : after.textBetween(change.from, change.to, "|", " ");
    return `${{ added: "+", removed: "-", restyled: "~" }[change.is]}${change.block ? "¶" : ""}${words}`;
  });
}

describe("comparing two versions", () => {
  it("names the words that changed, and no others", () => {
    const before = text("Kinh phí 5 tỷ đồng từ ngân sách xã.", "Giữ nguyên.");
    const after = text("Kinh phí 7 tỷ đồng từ ngân sách xã năm 2026.", "Giữ nguyên.");

    expect(said(before, after)).toEqual(["-5 ", "+7 ", "-xã", "+xã năm 2026"]);
    expect(said(text("Điều một.", "", "Điều hai.", ""), text("Điều một. Hoàn thành trước tháng 9.", "", "", "Điều hai."))).toEqual(["+ Hoàn thành trước tháng 9.", "+¶", "-¶"]);
    expect(places(compare(before, after))).toEqual([0, 0, 1, 1]);
    expect(compare(after, after)).toEqual([]);
  });

  it("knows a block that came, one that went, and one that was edited between them", () => {
    const before = text("Điều một về kinh phí.", "Điều hai sẽ bỏ đi hẳn.", "Điều ba về hiệu lực thi hành.");
    const after = text("Mở đầu mới tinh.", "Điều một về kinh phí.", "Điều ba về hiệu lực thi hành ngay.");

    expect(said(before, after)).toEqual(["+¶Mở đầu mới tinh.", "-¶Điều hai sẽ bỏ đi hẳn.", "-hành", "+hành ngay"]);
  });

  it("tells a new style from new words", () => {
    expect(said(text({ text: "Tổ chức thực hiện" }), text({ text: "Tổ chức thực hiện", part: "article" }))).toEqual(["~¶Tổ chức thực hiện"]);
    expect(said(text({ text: "Tổ chức thực hiện" }), text({ text: "Tổ chức thực hiện", bold: true }))).toEqual(["~Tổ chức thực hiện"]);
    expect(said(text("Tên văn bản này"), text({ text: "Tên văn bản này", level: 2 }))).toEqual(["~¶Tên văn bản này"]);
  });

  it("looks into tables and lists", () => {
    const before = text({
      rows: [
        ["Hạng mục", "Số tiền"],
        ["Đường", "5 tỷ"],
      ],
    });
    const after = text({
      rows: [
        ["Hạng mục", "Số tiền"],
        ["Đường", "7 tỷ"],
        ["Cầu", "1 tỷ"],
      ],
    });

    expect(said(before, after)).toEqual(["-5 ", "+7 ", "+¶Cầu|1 tỷ"]);
  });

  it("of anything at all makes the later text out of the earlier", () => {
    const words = ["Điều", "khoản", "kinh phí", "5 tỷ", "đồng", "🎉", "nhất trí", "ủy ban"];
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = chance(seed);
      const line = (): string => Array.from({ length: 1 + random.below(6) }, () => random.of(words)).join(" ");
      const lines = Array.from({ length: 6 }, line);
      const edited = lines.flatMap((each) => random.of([[], [each], [each], [each.replace(random.of(words), random.of(words))], [line(), each]]));
      const [before, after] = [text(...lines), text(...(edited.length ? edited : [""]))];

      expect(rebuilt(after, compare(before, after)), `seed ${seed}`).toBe(before.textBetween(0, before.content.size, "\n"));
    }
  });
});

/** The earlier text, out of the later one and the changes: what was added is left out, what was removed put back. */
function rebuilt(after: Node, changes: readonly Change[]): string {
  const blocks: string[] = [];
  after.forEach((block, at) => {
    for (const change of changes) if (change.is === "removed" && change.block && change.at === at) blocks.push(change.nodes.map((node) => node.textContent).join(""));
    if (changes.some((change) => change.is === "added" && change.block && change.from === at)) return;
    let line = "";
    for (let place = at + 1; place <= at + 1 + block.content.size; place += 1) {
      for (const change of changes) if (change.is === "removed" && !change.block && change.at === place) line += change.nodes.map((node) => node.textContent).join("");
      const added = changes.some((change) => change.is === "added" && !change.block && change.from <= place && place < change.to);
      if (!added && place < at + 1 + block.content.size) line += after.textBetween(place, place + 1);
    }
    blocks.push(line);
  });
  for (const change of changes) if (change.is === "removed" && change.block && change.at === after.content.size) blocks.push(change.nodes.map((node) => node.textContent).join(""));
  return blocks.join("\n");
}

describe("who wrote what", () => {
  function writer(client: number, from?: Y.Doc): { doc: Y.Doc; fragment: Y.XmlFragment } {
    const doc = new Y.Doc();
    doc.clientID = client;
    if (from) Y.applyUpdate(doc, Y.encodeStateAsUpdate(from));
    return { doc, fragment: doc.getXmlFragment("default") };
  }

  it("is read letter by letter, formats and deletions in between", () => {
    const an = writer(1);
    const heading = new Y.XmlElement("heading");
    heading.setAttribute("level", 1 as unknown as string);
    heading.insert(0, [new Y.XmlText("NGHỊ QUYẾT")]);
    const paragraph = new Y.XmlElement("paragraph");
    paragraph.insert(0, [new Y.XmlText("Kinh phí đồng")]);
    an.fragment.insert(0, [heading, paragraph]);
    const binh = writer(2, an.doc);
    const line = (binh.fragment.get(1) as Y.XmlElement).get(0) as Y.XmlText;
    line.insert("Kinh phí ".length, "5 tỷ ");
    line.format(0, 4, { bold: {} });
    line.delete(0, 1);

    const { node, runs } = readText(Y.encodeStateAsUpdate(binh.doc));

    expect(runs.map(({ from, to, client }) => [node.textBetween(from, to), client])).toEqual([
      ["NGHỊ QUYẾT", 1],
      ["inh phí ", 1],
      ["5 tỷ ", 2],
      ["đồng", 1],
    ]);
  });

  it("leaves what the editor does not know to nobody, and an empty text to nobody", () => {
    const odd = writer(1);
    const block = new Y.XmlElement("unheardOf");
    block.insert(0, [new Y.XmlText("lạ")]);
    const paragraph = new Y.XmlElement("paragraph");
    paragraph.insert(0, [new Y.XmlText("quen")]);
    odd.fragment.insert(0, [block, paragraph]);

    const { node, runs } = readText(Y.encodeStateAsUpdate(odd.doc));

    expect(runs.map(({ from, to }) => node.textBetween(from, to))).toEqual(["quen"]);
    expect(readText(new Uint8Array()).runs).toEqual([]);
  });
});
