import type { Language } from '../../platform/kit/language.ts'
import { loginTexts, type LoginTexts } from './login-texts.ts'
import { escapeHtml, plainPage } from './plain-page.ts'

export interface LoginView {
  /** Where to go afterwards; undefined lets the role decide. */
  readonly next?: string | undefined
  readonly email?: string | undefined
  /** What went wrong, in the reader's words. */
  readonly error?: ((texts: LoginTexts, language: Language) => string) | undefined
  /** Whether to ask for a code of the second factor, too. */
  readonly isCodeWanted?: boolean | undefined
  /** Where people go who have an account at the identity provider. */
  readonly singleSignOn?: string | undefined
  /** Who is signed in already. */
  readonly current?: string | undefined
}

export function loginHtml(
  language: Language,
  { current, email = '', error, isCodeWanted = false, next, singleSignOn }: LoginView,
): string {
  const texts = loginTexts[language]
  const isRetry = error !== undefined
  const described = isRetry ? ' aria-describedby="error" aria-invalid="true"' : ''
  const body = `<h1>${texts.heading}</h1>
${isRetry ? `<p class="error" id="error" role="alert">${escapeHtml(error(texts, language))}</p>` : ''}
${current === undefined ? '' : `<p class="note">${escapeHtml(texts.signedInAs(current))} <a href="${escapeHtml(next ?? '/')}">${texts.goOn}</a>${texts.orAsOther}</p>`}
<form method="post" action="/login">
${next === undefined ? '' : `<input type="hidden" name="next" value="${escapeHtml(next)}">`}
<label for="email">${texts.email}</label>
<input id="email" name="email" type="email" value="${escapeHtml(email)}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="254" required${described}${email === '' ? ' autofocus' : ''}>
<label for="password">${texts.password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="1024" required${described}${email === '' ? '' : ' autofocus'}>
${isCodeWanted ? `<label for="code">${texts.code}</label>\n<input id="code" name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" maxlength="64" required>\n` : ''}<button type="submit">${texts.signIn}</button>
</form>
${singleSignOn === undefined ? '' : `<p class="note other"><a href="${escapeHtml(singleSignOn)}${next === undefined ? '' : `?next=${encodeURIComponent(next)}`}">${texts.singleSignOn}</a></p>`}`
  return plainPage(language, { title: `${isRetry ? `${texts.error}: ` : ''}${texts.title}`, body })
}
