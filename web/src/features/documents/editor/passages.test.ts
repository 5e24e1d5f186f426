// @vitest-environment happy-dom
import { Editor } from "@tiptap/core";
import { Collaboration } from "@tiptap/extension-collaboration";
import { StarterKit } from "@tiptap/starter-kit";
import { afterEach, expect, it } from "vitest";
import * as Y from "yjs";
import { anchorOf, light, Passages, placeOf } from "./passages";

const open: Editor[] = [];
afterEach(() => {
  for (const editor of open.splice(0)) editor.destroy();
});

function editorOf(doc = new Y.Doc()): Editor {
  const editor = new Editor({
    element: document.createElement("div"),
    extensions: [StarterKit.configure({ undoRedo: false, trailingNode: false }), Passages, Collaboration.configure({ document: doc, field: "default" })],
  });
  open.push(editor);
  return editor;
}

function said(editor: Editor, passage: { start: string; end: string }): string | null {
  const place = placeOf(editor, passage);
  return place && editor.state.doc.textBetween(place.from, place.to, "\n");
}

function two(): { mine: Editor; theirs: Editor; exchange: () => void } {
  const [one, other] = [new Y.Doc(), new Y.Doc()];
  const mine = editorOf(one);
  mine.commands.setContent("<p>Thu phí chợ hằng tháng.</p><p>Mức thu năm nghìn đồng.</p>");
  Y.applyUpdate(other, Y.encodeStateAsUpdate(one));
  const theirs = editorOf(other);
  const exchange = (): void => {
    Y.applyUpdate(other, Y.encodeStateAsUpdate(one, Y.encodeStateVector(other)), "wire");
    Y.applyUpdate(one, Y.encodeStateAsUpdate(other, Y.encodeStateVector(one)), "wire");
  };
  return { mine, theirs, exchange };
}

it("a passage keeps its words while others write around it, before it and in it", () => {
  const { mine, theirs, exchange } = two();
  const passage = anchorOf(mine, { from: 5, to: 12 })!;
  expect(said(mine, passage)).toBe("phí chợ");

  theirs.commands.insertContentAt(1, "Không ");
  theirs.commands.insertContentAt(0, "<p>Đoạn đầu</p>");
  mine.commands.insertContentAt(9, "vào ");
  exchange();

  expect(said(mine, passage)).toBe("phí vào chợ");
  expect(said(theirs, passage)).toBe("phí vào chợ");
});

it("a passage over two paragraphs is one", () => {
  const { theirs, exchange } = two();
  const passage = anchorOf(theirs, { from: 13, to: 33 })!;
  theirs.commands.insertContentAt(1, "Không ");
  exchange();

  expect(said(theirs, passage)).toBe("hằng tháng.\nMức thu");
});

it("a passage is gone with its words", () => {
  const { mine, theirs, exchange } = two();
  const passage = anchorOf(mine, { from: 5, to: 12 })!;

  theirs.commands.deleteRange({ from: 2, to: 15 });
  exchange();
  expect(placeOf(mine, passage)).toBeNull();
  expect(placeOf(theirs, passage)).toBeNull();

  theirs.commands.setContent("<p>khác</p>");
  exchange();
  expect(placeOf(mine, passage)).toBeNull();
});

it("what is no position at all is a comment on the whole", () => {
  const { mine } = two();
  expect(placeOf(mine, { start: "", end: "" })).toBeNull();
  expect(placeOf(mine, { start: "%%", end: "AAA=" })).toBeNull();
  expect(anchorOf(mine, { from: 3, to: 3 })).toBeNull();
});

it("is lit in the text", () => {
  const { mine } = two();
  light(mine, new Map([["a", { from: 5, to: 12 }]]), "a");

  expect(mine.view.dom.querySelector(".discussed.chosen")?.textContent).toBe("phí chợ");
});

it("is lit anew only where its light does not stand already", () => {
  const { mine, theirs, exchange } = two();
  const passage = anchorOf(mine, { from: 5, to: 12 })!;
  let told = 0;
  mine.on("transaction", ({ transaction }) => void (told += Number(!transaction.docChanged)));
  const look = (chosen: string | null = null): number => {
    told = 0;
    const place = placeOf(mine, passage);
    light(mine, new Map(place ? [["a", place]] : []), chosen);
    return told;
  };
  const shown = (): string | undefined => mine.view.dom.querySelector(".discussed")?.textContent;
  expect([look(), look(), look("a"), look("a")]).toEqual([1, 0, 1, 0]);

  mine.view.dispatch(mine.state.tr.insertText("Không ", 1));
  expect([look("a"), shown()]).toEqual([0, "phí chợ"]);
  // The passage stands where it stood, letter for letter, but no longer in the first paragraph.
  exchange();
  theirs.commands.deleteRange({ from: 1, to: 3 });
  theirs.commands.insertContentAt(0, "<p></p>");
  exchange();
  expect([placeOf(mine, passage), look("a"), shown()]).toEqual([{ from: 11, to: 18 }, 1, "phí chợ"]);

  mine.commands.setContent("<p>khác</p>");
  expect([look(), shown()]).toEqual([0, undefined]); // its words took their light with them
});
