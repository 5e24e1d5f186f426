/**
 * Writes sw.js into the build: the worker's text with the list of the shell's files and a version that changes exactly when one of them does.
 * Only what the first screen needs is kept ahead of time; lazy chunks are kept when they are first used.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const source = fileURLToPath(new URL("../src/shell/sw.js", import.meta.url));

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
      const files = [...first].sort().map((name) => `/${name}`);
      const version = createHash("sha256").update(files.join("\n")).update(readFileSync(source)).digest("hex").slice(0, 12);
      const text = readFileSync(source, "utf8").replace("__VERSION__", version).replace("__FILES__", JSON.stringify(files));
      this.emitFile({ type: "asset", fileName: "sw.js", source: text });
    },
  };
}
