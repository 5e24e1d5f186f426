// @vitest-environment happy-dom
import { Editor } from "@tiptap/core";
import { Collaboration } from "@tiptap/extension-collaboration";
import { Fragment, Node } from "@tiptap/pm/model";
import { TextSelection } from "@tiptap/pm/state";
import { DecorationSet, type Decoration } from "@tiptap/pm/view";
import { afterEach, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { chance, type Chance } from "$/documents/testing/chance";
import { contents, PROTECTED } from "./extensions";
import { Mended } from "./mended";
import { labels, PARTS, type Part } from "./numbering";
import { structureIn } from "./references";
import { blockOf, structureOf } from "./structure";

const open: Editor[] = [];
afterEach(() => {
  for (const editor of open.splice(0)) editor.destroy();
});

function page(doc: Y.Doc): Editor {
  const nothing = (): void => {};
  const editor = new Editor({
    element: document.createElement("div"),
    extensions: [
      ...contents({
        pictures: { document: "d", waiting: () => "", onfailed: nothing, onwrong: nothing, onlost: nothing },
        suggestions: { me: "an", mode: () => "write", nameOf: (id) => `Ông ${id}`, onrefused: nothing, onpicked: nothing },
        references: { onwanted: nothing, may: () => true },
        placeholder: () => "",
      }),
      Collaboration.configure({ document: doc, field: "default", yUndoOptions: { protectedNodes: PROTECTED } }),
      Mended,
    ],
  });
  open.push(editor);
  return editor;
}

function exchange(one: Y.Doc, other: Y.Doc): void {
  Y.applyUpdate(other, Y.encodeStateAsUpdate(one, Y.encodeStateVector(other)));
  Y.applyUpdate(one, Y.encodeStateAsUpdate(other, Y.encodeStateVector(one)));
}

type Said = [from: number, to: number, attributes: Record<string, string>];
const OURS = ["data-label", "data-words", "title"];

const said = (set: { find: () => Decoration[] }): Said[] =>
  set
    .find()
    .map((one): Said => [one.from, one.to, (one as unknown as { type: { attrs: Record<string, string> } }).type.attrs])
    .filter(([, , attributes]) => OURS.some((name) => name in attributes))
    .sort((a, b) => a[0] - b[0] || a[1] - b[1] || JSON.stringify(a[2]).localeCompare(JSON.stringify(b[2])));

/** The three sets that this text's plugins keep. */
function kept({ state }: Editor): DecorationSet[] {
  return state.plugins
    .map((plugin) => plugin.props.decorations?.call(plugin, state))
    .filter((set): set is DecorationSet => set instanceof DecorationSet && said(set).length > 0);
}

/** What has to be drawn, from a copy of the text in which no node is one that anything was ever kept for. */
function counted(editor: Editor): { doc: Node; all: Said[]; words: string[]; labels: (string | null)[] } {
  const doc = Node.fromJSON(editor.schema, editor.state.doc.toJSON());
  const found: Said[] = [];
  const numbers = labels(doc.content.content.map(blockOf));
  doc.forEach((block, at, index) => {
    const label = numbers[index];
    if (label) found.push([at, at + block.nodeSize, { "data-label": label }]);
  });
  const { references } = structureOf(doc);
  for (const { at, words } of references) found.push([at, at + 1, { "data-words": words, role: "link", "aria-label": words }]);
  doc.descendants((node, at) => {
    for (const { type, attrs } of node.marks)
      if (type.name === "insertion" || type.name === "deletion") found.push([at, at + node.nodeSize, { title: `Ông ${String(attrs["by"])}` }]);
  });
  const all = found.sort((a, b) => a[0] - b[0] || a[1] - b[1] || JSON.stringify(a[2]).localeCompare(JSON.stringify(b[2])));
  return { doc, all, words: references.map(({ words }) => words), labels: numbers };
}

function isAsCountedAnew(editor: Editor, told: string): void {
  const { doc } = editor.state;
  const anew = counted(editor);
  const sets = kept(editor);
  expect(
    sets.flatMap(said).sort((a, b) => a[0] - b[0] || a[1] - b[1] || JSON.stringify(a[2]).localeCompare(JSON.stringify(b[2]))),
    told,
  ).toEqual(anew.all);
  for (const { at, node } of structureIn(editor.state).references) expect(doc.nodeAt(at), told).toBe(node);

  // Block by block as ProseMirror's own set would have it, which is what is drawn.
  for (const set of sets) {
    const own = DecorationSet.create(doc, set.find()) as DecorationSet & { eq: (other: DecorationSet) => boolean };
    expect(own.eq(set), told).toBe(true);
    doc.forEach((block, at) => expect(said(set.forChild(at, block) as DecorationSet), told).toEqual(said(own.forChild(at, block) as DecorationSet)));
  }
  const blocks = [...editor.view.dom.children].filter((element) => !element.matches(".ProseMirror-widget, .ProseMirror-gapcursor"));
  expect(blocks.map((element) => element.getAttribute("data-label")), told).toEqual(anew.labels);
  const shown = [...editor.view.dom.querySelectorAll(".reference")];
  expect(shown.map((element) => element.getAttribute("data-words")), told).toEqual(anew.words);
  expect(shown.map((element) => element.getAttribute("aria-label")), told).toEqual(anew.words);
  const named = [...editor.view.dom.querySelectorAll("ins, del")].map((element) => (element.closest("[title]") ?? element.querySelector("[title]"))?.getAttribute("title"));
  expect(named.every((name) => name?.startsWith("Ông ")), told).toBe(true);
}

/** Somewhere in the words of a block of the top; null where there are none. */
function somewhere(editor: Editor, random: Chance): number | null {
  const places: [number, Node][] = [];
  editor.state.doc.descendants((node, at) => {
    if (node.isTextblock) places.push([at, node]);
    return !node.isTextblock;
  });
  if (places.length === 0) return null;
  const [at, node] = random.of(places);
  return at + 1 + random.below(node.content.size + 1);
}

function act(editor: Editor, random: Chance): string {
  const { state, view } = editor;
  const { doc, tr, schema } = state;
  const [one, other] = [somewhere(editor, random), somewhere(editor, random)];
  if (one === null || other === null) {
    editor.commands.insertContentAt(doc.content.size, { type: "paragraph", attrs: { part: "article" } });
    return "begin";
  }
  const [from, to] = [Math.min(one, other), Math.max(one, other)];
  const press = (key: string): void => {
    editor.commands.setTextSelection(one);
    view.someProp("handleKeyDown", (handle) => handle(view, new KeyboardEvent("keydown", { key })));
  };
  const block = random.below(doc.childCount);
  const start = doc.content.content.slice(0, block).reduce((sum, node) => sum + node.nodeSize, 0);
  const mark = (name: string): void => view.dispatch(tr.addMark(from, to, schema.marks[name]!.create({ id: `ab${random.below(99)}cdefg`, by: random.of(["an", "binh"]), at: "2026-03-02T08:00:00Z" })));
  const does: Record<string, () => void> = {
    type: () => view.dispatch(tr.insertText(random.of(["a", "đường ", " "]), one)),
    "type more": () => view.dispatch(tr.insertText("xã ", one)),
    split: () => press("Enter"),
    join: () => {
      editor.commands.setTextSelection(doc.resolve(one).start());
      editor.commands.joinBackward();
    },
    backspace: () => press("Backspace"),
    tab: () => press("Tab"),
    delete: () => doc.childCount > 4 && to - from < 60 && view.dispatch(tr.delete(from, to)),
    "delete block": () => doc.childCount > 4 && view.dispatch(tr.delete(start, start + doc.child(block).nodeSize)),
    part: () => editor.chain().setTextSelection(one).setPart(random.of<Part | null>([...PARTS, null])).run(),
    parts: () => to - from < 60 && editor.chain().setTextSelection({ from, to }).setPart(random.of<Part | null>([...PARTS, null])).run(),
    heading: () => editor.chain().setTextSelection(one).toggleHeading({ level: random.of([1, 2, 3] as const) }).run(),
    list: () => editor.chain().setTextSelection(one).toggleBulletList().run(),
    table: () => doc.childCount < 20 && editor.chain().setTextSelection(one).insertTable({ rows: 1, cols: 2, withHeaderRow: false }).run(),
    move: () => {
      const node = doc.child(block);
      tr.delete(start, start + node.nodeSize);
      const at = random.of(tr.doc.content.content.map((_, index) => tr.doc.content.content.slice(0, index).reduce((sum, { nodeSize }) => sum + nodeSize, 0)));
      if (tr.doc.childCount > 0 && at !== undefined) view.dispatch(tr.insert(at, Fragment.from(node)));
    },
    refer: () => {
      const parts = structureIn(state).blocks.filter(({ label }) => label !== null);
      if (parts.length > 0) editor.chain().setTextSelection(one).insertReference(random.of(parts).at).run();
    },
    "refer again": () => {
      const ids = [...structureIn(state).targets.keys(), "khong-con"];
      const { parent } = doc.resolve(one);
      if (parent.inlineContent) view.dispatch(tr.insert(one, schema.nodes["reference"]!.create({ to: random.of(ids) })));
    },
    insertion: () => mark("insertion"),
    deletion: () => mark("deletion"),
    propose: () => doc.child(block).type.name === "paragraph" && view.dispatch(tr.setNodeAttribute(start, "proposed", random.of([null, "ab1cdefg binh 2026-03-02T08:00:00Z"]))),
    undo: () => editor.commands.undo(),
    redo: () => editor.commands.redo(),
    select: () => view.dispatch(tr.setSelection(TextSelection.create(doc, from, to))),
  };
  const name = random.of(Object.keys(does));
  does[name]!();
  return name;
}

describe("what is drawn on a text", () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed + 1))("is what a count from nothing gives, after whatever happened (seed %i)", (seed) => {
    const random = chance(seed);
    const [first, second] = [new Y.Doc(), new Y.Doc()];
    [first.clientID, second.clientID] = [1, 2];
    const pages = [page(first), page(second)];
    pages[0]!.commands.setContent(
      (["ground", null, "article", "clause", "point", "clause", "article", "clause", null] as const).map((part, index) => ({
        type: "paragraph",
        attrs: { part },
        content: [{ type: "text", text: `Đoạn thứ ${index}` }],
      })),
    );
    exchange(first, second);
    for (let step = 0; step < 40; step += 1) {
      const which = random.below(2);
      const did = act(pages[which]!, random);
      const met = random.below(4) === 0;
      if (met) exchange(first, second);
      const told = `seed ${seed} step ${step}: ${did}${met ? ", exchanged" : ""}`;
      for (const [at, one] of pages.entries()) if (met || at === which) isAsCountedAnew(one, told);
    }
  });

  it("stays the same set inside a block that nobody changed", () => {
    const editor = page(new Y.Doc());
    editor.commands.setContent([
      { type: "paragraph", attrs: { part: "article", id: "mot" }, content: [{ type: "text", text: "Một" }] },
      { type: "paragraph", content: [{ type: "text", text: "Theo " }, { type: "reference", attrs: { to: "mot" } }] },
    ]);
    const inside = (): unknown => {
      const { doc } = editor.state;
      const at = doc.child(0).nodeSize;
      return kept(editor).find((set) => said(set).some(([, , attributes]) => "data-words" in attributes))!.forChild(at, doc.child(1));
    };
    const before = inside();

    editor.view.dispatch(editor.state.tr.insertText("x", 2));
    expect(inside()).toBe(before);
    editor.commands.insertContentAt(0, { type: "paragraph", attrs: { part: "article" } });
    expect(inside()).not.toBe(before);
  });
});
