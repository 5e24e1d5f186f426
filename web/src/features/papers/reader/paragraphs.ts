/** The words of a drawn page as paragraphs, for letters that are large and lines that fit the screen. */

/** A run of words as pdf.js gives it: where its baseline begins, how wide it is, how high its letters are. */
export interface Run {
  str: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

interface Line {
  text: string;
  x: number;
  end: number;
  y: number;
  height: number;
}

export function paragraphsOf(runs: readonly Run[]): string[] {
  const lines = linesOf(runs);
  if (lines.length === 0) return [];
  const right = Math.max(...lines.map((line) => line.end));
  const left = Math.min(...lines.map((line) => line.x));
  const found: string[] = [];
  let last: Line | null = null;
  for (const line of lines) {
    if (last && goesOn(last, line, left, right)) found[found.length - 1] += ` ${line.text}`;
    else found.push(line.text);
    last = line;
  }
  return found.map((text) => text.replace(/\s+/g, " ").trim()).filter((text) => text !== "");
}

/** A line goes on in the next one where it reached the margin, the gap is that of the text, and nothing new begins. */
function goesOn(last: Line, next: Line, left: number, right: number): boolean {
  const width = right - left;
  const gap = last.y - next.y;
  if (gap < 0 || gap > 2.1 * Math.max(last.height, next.height)) return false;
  if (Math.abs(last.height - next.height) > 0.2 * last.height) return false;
  if (/^\s*(điều\s+\d|chương\s+[ivx\d]|mục\s+\d|\d{1,3}[.)]\s|[a-zđ]\)\s|[-–•+]\s)/i.test(next.text)) return false;
  if (next.x - left > 0.04 * width && next.x - last.x > 0.02 * width) return false; // indented: a new one
  return last.end > right - 0.14 * width;
}

function linesOf(runs: readonly Run[]): Line[] {
  const lines: Line[] = [];
  for (const run of runs) {
    if (run.str.trim() === "") {
      const last = lines.at(-1);
      if (last && run.str !== "" && !last.text.endsWith(" ")) last.text += " ";
      continue;
    }
    const last = lines.at(-1);
    if (last && Math.abs(last.y - run.y) < 0.5 * Math.max(last.height, run.height) && run.x >= last.x - 1) {
      const apart = run.x - last.end > 0.18 * run.height && !last.text.endsWith(" ");
      last.text += (apart ? " " : "") + run.str;
      last.end = Math.max(last.end, run.x + run.width);
      last.height = Math.max(last.height, run.height);
    } else lines.push({ text: run.str, x: run.x, end: run.x + run.width, y: run.y, height: run.height || 10 });
  }
  return lines;
}
