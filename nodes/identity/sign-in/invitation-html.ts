import type { Language } from '../../platform/kit/language.ts'
import { maxPasswordLength } from '../password.ts'
import { loginTexts } from './login-texts.ts'
import { escapeHtml, plainPage } from './plain-page.ts'

/** Ways to choose a password with a token, each at a page of its own: `/login/{kind}#{token}`. */
export const linkKinds = ['invitation', 'reset'] as const
export type LinkKind = (typeof linkKinds)[number]

const endpoints: Readonly<Record<LinkKind, string>> = {
  invitation: '/api/v1/auth/invitations/accept',
  reset: '/api/v1/auth/password/reset',
}

/**
 * The token is behind the `#`, which browsers send nowhere, so no log and no Referer has it; and out of the address at once, so no
 * history does. What was chosen goes to the API, then with the e-mail of its answer to `/login` as from its own form: a second
 * factor is asked for there, where there is one.
 */
export const invitationScript = `
const form = document.querySelector('form')
const fields = form.elements
const error = document.getElementById('error')
fields.token.value = decodeURIComponent(location.hash.slice(1))
history.replaceState(null, '', location.pathname)
if (fields.token.value !== '') document.getElementById('asked').hidden = true
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const button = form.querySelector('button')
  button.disabled = true
  error.hidden = true
  const body = { token: fields.token.value.trim(), password: fields.password.value }
  const name = fields.name?.value.trim() ?? ''
  if (name !== '') body.name = name
  try {
    const answer = await fetch(form.dataset.endpoint, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
    const said = await answer.json()
    if (!answer.ok) throw new Error(said.detail ?? said.title)
    document.getElementById('email').value = said.user.email
    document.getElementById('chosen').value = body.password
    document.getElementById('enter').submit()
  } catch (problem) {
    error.textContent = problem instanceof TypeError || problem instanceof SyntaxError ? form.dataset.failed : problem.message
    error.hidden = false
    button.disabled = false
    fields.password.focus()
  }
})
`

export function invitationHtml(language: Language, kind: LinkKind): string {
  const { invitation: texts } = loginTexts[language]
  const isInvitation = kind === 'invitation'
  const title = isInvitation ? texts.title : texts.resetTitle
  const body = `<h1>${title}</h1>
<noscript><p class="error">${texts.needsScript}</p></noscript>
<p class="error" id="error" role="alert" hidden></p>
<form data-endpoint="${endpoints[kind]}" data-failed="${escapeHtml(texts.failed)}">
<div id="asked">
<label for="token">${texts.token}</label>
<input id="token" name="token" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="256" required>
</div>
${
  isInvitation
    ? `<label for="name">${texts.name}</label>
<input id="name" name="name" autocomplete="name" maxlength="100" aria-describedby="name-hint">
<p class="hint" id="name-hint">${texts.nameHint}</p>`
    : ''
}
<label for="password">${texts.password}</label>
<input id="password" name="password" type="password" autocomplete="new-password" maxlength="${maxPasswordLength}" required aria-describedby="password-hint">
<p class="hint" id="password-hint">${texts.passwordHint}</p>
<button type="submit">${isInvitation ? texts.accept : texts.reset}</button>
</form>
<form id="enter" method="post" action="/login" hidden>
<input id="email" name="email" type="hidden">
<input id="chosen" name="password" type="hidden">
</form>`
  return plainPage(language, { title, body, script: invitationScript })
}
