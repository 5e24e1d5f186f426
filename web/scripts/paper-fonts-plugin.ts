/** Ships the letters of exported PDFs as the hub's typesetter reads them (it knows no WOFF2): hub/static/fonts/Tinos-*.ttf. No page fetches them. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Plugin } from "vite";

const FACES = { Regular: "400Regular", Italic: "400Regular_Italic", Bold: "700Bold", BoldItalic: "700Bold_Italic" };

export function paperFonts(): Plugin {
  const from = createRequire(import.meta.url);
  return {
    name: "phien-paper-fonts",
    apply: "build",
    generateBundle() {
      for (const [name, face] of Object.entries(FACES)) {
        const source = readFileSync(from.resolve(`@expo-google-fonts/tinos/${face}/Tinos_${face}.ttf`));
        this.emitFile({ type: "asset", fileName: `fonts/Tinos-${name}.ttf`, source });
      }
      this.emitFile({ type: "asset", fileName: "fonts/OFL.txt", source: readFileSync(from.resolve("@expo-google-fonts/tinos/LICENSE_FONT")) });
    },
  };
}
