import { createHash } from 'node:crypto'
import type { Language } from '../../platform/kit/language.ts'

const style = `
:root { color-scheme: light dark; --page: #f4f6f8; --card: #fff; --text: #17212b; --muted: #526170; --line: #8795a3;
  --accent: #0b5fa5; --on-accent: #fff; --error: #a3161b; --error-page: #fdecec }
@media (prefers-color-scheme: dark) {
  :root { --page: #10161c; --card: #1a232c; --text: #e8edf2; --muted: #a9b6c2; --line: #6b7a88;
    --accent: #6fb6f2; --on-accent: #0b1620; --error: #ffb4b0; --error-page: #3b1719 }
}
* { box-sizing: border-box }
[hidden] { display: none !important }
body { margin: 0; min-height: 100vh; min-height: 100dvh; display: grid; place-items: center; padding: 1rem;
  background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 24rem; padding: 2rem; border-radius: .75rem; background: var(--card);
  box-shadow: 0 1px 3px #0003, 0 8px 24px #0001 }
h1 { margin: 0 0 1.5rem; font-size: 1.5rem; line-height: 1.2 }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600 }
input, button { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; border-radius: .375rem; font: inherit }
input { border: 1px solid var(--line); background: var(--card); color: var(--text) }
button { margin-top: 1.5rem; border: 0; background: var(--accent); color: var(--on-accent); font-weight: 600; cursor: pointer }
button:disabled { opacity: .6; cursor: progress }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.note { margin: 0 0 1rem; color: var(--muted) }
.hint { margin: .25rem 0 0; color: var(--muted); font-size: .875rem }
.error { margin: 0 0 1rem; padding: .75rem; border-radius: .375rem; background: var(--error-page); color: var(--error) }
.other { margin: 1.5rem 0 0; text-align: center }
a { color: var(--accent) }
`

const sha256 = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Nothing but our own style, that script if there is one, and forms to ourselves. */
export function pagePolicy(script?: string): string {
  return [
    "default-src 'none'",
    `style-src ${sha256(style)}`,
    ...(script === undefined ? [] : [`script-src ${sha256(script)}`, "connect-src 'self'"]),
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => escapes[character] ?? '')

/** A card in the middle of a page, before anybody is known. @param body HTML; @param script ours, never of a caller's text */
export function plainPage(
  language: Language,
  { title, body, script }: { readonly title: string; readonly body: string; readonly script?: string },
): string {
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)} – Fleetloom</title>
<style>${style}</style>
</head>
<body>
<main>
${body}
</main>
${script === undefined ? '' : `<script>${script}</script>`}
</body>
</html>
`
}
