/**
 * Cleans what comes from Word, from web pages and from mail, before the editor reads it. Keeps words, emphasis, headings,
 * lists, tables and alignment; turns numbers written by hand into counted ones, but only where counting gives the same
 * number, because a number is the law's and must not change by being pasted.
 */
import { Counter, letterOf, writtenLabel, type Block, type Written } from "./numbering";

export interface Cleaned {
  html: string;
  /** Pictures that came inside the text, to be uploaded. */
  pictures: string[];
  /** Pictures that only the other program can reach. */
  lost: number;
}

const GONE = "script, style, meta, link, title, base, xml, iframe, object, embed, form, input, button, select, textarea, noscript, svg, video, audio, col, colgroup";
const TITLE =
  /^(?:NGHỊ QUYẾT|QUYẾT ĐỊNH|BIÊN BẢN|THÔNG BÁO|TỜ TRÌNH|KẾ HOẠCH|QUY CHẾ|QUY ĐỊNH|CHƯƠNG TRÌNH|BÁO CÁO|ĐỀ ÁN|DỰ ÁN|CHỈ THỊ|HƯỚNG DẪN|PHƯƠNG ÁN|PHỤ LỤC|KẾT LUẬN|ĐIỀU LỆ)(?![\p{L}])[^.;]{0,80}$/u;
const CHAPTER = /^(?:Phần|Chương|Mục|Tiểu mục)\s+(?:thứ\s+\p{L}+|[IVXLC]+|\d{1,2})(?![\p{L}\d])/iu;
const KEPT_STYLES = ["font-weight", "font-style", "text-decoration", "text-decoration-line", "text-align", "vertical-align"];
const KEPT_ATTRIBUTES = new Set(["colspan", "rowspan", "src", "alt", "style", "data-part", "data-label", "data-id", "data-reference", "data-pm-slice"]);

/** `before` has counted the text up to where this is put: "Điều 5." after an article 4 is article 5. */
export function cleanPasted(html: string, before = new Counter(), parse = (text: string): Document => new DOMParser().parseFromString(text, "text/html")): Cleaned {
  // Word hides its list numbers in conditional comments that some browsers show and some drop: open them all.
  const doc = parse(html.replace(/<!\[if [^\]]*\]>|<!\[endif\]>/gi, "").normalize("NFC"));
  const { body } = doc;
  const foreign = body.querySelector("[data-pm-slice]") === null;
  removeComments(doc);
  for (const element of body.querySelectorAll(GONE)) element.remove();
  const { pictures, lost } = takePictures(body);
  for (const element of [...body.querySelectorAll("*")]) if (element.tagName.includes(":")) element.replaceWith(...element.childNodes);
  readWordLists(body);
  for (const element of [...body.querySelectorAll<HTMLElement>("b, strong, i, em")]) if (isPlain(element)) element.replaceWith(...element.childNodes);
  if (foreign) readHeadings(body);
  for (const element of body.querySelectorAll("*")) strip(element as HTMLElement);
  countParts(body, before);
  for (const element of body.querySelectorAll("[data-counted]")) element.removeAttribute("data-counted");
  for (const element of [...body.querySelectorAll("font, span:not([style], [data-reference])")]) element.replaceWith(...element.childNodes);
  for (const element of body.querySelectorAll("p, h1, h2, h3, h4, h5, h6")) {
    if (isBlank(element) && !element.querySelector("img, br + br")) element.remove();
  }
  gatherBullets(body);
  return { html: body.innerHTML.trim(), pictures, lost };
}

/** Lines of plain text, each a paragraph, so that their numbers are read as those of Word are. */
export function linesAsHtml(text: string): string {
  const escaped = (line: string): string => line.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  return cleanPastedText(text)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((line) => `<p>${escaped(line)}</p>`)
    .join("");
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
    if (writtenLabel(`${label} `)) {
      paragraph.prepend(`${label} `);
      paragraph.setAttribute("data-counted", "");
    } else paragraph.setAttribute("data-bullet", /level(\d)/i.exec(style)?.[1] ?? "1");
  }
}

