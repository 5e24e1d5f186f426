/** The little of Markdown that guides are written in: headings, lists, paragraphs, tables' rows as text, **bold**, `code`, links. Never HTML. */
export type Inline = { is: "text" | "bold" | "code"; text: string } | { is: "link"; text: string; href: string };
export type Block = { is: "heading"; level: 2 | 3 | 4; of: Inline[] } | { is: "paragraph"; of: Inline[] } | { is: "list"; ordered: boolean; items: Inline[][] };

const INLINE = /\*\*([^*]+)\*\*|`([^`]+)`|\[([^\]]+)\]\(([^)\s]+)\)/g;

export function inlines(text: string): Inline[] {
  const found: Inline[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > at) found.push({ is: "text", text: text.slice(at, match.index) });
    const [whole, bold, code, label, href] = match;
    if (bold !== undefined) found.push({ is: "bold", text: bold });
    else if (code !== undefined) found.push({ is: "code", text: code });
    else if (label !== undefined && href !== undefined) found.push(safe(href) ? { is: "link", text: label, href } : { is: "text", text: label });
    at = match.index + whole.length;
  }
  if (at < text.length) found.push({ is: "text", text: text.slice(at) });
  return found;
}

/** A guide is written by a person: a link that would run something is only its words. */
function safe(href: string): boolean {
  return /^(https?:\/\/|\/|#|[\w.-]+\.md(#|$))/.test(href);
}

export function blocks(source: string): Block[] {
  const found: Block[] = [];
  let paragraph: string[] = [];
  const end = (): void => {
    if (paragraph.length > 0) found.push({ is: "paragraph", of: inlines(paragraph.join(" ")) });
    paragraph = [];
  };
  for (const line of source.split(/\r?\n/)) {
    const heading = /^(#{1,4})\s+(.*)$/.exec(line);
    const item = /^\s*(?:[*-]|(\d+)\.)\s+(.*)$/.exec(line);
    if (heading) {
      end();
      found.push({ is: "heading", level: Math.min(4, Math.max(2, heading[1]!.length + 1)) as 2 | 3 | 4, of: inlines(heading[2]!) });
    } else if (item) {
      end();
      const ordered = item[1] !== undefined;
      const last = found.at(-1);
      if (last?.is === "list" && last.ordered === ordered) last.items.push(inlines(item[2]!));
      else found.push({ is: "list", ordered, items: [inlines(item[2]!)] });
    } else if (/^\s*\|?[\s:|-]+\|[\s:|-]*$/.test(line) && line.includes("-")) {
      end(); // the line under a table's head says nothing
    } else if (line.trim().startsWith("|")) {
      end();
      const cells = line.split("|").map((cell) => cell.trim()).filter(Boolean);
      found.push({ is: "paragraph", of: inlines(cells.join(" — ")) });
    } else if (line.trim() === "") end();
    else paragraph.push(line.trim());
  }
  end();
  return found;
}
