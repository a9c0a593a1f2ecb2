/** Where the reader's files are served; see `server/pages/api-reader.ts`. */
export const readerPath = '/api/v1/docs/reader'

/** The page that reads the OpenAPI document: what is on it comes from the document, and its parts from this server. */
export function docsPage(title: string): string {
  const name = escape(title)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${name} API</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="${readerPath}/swagger-ui.css"><link rel="stylesheet" href="${readerPath}/reader.css">
</head><body><h1 class="title">${name} API</h1><main id="reader">Loading…</main>
<noscript>The document itself is at <a href="openapi.json">openapi.json</a>.</noscript>
<script src="${readerPath}/swagger-ui-bundle.js"></script><script src="${readerPath}/reader.js"></script></body></html>`
}

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
