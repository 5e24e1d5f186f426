/**
 * Cleans what comes from Word, from web pages and from mail, before the editor reads it. Keeps words, emphasis, headings,
 * lists, tables and alignment; turns numbers written by hand into counted ones, but only where counting gives the same
 * number, because a number is the law's and must not change by being pasted.
 */
import { Counter, writtenLabel, type Block, type Written } from "./numbering";

export interface Cleaned {
  html: string;
  /** Pictures that came inside the text, to be uploaded. */
  pictures: string[];
  /** Pictures that only the other program can reach. */
  lost: number;
}

const GONE = "script, style, meta, link, title, base, xml, iframe, object, embed, form, input, button, select, textarea, noscript, svg, video, audio, col, colgroup";
const KEPT_STYLES = ["font-weight", "font-style", "text-decoration", "text-decoration-line", "text-align", "vertical-align"];
const KEPT_ATTRIBUTES = new Set(["colspan", "rowspan", "src", "alt", "style", "data-part", "data-label", "data-id", "data-reference", "data-pm-slice"]);

export function cleanPasted(html: string, parse = (text: string): Document => new DOMParser().parseFromString(text, "text/html")): Cleaned {
  // Word hides its list numbers in conditional comments that some browsers show and some drop: open them all.
  const doc = parse(html.replace(/<!\[if [^\]]*\]>|<!\[endif\]>/gi, "").normalize("NFC"));
  const { body } = doc;
  removeComments(doc);
  for (const element of body.querySelectorAll(GONE)) element.remove();
  const { pictures, lost } = takePictures(body);
  for (const element of [...body.querySelectorAll("*")]) if (element.tagName.includes(":")) element.replaceWith(...element.childNodes);
  readWordLists(body);
  for (const element of body.querySelectorAll("*")) strip(element as HTMLElement);
  countParts(body);
  for (const element of [...body.querySelectorAll("font, span:not([style], [data-reference])")]) element.replaceWith(...element.childNodes);
  for (const element of body.querySelectorAll("p, h1, h2, h3, h4, h5, h6")) {
    if (isBlank(element) && !element.querySelector("img, br + br")) element.remove();
  }
  gatherBullets(body);
  return { html: body.innerHTML.trim(), pictures, lost };
}

export function cleanPastedText(text: string): string {
  return text.normalize("NFC").replace(/[\u200b\ufeff]/g, "");
}

function removeComments(doc: Document): void {
  const walker = doc.createTreeWalker(doc, 128 /* NodeFilter.SHOW_COMMENT */);
  const found: Node[] = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  for (const comment of found) comment.parentNode?.removeChild(comment);
}

function takePictures(body: HTMLElement): { pictures: string[]; lost: number } {
  const pictures: string[] = [];
  let lost = 0;
  for (const image of body.querySelectorAll("img")) {
    const source = image.getAttribute("src") ?? "";
    if (source.startsWith("/api/images/")) continue;
    if (source.startsWith("data:image/")) pictures.push(source);
    else if (source !== "") lost += 1;
    image.remove();
  }
  return { pictures, lost };
}

/** Word writes a list as paragraphs that begin with a hidden number; the number becomes text again, or a bullet. */
function readWordLists(body: HTMLElement): void {
  for (const paragraph of body.querySelectorAll<HTMLElement>("p, h1, h2, h3, h4, h5, h6")) {
    const style = paragraph.getAttribute("style") ?? "";
    if (!/mso-list:(?!\s*none)/i.test(style) && !/MsoListParagraph/i.test(paragraph.className)) continue;
    const marker = [...paragraph.querySelectorAll<HTMLElement>("span")].find((span) => /mso-list:\s*ignore/i.test(span.getAttribute("style") ?? ""));
    const label = plain(marker?.textContent ?? "").trim();
    marker?.remove();
    if (label === "") continue;
    if (writtenLabel(`${label} `)) paragraph.prepend(`${label} `);
    else paragraph.setAttribute("data-bullet", "");
  }
}