function strip(element: HTMLElement): void {
  const kept = KEPT_STYLES.map((name) => [name, styleOf(element, name)] as const).filter(([name, value]) => value !== "" && !says(name, value));
  for (const name of element.getAttributeNames()) if (!KEPT_ATTRIBUTES.has(name) && name !== "data-bullet" && name !== "data-counted") element.removeAttribute(name);
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

/** A bold element that says it is not bold: Google Docs wraps all it copies in one. */
function isPlain(element: HTMLElement): boolean {
  const name = /^(?:B|STRONG)$/.test(element.tagName) ? "font-weight" : "font-style";
  return /^(?:normal|400)$/.test(styleOf(element, name));
}

/** Which heading a heading of another program is here: the first level begins a text of its own, so it is kept for the names of such. */
function readHeadings(body: HTMLElement): void {
  for (const element of [...body.querySelectorAll<HTMLElement>("h1, h2, p")]) {
    if (element.closest("table, li")) continue;
    const words = plain(element.textContent).trim();
    const heading = element.tagName !== "P";
    const centred = styleOf(element, "text-align") === "center";
    const above = element.previousElementSibling;
    if ((heading || centred) && TITLE.test(words)) rename(element, "h1");
    else if (centred && above !== null && /^H[12]$/.test(above.tagName) && isBold(element) && !words.endsWith(":")) rename(element, "h2");
    else if (heading || (CHAPTER.test(words) && (centred || isBold(element)) && words.length < 200)) rename(element, "h3");
  }
}

/** All its words are. */
function isBold(element: HTMLElement): boolean {
  const bold = [...element.querySelectorAll<HTMLElement>("b, strong, span")].filter((one) => /^(?:B|STRONG)$/.test(one.tagName) || /^(?:bold|[6-9]00)$/.test(styleOf(one, "font-weight")));
  return bold.some((one) => plain(one.textContent).trim() === plain(element.textContent).trim());
}

/** A heading is bold by itself, and the first two are centred. */
function rename(element: HTMLElement, to: "h1" | "h2" | "h3"): void {
  const made = element.ownerDocument.createElement(to);
  made.append(...element.childNodes);
  if (to === "h3" && styleOf(element, "text-align") === "center") made.setAttribute("style", "text-align: center");
  for (const bold of [...made.querySelectorAll("b, strong")]) bold.replaceWith(...bold.childNodes);
  element.replaceWith(made);
}

function countParts(body: HTMLElement, counter: Counter): void {
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
    else if (written && (ours === written.part || counter.peek(written.part) === (element.hasAttribute("data-counted") ? asTheLawCounts(written) : written.label))) {
      counter.next(written.part);
      asPart(element, written.part, written.length);
    } else if (ours !== null) element.removeAttribute("data-part");
  }
}

/** Word counts a b c d e; its fifth letter is the law's "đ". */
function asTheLawCounts({ part, label }: Written): string {
  const at = label.charCodeAt(0) - 96;
  return part === "point" && /^[a-z]\)$/.test(label) ? `${letterOf(at)})` : label;
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
    const make = (name: string): HTMLElement => body.ownerDocument.createElement(name);
    const item = make("li");
    const content = make("p");
    content.append(...paragraph.childNodes);
    item.append(content);
    const before = paragraph.previousElementSibling;
    if (before?.tagName !== "UL") {
      const list = make("ul");
      list.append(item);
      paragraph.replaceWith(list);
      continue;
    }
    let list = before as HTMLElement;
    for (let level = Number(paragraph.getAttribute("data-bullet")); level > 1; level -= 1) {
      const above = list.lastElementChild!;
      if (above.lastElementChild?.tagName !== "UL") above.append(make("ul"));
      list = above.lastElementChild as HTMLElement;
    }
    list.append(item);
    paragraph.remove();
  }
}

/** Word puts non-breaking spaces where a space is meant. Same length, so positions in the text stay. */
function plain(text: string): string {
  return text.replace(/\u00a0/g, " ");
}

function isBlank(element: Element): boolean {
  return plain(element.textContent).trim() === "";
}
