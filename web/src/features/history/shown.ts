/** How authors and changes are drawn on a text that nobody edits: never by colour alone, and with words for a reader's software. */
import { Extension } from "@tiptap/core";
import { DOMSerializer, Fragment, type Node } from "@tiptap/pm/model";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import { Decoration, DecorationSet } from "@tiptap/pm/view";
import { initials } from "$/documents/people";
import { t } from "$/i18n/index.svelte";
import { places, type Change } from "./compare";
import { sayIn } from "../documents/editor/facts";
import type { Span } from "./people";
import type { Say } from "./reading";

/** Parts of these cannot stand in a box of their own. */
const BARE = new Set(["tableRow", "tableCell", "tableHeader", "listItem"]);

export function shown(decorations: (doc: Node) => Decoration[]): Extension {
  return Extension.create({
    name: "shown",
    addProseMirrorPlugins() {
      const key = new PluginKey<DecorationSet>("shown");
      return [
        new Plugin<DecorationSet>({
          key,
          state: { init: (_, { doc }) => DecorationSet.create(doc, decorations(doc)), apply: (_, set) => set },
          props: { decorations: (state) => key.getState(state) },
        }),
      ];
    },
  });
}

/** Whose letters these are: a mark with initials where another person begins, a line in his colour under all of them. */
export function byAuthor(spans: readonly Span[]): (doc: Node) => Decoration[] {
  return (doc) =>
    spans.flatMap(({ from, to, person }, index) => {
      const before = spans[index - 1];
      const sameBlock = before !== undefined && before.to <= from && doc.resolve(before.to).sameParent(doc.resolve(from));
      const begins = !(sameBlock && before.person.key === person.key);
      const node = doc.nodeAt(from);
      const style = `--person: ${person.colour}`;
      if (node && !node.isInline) return [Decoration.node(from, to, { class: "by", style, title: person.name })];
      const run = Decoration.inline(from, to, { class: "by", style, title: person.name });
      return begins ? [Decoration.widget(from, () => authorMark(person), { side: -1, ignoreSelection: true }), run] : [run];
    });
}

function authorMark(person: Span["person"]): HTMLElement {
  const mark = element("span", "by-mark");
  mark.style.setProperty("--person", person.colour);
  const letters = element("span", "");
  letters.setAttribute("aria-hidden", "true");
  letters.textContent = person.short || initials(person.name);
  mark.append(unseen(t("history.wrote", { name: person.name })), letters);
  return mark;
}

export function byChange(changes: readonly Change[], say: Say): (doc: Node) => Decoration[] {
  const numbers = places(changes);
  return (doc) => changes.flatMap((change, index) => drawn(doc, change, String(numbers[index]), say));
}

function drawn(doc: Node, change: Change, place: string, say: Say): Decoration[] {
  if (change.is === "removed") {
    return [Decoration.widget(change.at, () => gone(change.nodes, change.block, place, say), { side: -1, ignoreSelection: true })];
  }
  const { from, to, block } = change;
  const named = change.is === "added" ? "come" : "restyled";
  const attributes = { class: named, "data-place": place, tabindex: "-1" };
  const said = t(change.is === "added" ? "history.said_added" : "history.said_restyled");
  if (block) return [Decoration.node(from, to, attributes), ...spoken(doc, from, said)];
  return [Decoration.inline(from, to, { ...attributes, nodeName: change.is === "added" ? "ins" : "span" }), Decoration.widget(from, () => unseen(said), { side: -1 })];
}

/** The words before a block that came are put into its first line, where a reader's software meets them. */
function spoken(doc: Node, from: number, said: string): Decoration[] {
  let at: number | null = null;
  doc.nodesBetween(from, from + (doc.nodeAt(from)?.nodeSize ?? 0), (node, position) => {
    if (at === null && node.isTextblock && node.content.size > 0) at = position + 1; // a widget alone in a line makes two of it
    return at === null;
  });
  return at === null ? [] : [Decoration.widget(at, () => unseen(said), { side: -1 })];
}

function gone(nodes: readonly Node[], block: boolean, place: string, say: Say): HTMLElement {
  const { schema } = nodes[0]!.type;
  const serializer = DOMSerializer.fromSchema(schema);
  const bare = block && BARE.has(nodes[0]!.type.name);
  const box = bare ? (serializer.serializeNode(nodes[0]!) as HTMLElement) : element(block ? "div" : "del", "");
  if (!bare) box.append(serializer.serializeFragment(Fragment.from([...nodes])));
  for (const fact of box.querySelectorAll<HTMLElement>("[data-fact]")) sayIn(fact, schema, { say });
  box.classList.add("gone");
  if (block && !bare) box.setAttribute("role", "deletion");
  box.dataset["place"] = place;
  box.tabIndex = -1;
  box.contentEditable = "false";
  const first = block ? (box.querySelector("p, h1, h2, h3, td, th") ?? box) : box;
  first.prepend(unseen(t("history.said_removed")));
  first.append(unseen(t("history.said_end")));
  return box;
}

function element(name: string, className: string): HTMLElement {
  const made = document.createElement(name);
  if (className) made.className = className;
  return made;
}

function unseen(words: string): HTMLElement {
  const made = element("span", "unseen");
  made.textContent = words;
  return made;
}
