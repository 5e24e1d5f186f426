// @vitest-environment happy-dom
import { Editor } from "@tiptap/core";
import { Collaboration } from "@tiptap/extension-collaboration";
import { DOMSerializer } from "@tiptap/pm/model";
import { NodeSelection } from "@tiptap/pm/state";
import { afterEach, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { yUndoPluginKey } from "@tiptap/y-tiptap";
import { contents, PROTECTED } from "./extensions";
import { structureIn } from "./references";

const open: Editor[] = [];
afterEach(() => {
  for (const editor of open.splice(0)) editor.destroy();
});

class Page {
  readonly editor: Editor;
  readonly wanted: string[] = [];

  constructor(readonly doc = new Y.Doc()) {
    const nothing = (): void => {};
    this.editor = new Editor({
      element: document.createElement("div"),
      extensions: [
        ...contents({
          pictures: { document: "d", waiting: () => "", onfailed: nothing, onwrong: nothing, onlost: nothing },
          suggestions: { me: "a", mode: () => "write", nameOf: (id) => id, onrefused: nothing, onpicked: nothing },
          references: { onwanted: (typed) => void this.wanted.push(typed), may: () => true },
          placeholder: () => "",
        }),
        Collaboration.configure({ document: doc, field: "default", yUndoOptions: { protectedNodes: PROTECTED } }),
      ],
    });
    open.push(this.editor);
  }

  write(...parts: [string | null, string][]): this {
    this.editor.commands.setContent(parts.map(([part, text]) => ({ type: "paragraph", attrs: { part }, content: text ? [{ type: "text", text }] : [] })));
    return this;
  }

  /** The text with its numbers and its references as they read. */
  get text(): string {
    const { blocks, references } = structureIn(this.editor.state);
    const words = new Map(references.map((one) => [one.at, one.words]));
    return blocks
      .map(({ at, node, label }) => {
        let said = label ? `${label} ` : "";
        node.descendants((inner, inside) => {
          said += inner.isText ? inner.text! : inner.type.name === "reference" ? `‹${words.get(at + 1 + inside)}›` : "";
        });
        return said;
      })
      .join("\n");
  }

  at(words: string, offset = words.length): this {
    let found = -1;
    this.editor.state.doc.descendants((node, pos) => {
      const index = node.isTextblock ? node.textBetween(0, node.content.size, "", "x").indexOf(words) : -1;
      if (index >= 0 && found < 0) found = pos + 1 + index + offset;
    });
    if (found < 0) throw new Error(`no "${words}" in\n${this.text}`);
    this.editor.commands.setTextSelection(found);
    return this;
  }

  /** As a browser would: what a plugin takes is not typed. */
  type(words: string): this {
    const { view } = this.editor;
    for (const letter of words) {
      const { from, to } = view.state.selection;
      const taken = view.someProp("handleTextInput", (handle) => handle(view, from, to, letter, () => view.state.tr.insertText(letter, from, to)));
      if (!taken) view.dispatch(view.state.tr.insertText(letter, from, to));
    }
    return this;
  }

  press(key: string, more: KeyboardEventInit = {}): this {
    const { view } = this.editor;
    view.someProp("handleKeyDown", (handle) => handle(view, new KeyboardEvent("keydown", { key, ...more })));
    return this;
  }

  refer(to: string): this {
    const target = structureIn(this.editor.state).blocks.find(({ node }) => node.textContent.startsWith(to));
    expect(this.editor.commands.insertReference(target!.at)).toBe(true);
    return this;
  }

  remove(words: string): this {
    const found = structureIn(this.editor.state).blocks.find(({ node }) => node.textContent.startsWith(words))!;
    this.editor.view.dispatch(this.editor.state.tr.delete(found.at, found.at + found.node.nodeSize));
    return this;
  }

  /** What follows is another step of undo. */
  rest(): this {
    const { undoManager } = yUndoPluginKey.getState(this.editor.state) as { undoManager: Y.UndoManager };
    undoManager.stopCapturing();
    return this;
  }

  /** What a paste of this HTML does, cleaning included. */
  paste(html: string): this {
    const { view } = this.editor;
    let cleaned = html;
    view.someProp("transformPastedHTML", (clean) => {
      cleaned = clean(cleaned, view);
    });
    view.pasteHTML(cleaned);
    return this;
  }

  copied(from: string, to: string): string {
    const { state, view } = this.editor;
    const blocks = structureIn(state).blocks;
    const start = blocks.find(({ node }) => node.textContent.startsWith(from))!;
    const end = blocks.find(({ node }) => node.textContent.startsWith(to))!;
    this.editor.commands.setTextSelection({ from: start.at + 1, to: end.at + end.node.nodeSize - 1 });
    let slice = view.state.selection.content();
    view.someProp("transformCopied", (change) => {
      slice = change(slice, view);
    });
    const box = document.createElement("div");
    box.append(DOMSerializer.fromSchema(view.state.schema).serializeFragment(slice.content));
    return box.innerHTML;
  }
}

function join(...docs: Y.Doc[]): void {
  for (const one of docs) for (const other of docs) if (one !== other) Y.applyUpdate(other, Y.encodeStateAsUpdate(one, Y.encodeStateVector(other)));
}

const law = (): Page => new Page().write(["article", "Một"], ["clause", "Khoản đầu"], ["clause", "Khoản sau"], ["article", "Hai"], [null, "Theo "]);

describe("a reference", () => {
  it("reads as its part is numbered, and follows it", () => {
    const page = law().at("Theo ").refer("Khoản sau");
    expect(page.text).toContain("Theo ‹khoản 2 Điều 1›");

    page.remove("Khoản đầu");
    expect(page.text).toContain("Theo ‹khoản 1 Điều 1›");
    page.at("Một", 0).press("Enter").at("Một", 0);
    expect(page.text).toBe("Điều 1. \nĐiều 2. Một\n1. Khoản sau\nĐiều 3. Hai\nTheo ‹khoản 1 Điều 2›");
  });

  it("says so when its part is gone, and is well again when that is undone", () => {
    const page = law().at("Theo ").refer("Một");
    page.editor.commands.undo();
    page.editor.commands.redo();
    page.remove("Một");
    expect(page.text).toContain("‹(điều đã bỏ)›");

    page.at("Theo ", 0);
    page.editor.commands.undo();
    expect(page.text).toContain("‹Điều 1›");
  });

  it("stays with the words of its part when that is split, and when it is moved", () => {
    const page = law().at("Theo ").refer("Khoản sau").at("Khoản", 5).at("Khoản sau", 5).press("Enter");
    expect(page.text).toContain("2. Khoản\n3.  sau");
    expect(page.text).toContain("‹khoản 2 Điều 1›");

    const html = page.copied("Hai", "Hai");
    page.remove("Hai").at("Một", 0).paste(html);
    expect(page.text.split("\n").at(-1)).toBe("Theo ‹khoản 2 Điều này›");
  });

  it("means the first of two parts that came to have one id, in every browser", () => {
    const one = law().at("Theo ").refer("Hai");
    const other = new Page();
    join(one.doc, other.doc);
    const html = one.copied("Hai", "Hai");
    one.remove("Hai");
    other.remove("Hai");
    one.at("Một").paste(`<p data-part="article" data-id="${/data-id="([^"]+)"/.exec(html)![1]}">Điều 9. A</p><p>x</p>`);
    other.at("Khoản sau").paste(`<p data-part="article" data-id="${/data-id="([^"]+)"/.exec(html)![1]}">Điều 9. B</p><p>x</p>`);
    join(one.doc, other.doc);

    expect(one.text).toBe(other.text);
    const writes = Y.encodeStateVector(one.doc);
    one.at("Theo ", 0).at("Một", 0);
    expect(Y.encodeStateVector(one.doc)).toEqual(writes);
  });

  it("leaves the id to the part that had it when a copy is pasted", () => {
    const page = law().at("Theo ").refer("Hai");
    const html = page.copied("Hai", "Hai");
    page.at("Một", 0).press("Enter");
    page.editor.commands.setTextSelection(1);
    page.paste(html);

    expect(page.text.split("\n").filter((line) => line.endsWith("Hai"))).toHaveLength(2);
    expect(page.text).toBe("Điều 1. Hai\nĐiều 2. Một\n1. Khoản đầu\n2. Khoản sau\nĐiều 3. Hai\nTheo ‹Điều này›"); // which is 3, not 1
  });

  it("is words for a program that knows no reference, and for a text without its part", () => {
    const page = law().at("Theo ").refer("Khoản sau").type(" của Nghị quyết");
    const html = page.copied("Theo", "Theo");
    expect(html).toMatch(/Theo <span data-reference="[a-z0-9]{10}" class="reference"[^>]*>khoản 2 Điều 1<\/span> của/);

    const elsewhere = new Page().write([null, "Trước: "]).at("Trước: ").paste(html);
    expect(elsewhere.text).toBe("Trước: Theo khoản 2 Điều 1 của Nghị quyết");
    expect(page.at("Một").paste(html).text).toContain("MộtTheo ‹khoản 2 Điều này›");
    expect(page.editor.getText()).toContain("Theo khoản 2 Điều 1 của Nghị quyết");
  });

  it("is offered where @ begins a word, and nowhere else", () => {
    const page = law().at("Theo ").type("@");
    expect(page.wanted).toEqual(["@"]);
    expect(page.text).not.toContain("@");

    page.at("Hai").type("x@y.vn");
    expect(page.wanted).toEqual(["@"]);
    expect(page.text).toContain("Haix@y.vn");
  });

  it("leads to its part", () => {
    const page = law().at("Theo ").refer("Hai");
    const { references, blocks } = structureIn(page.editor.state);
    page.editor.view.dispatch(page.editor.state.tr.setSelection(NodeSelection.create(page.editor.state.doc, references[0]!.at)));
    page.press("Enter", { ctrlKey: true });

    expect(page.editor.state.selection.from).toBe(blocks.find(({ node }) => node.textContent === "Hai")!.at + 1);
  });

  it("stands in bold words like any other, for everybody", () => {
    const page = law().at("Theo ").refer("Hai").type(" nhé");
    const other = new Page();
    join(page.doc, other.doc);
    page.editor.chain().selectAll().toggleBold().run();
    join(page.doc, other.doc);
    other.at("nhé").type("!");
    join(page.doc, other.doc);
    page.editor.chain().selectAll().toggleBold().run();
    join(page.doc, other.doc);

    expect(page.text).toBe(other.text);
    expect(page.text).toContain("Theo ‹Điều này› nhé!");
    expect(page.editor.getJSON()).toEqual(other.editor.getJSON());
  });

  it("survives a page that only looks, without an edit", () => {
    const page = law().at("Theo ").refer("Hai");
    const before = Y.encodeStateAsUpdate(page.doc);
    const reader = new Page();
    join(page.doc, reader.doc);

    expect(reader.text).toBe(page.text);
    expect(Y.encodeStateAsUpdate(reader.doc)).toEqual(before);
  });
});

describe("parts", () => {
  it("have a number once, however it was typed", () => {
    const page = new Page().write(["article", ""], ["clause", ""], [null, ""], [null, ""], [null, ""]);
    page.editor.commands.setTextSelection(1);
    page.type("Điều 1. Phạm vi");
    for (const [at, words] of [[1, "7. Một khoản"], [2, "đ) Một điểm"], [3, "Điều 5: Hai"], [4, "Chương II QUY ĐỊNH"]] as const) {
      page.editor.commands.setTextSelection(structureIn(page.editor.state).blocks[at]!.at + 1);
      page.type(words);
    }

    expect(page.text).toBe("Điều 1. Phạm vi\n1. Một khoản\na) Một điểm\nĐiều 2. Hai\nChương II QUY ĐỊNH");
    expect(page.editor.state.doc.lastChild!.type.name).toBe("heading");
  });

  it("go on at Enter, and out one step at Enter on an empty one", () => {
    const page = law().at("Khoản sau").press("Enter").press("Tab").type("Điểm").press("Enter");
    expect(page.text).toContain("a) Điểm\nb) \nĐiều 2.");

    page.press("Enter");
    expect(page.text).toContain("a) Điểm\n3. \nĐiều 2.");
    page.press("Enter");
    expect(page.text).toContain("a) Điểm\nĐiều 2. \nĐiều 3. Hai");
    page.press("Enter");
    expect(page.text).toContain("a) Điểm\n\nĐiều 2. Hai");
  });

  it("move down and up with Tab and Shift+Tab", () => {
    const page = law().at("Hai").press("Tab").press("Tab");
    expect(page.text).toContain("a) Hai");
    expect(page.press("Tab", { shiftKey: true }).text).toContain("3. Hai");
  });
});

describe("undo", () => {
  const pair = (): [Page, Page] => {
    const one = law();
    const other = new Page();
    join(one.doc, other.doc);
    return [one, other];
  };

  it("takes back one's own words only", () => {
    const [one, other] = pair();
    one.rest().at("Một").type(" của tôi");
    join(one.doc, other.doc);
    other.at("Hai").type(" của bạn");
    other.rest().at("của tôi").type(" và bạn");
    join(one.doc, other.doc);

    one.editor.commands.undo();
    join(one.doc, other.doc);
    expect(one.text).toBe(other.text);
    expect(one.text).toContain("Một và bạn");
    expect(one.text).toContain("Hai của bạn");
    other.editor.commands.undo();
    other.editor.commands.undo();
    join(one.doc, other.doc);
    expect(other.text).not.toContain("bạn");
  });

  it.each(["heading", "list", "table"])("of a %s one made leaves what somebody else wrote in it", (what) => {
    const [one, other] = pair();
    one.rest().at("Theo ");
    if (what === "heading") one.editor.commands.insertContent({ type: "heading", attrs: { level: 3 }, content: [{ type: "text", text: "Mục mới" }] });
    if (what === "list") one.editor.commands.insertContent({ type: "bulletList", content: [{ type: "listItem", content: [{ type: "paragraph", content: [{ type: "text", text: "Mục mới" }] }] }] });
    if (what === "table") one.editor.commands.insertContent({ type: "table", content: [{ type: "tableRow", content: [{ type: "tableCell", content: [{ type: "paragraph", content: [{ type: "text", text: "Mục mới" }] }] }] }] });
    join(one.doc, other.doc);
    other.at("Mục mới").type(" của bạn");
    join(one.doc, other.doc);

    one.editor.commands.undo();
    join(one.doc, other.doc);

    expect(one.text).toBe(other.text);
    expect(one.text).toContain("của bạn");
    expect(one.text).not.toContain("Mục mới");
  });

  it("of turning a paragraph into a heading keeps both the old words and the other's new ones", () => {
    const [one, other] = pair();
    one.rest().at("Hai").editor.commands.setHeading({ level: 3 });
    join(one.doc, other.doc);
    other.at("Hai").type(" của bạn");
    join(one.doc, other.doc);

    one.editor.commands.undo();
    join(one.doc, other.doc);

    expect(one.text).toBe(other.text);
    expect(one.text).toMatch(/^Điều \d\. Hai$/m);
    expect(one.text).toContain("của bạn");
  });
});
