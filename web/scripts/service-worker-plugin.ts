/**
 * Writes sw.js into the build: the worker's text with the list of the shell's files and a version that changes exactly when one of them does.
 * Two lists: what the first screen needs comes with the worker; the other screens, the editor and the letters of a document are the rest,
 * without which a text could not be opened when the network is gone.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const source = fileURLToPath(new URL("../src/shell/sw.js", import.meta.url));

/** Reading a code with a camera and searching the archive need the hub; everything else of the page works without. */
function wantedOffline(name: string): boolean {
  if (/^assets\/(jsQR|pdf\.worker|SearchPage|NewMeeting|RoomPanel|recorder)/.test(name)) return false;
  return /^assets\/.*\.(js|css)$/.test(name) || /^assets\/tinos-(vietnamese|latin)-(400|700)-(normal|italic).*\.woff2$/.test(name);
}

export function serviceWorker(): Plugin {
  return {
    name: "phien-service-worker",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const first = new Set<string>();
      const walk = (name: string): void => {
        const part = bundle[name];
        if (first.has(name) || part?.type !== "chunk") return;
        first.add(name);
        for (const css of part.viteMetadata?.importedCss ?? []) first.add(css);
        for (const next of part.imports) walk(next);
      };
      for (const [name, part] of Object.entries(bundle)) if (part.type === "chunk" && part.isEntry) walk(name);
      for (const name of Object.keys(bundle)) if (/be-vietnam-pro-(vietnamese|latin)-(400|600)-normal.*\.woff2$/.test(name)) first.add(name);
      const rest = Object.keys(bundle).filter((name) => !first.has(name) && wantedOffline(name));
      const listed = (names: Iterable<string>): string[] => [...names].sort().map((name) => `/${name}`);
      const version = createHash("sha256").update(listed(first).join("\n")).update(listed(rest).join("\n")).update(readFileSync(source)).digest("hex").slice(0, 12);
      const text = readFileSync(source, "utf8")
        .replace("__VERSION__", version)
        .replace("__FILES__", JSON.stringify(listed(first)))
        .replace("__REST__", JSON.stringify(listed(rest)));
      this.emitFile({ type: "asset", fileName: "sw.js", source: text });
    },
  };
}
