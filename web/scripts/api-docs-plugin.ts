/** Ships the reader of the API's description with the page: Swagger UI as files of ours, started by a script file, so the CSP stays strict. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Plugin } from "vite";

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Phiên API</title>
    <link rel="icon" href="/icon.svg" />
    <link rel="stylesheet" href="/api-docs/swagger-ui.css" />
    <script src="/api-docs/swagger-ui.js" defer></script>
    <script src="/api-docs/open.js" defer></script>
  </head>
  <body><main id="reader"></main></body>
</html>
`;

/** "Try it out" works: the csrf value is read once and sent with everything that changes something. */
const OPEN = `fetch("/api/csrf")
  .then((answer) => answer.json())
  .then(({ token }) =>
    SwaggerUIBundle({
      url: "/schema/openapi.json",
      dom_id: "#reader",
      deepLinking: true,
      validatorUrl: null,
      requestInterceptor: (request) => {
        request.headers["x-csrf-token"] = token;
        return request;
      },
    }),
  );
`;

export function apiDocs(): Plugin {
  const from = createRequire(import.meta.url);
  return {
    name: "phien-api-docs",
    apply: "build",
    generateBundle() {
      const emit = (fileName: string, source: string | Uint8Array): void => void this.emitFile({ type: "asset", fileName: `api-docs/${fileName}`, source });
      emit("index.html", PAGE);
      emit("open.js", OPEN);
      emit("swagger-ui.js", readFileSync(from.resolve("swagger-ui-dist/swagger-ui-bundle.js")));
      emit("swagger-ui.css", readFileSync(from.resolve("swagger-ui-dist/swagger-ui.css")));
    },
  };
}
