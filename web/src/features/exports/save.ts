/** A file the hub makes, given to the browser to keep. */
import { askFile } from "$/api";

/** As long as the hub itself gives a file, and some for the way. */
const PATIENCE_MS = 90_000;

/** Returns the name it is kept under. */
export async function save(path: string): Promise<string> {
  const { name, content } = await askFile(path, { timeout_ms: PATIENCE_MS });
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(content), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), PATIENCE_MS); // the browser may still be asking where to put it
  return name;
}