function strip(element: HTMLElement): void {
  const kept = KEPT_STYLES.map((name) => [name, styleOf(element, name)] as const).filter(([name, value]) => value !== "" && !says(name, value));
  for (const name of element.getAttributeNames()) if (!KEPT_ATTRIBUTES.has(name) && name !== "data-bullet") element.removeAttribute(name);
  if (kept.length === 0) element.removeAttribute("style");
  else element.setAttribute("style", kept.map(([name, value]) => `${name}: ${value}`).join("; "));
}

/** True when a style says nothing: the usual weight, the usual alignment. */
function says(name: string, value: string): boolean {
  if (name === "font-weight") return value === "inherit";
  return ["normal", "none", "inherit", "initial", "left", "start", "justify", "baseline", "top", "middle"].includes(value);
}

function styleOf(element: HTMLElement, name: string): string {
  const style = element.getAttribute("style") ?? "";
  const found = new RegExp(`(?:^|;)\\s*${name}\\s*:\\s*([^;]+)`, "i").exec(style);
  const value = found ? found[1]!.trim().toLowerCase() : name === "text-align" ? (element.getAttribute("align") ?? "").toLowerCase() : "";
  return /^[a-z0-9 -]*$/.test(value) ? value : "";
}

function countParts(body: HTMLElement): void {
  const counter = new Counter();
  for (const element of body.querySelectorAll<HTMLElement>("p, h1, h2, h3, div")) {
    if (element.closest("table, li") || element.querySelector("p, div, table, ul, ol")) continue;
    const heading = /^H([123])$/.exec(element.tagName);
    if (heading && !writtenLabel(plain(element.textContent))) {
      counter.next(Number(heading[1]) as Block);
      continue;
    }
    const ours = element.getAttribute("data-part");
    const written = writtenLabel(plain(element.textContent));
    if (ours === "ground" || (!written && ours === null && /^\s*Căn cứ\s/u.test(element.textContent))) asPart(element, "ground", 0);
    else if (ours !== null && ours !== "ground" && !written) element.removeAttribute("data-part"); // the end of a paragraph only
    else if (written && (ours === written.part || counter.peek(written.part) === written.label)) {
      counter.next(written.part);
      asPart(element, written.part, written.length);
    } else if (ours !== null) element.removeAttribute("data-part");
  }
}

function asPart(element: HTMLElement, part: Written["part"] | "ground", length: number): void {
  removeLeading(element, length);
  if (element.tagName === "P") element.setAttribute("data-part", part);
  else {
    const paragraph = element.ownerDocument.createElement("p");
    paragraph.setAttribute("data-part", part);
    paragraph.append(...element.childNodes);
    element.replaceWith(paragraph);
  }
}

/** Takes the first characters of the text away, wherever its elements begin and end. */
function removeLeading(element: HTMLElement, length: number): void {
  const walker = element.ownerDocument.createTreeWalker(element, 4 /* NodeFilter.SHOW_TEXT */);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  let left = length;
  for (const text of texts) {
    const taken = Math.min(left, text.data.length);
    text.data = text.data.slice(taken);
    left -= taken;
    if (left === 0) break;
  }
  for (const empty of element.querySelectorAll("b, strong, i, em, u, span, font")) if (empty.textContent === "" && !empty.querySelector("img, br")) empty.remove();
  const first = element.firstChild;
  if (first?.nodeType === 3) (first as Text).data = (first as Text).data.trimStart();
}

/** Paragraphs that Word drew a bullet before, next to one another, are one list. */
function gatherBullets(body: HTMLElement): void {
  for (const paragraph of [...body.querySelectorAll<HTMLElement>("[data-bullet]")]) {
    const item = body.ownerDocument.createElement("li");
    const content = body.ownerDocument.createElement("p");
    content.append(...paragraph.childNodes);
    item.append(content);
    const before = paragraph.previousElementSibling;
    if (before?.tagName === "UL") {
      before.append(item);
      paragraph.remove();
    } else {
      const list = body.ownerDocument.createElement("ul");
      list.append(item);
      paragraph.replaceWith(list);
    }
  }
}

/** Word puts non-breaking spaces where a space is meant. Same length, so positions in the text stay. */
function plain(text: string): string {
  return text.replace(/\u00a0/g, " ");
}

function isBlank(element: Element): boolean {
  return plain(element.textContent).trim() === "";
}
