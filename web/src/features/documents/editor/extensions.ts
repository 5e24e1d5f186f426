/**
 * What a text may consist of, and what the editor can do with it. A node left out here is deleted from the shared document
 * by the first editor that opens it, so this list only ever grows.
 */
import type { LiveDocument } from "$/documents/live.svelte";
import { colourOf, personIn } from "$/documents/people";
import type { Extensions } from "@tiptap/core";
import { Collaboration } from "@tiptap/extension-collaboration";
import { CollaborationCaret } from "@tiptap/extension-collaboration-caret";
import { TableKit } from "@tiptap/extension-table";
import { TextAlign } from "@tiptap/extension-text-align";
import { Placeholder } from "@tiptap/extensions";
import { StarterKit } from "@tiptap/starter-kit";
import { Picture, Pictures, type Options as PictureOptions } from "./images";
import { FactBlock, Sheet, type Options as FactOptions } from "./facts";
import { Mended } from "./mended";
import { PartParagraph, Parts } from "./parts";
import { Passages } from "./passages";
import { Reference, type Options as ReferenceOptions } from "./references";
import { Suggestions, type Options as SuggestionOptions } from "./suggestions";

export interface Wish {
  live: LiveDocument;
  pictures: PictureOptions;
  /** A passage that somebody commented on was pressed. */
  onpassage?: (id: string) => void;
  /** Left out where nobody edits: what is proposed is shown all the same. */
  suggestions?: SuggestionOptions;
  /** Left out where nobody edits: references are shown all the same. */
  references?: ReferenceOptions;
  /** What the blocks of facts say; left out where nobody can tell, then a block says what it stands for. */
  facts?: FactOptions;
  placeholder: () => string;
}

/** Undoing the making of one of these leaves it where somebody else has written in it; the library knows of paragraphs only. */
export const PROTECTED = new Set([
  ...["paragraph", "heading", "blockquote", "bulletList", "orderedList", "listItem"],
  ...["table", "tableRow", "tableCell", "tableHeader"],
]);

/** What a text may hold and how it is shown, without the line to the others: a version from the history is shown with the same. */
export function contents({ pictures, suggestions, references, facts, placeholder }: Omit<Wish, "live">): Extensions {
  return [
    Sheet,
    StarterKit.configure({
      document: false,
      undoRedo: false, // Collaboration brings its own, which undoes one's own edits only
      trailingNode: false, // it would write into the shared text just because somebody looked at it
      paragraph: false,
      heading: { levels: [1, 2, 3] },
      link: false,
      code: false,
      codeBlock: false,
    }),
    PartParagraph,
    Parts,
    TextAlign.configure({ types: ["heading", "paragraph"], alignments: ["center", "right"] }),
    TableKit.configure({ table: { resizable: false, HTMLAttributes: {} } }),
    Picture,
    Pictures.configure(pictures),
    Reference.configure(references ?? {}),
    FactBlock.configure(facts ?? {}),
    Suggestions.configure(suggestions ?? { mode: () => "read" }),
    Placeholder.configure({ placeholder, showOnlyWhenEditable: true }),
  ];
}

export function extensions({ live, onpassage, ...wish }: Wish): Extensions {
  return [
    ...contents(wish),
    Collaboration.configure({ document: live.doc, field: "default", yUndoOptions: { protectedNodes: PROTECTED } }),
    Mended,
    Passages.configure(onpassage ? { onpicked: onpassage } : {}),
    CollaborationCaret.configure({
      provider: live,
      user: { id: live.wish.user.id, name: live.wish.user.name, color: colourOf(live.wish.user.id) },
      render: (user) => caret(personIn({ user })),
      selectionRender: (user) => ({ nodeName: "span", class: "others-selection", style: `background-color: ${washOf(personIn({ user })?.id ?? "")}` }),
    }),
  ];
}

/** Where somebody else is writing: a line in their colour with their name on it. The name is drawn by the style sheet: as text it would be copied, found and read out in mid-sentence. */
function caret(person: { id: string; name: string } | null): HTMLElement {
  const line = document.createElement("span");
  line.className = "others-caret";
  line.style.setProperty("--person", colourOf(person?.id ?? ""));
  line.setAttribute("aria-hidden", "true");
  line.dataset.name = person?.name ?? "";
  return line;
}

function washOf(id: string): string {
  return `${colourOf(id)}33`;
}
