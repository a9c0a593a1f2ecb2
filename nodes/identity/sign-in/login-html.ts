import { createHash } from 'node:crypto'

const style = `
:root { color-scheme: light dark; --page: #f4f6f8; --card: #fff; --text: #17212b; --muted: #526170; --line: #8795a3;
  --accent: #0b5fa5; --on-accent: #fff; --error: #a3161b; --error-page: #fdecec }
@media (prefers-color-scheme: dark) {
  :root { --page: #10161c; --card: #1a232c; --text: #e8edf2; --muted: #a9b6c2; --line: #6b7a88;
    --accent: #6fb6f2; --on-accent: #0b1620; --error: #ffb4b0; --error-page: #3b1719 }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; min-height: 100dvh; display: grid; place-items: center; padding: 1rem;
  background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 24rem; padding: 2rem; border-radius: .75rem; background: var(--card);
  box-shadow: 0 1px 3px #0003, 0 8px 24px #0001 }
h1 { margin: 0 0 1.5rem; font-size: 1.5rem; line-height: 1.2 }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600 }
input, button { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; border-radius: .375rem; font: inherit }
input { border: 1px solid var(--line); background: var(--card); color: var(--text) }
button { margin-top: 1.5rem; border: 0; background: var(--accent); color: var(--on-accent); font-weight: 600; cursor: pointer }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.note { margin: 0 0 1rem; color: var(--muted) }
.error { margin: 0 0 1rem; padding: .75rem; border-radius: .375rem; background: var(--error-page); color: var(--error) }
.other { margin: 1.5rem 0 0; text-align: center }
a { color: var(--accent) }
`

/** Nothing but our own style and a form to ourselves. */
export const loginPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

export interface LoginView {
  /** Where to go afterwards; undefined lets the role decide. */
  readonly next?: string | undefined
  readonly email?: string | undefined
  readonly error?: string | undefined
  /** Whether to ask for a code of the second factor, too. */
  readonly isCodeWanted?: boolean | undefined
  /** Where people go who have an account at the identity provider. */
  readonly singleSignOn?: string | undefined
  /** Who is signed in already. */
  readonly current?: string | undefined
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character] ?? '')

export function loginHtml({
  current,
  email = '',
  error,
  isCodeWanted = false,
  next,
  singleSignOn,
}: LoginView): string {
  const isRetry = error !== undefined
  const described = isRetry ? ' aria-describedby="error" aria-invalid="true"' : ''
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${isRetry ? 'Error: ' : ''}Sign in – Fleetloom</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Sign in to Fleetloom</h1>
${isRetry ? `<p class="error" id="error" role="alert">${escape(error)}</p>` : ''}
${current === undefined ? '' : `<p class="note">You are signed in as ${escape(current)}. <a href="${escape(next ?? '/')}">Continue</a>, or sign in as somebody else:</p>`}
<form method="post" action="/login">
${next === undefined ? '' : `<input type="hidden" name="next" value="${escape(next)}">`}
<label for="email">E-mail</label>
<input id="email" name="email" type="email" value="${escape(email)}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="254" required${described}${email === '' ? ' autofocus' : ''}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="1024" required${described}${email === '' ? '' : ' autofocus'}>
${isCodeWanted ? '<label for="code">Code</label>\n<input id="code" name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" maxlength="64" required>\n' : ''}<button type="submit">Sign in</button>
</form>
${singleSignOn === undefined ? '' : `<p class="note other"><a href="${escape(singleSignOn)}${next === undefined ? '' : `?next=${encodeURIComponent(next)}`}">Sign in with your organization’s account</a></p>`}
</main>
</body>
</html>
`
}
