/** Builds the page into the hub's static folder. Everything is a file of ours: no inline script, no data: font, so the hub may send a strict CSP. */
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { apiDocs } from "./scripts/api-docs-plugin.ts";
import { paperFonts } from "./scripts/paper-fonts-plugin.ts";
import { serviceWorker } from "./scripts/service-worker-plugin.ts";

const hub = process.env.PHIEN_DEV_HUB ?? "http://127.0.0.1:8400";

export default defineConfig({
  plugins: [svelte(), serviceWorker(), apiDocs(), paperFonts()],
  resolve: { alias: { $: fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../hub/static",
    emptyOutDir: true,
    sourcemap: false,
    assetsInlineLimit: 0,
    target: ["chrome111", "safari16.4", "firefox115"],
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: {
    port: 5173,
    proxy: {
      "/api": { target: hub },
      "/ws": { target: hub, ws: true },
      "/schema": { target: hub },
    },
  },
});
