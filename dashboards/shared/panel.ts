import type { Failure, FailureReason } from './api.ts'
import { h } from './dom.ts'

interface PanelParts {
  readonly kind: 'empty' | 'error'
  readonly title: string
  readonly text: string
  readonly action?: HTMLElement | undefined
}

/** What stands in place of content that is not there. */
export function panel({ kind, title, text, action }: PanelParts): HTMLElement {
  return h(
    'div',
    { class: `fl-panel fl-panel--${kind}`, role: kind === 'error' ? 'alert' : undefined },
    h('h2', { class: 'fl-panel__title' }, title),
    h('p', { class: 'fl-panel__text' }, text),
    action,
  )
}

const texts: Readonly<Record<FailureReason, readonly [title: string, text: string]>> = {
  'signed-out': ['You are signed out', 'Your session has ended. Sign in to go on where you were.'],
  forbidden: ['Not for you to see', 'Your role does not include this page. Ask an administrator for access.'],
  missing: ['No such device', 'It does not exist, or it belongs to another organization.'],
  unreachable: ['The platform does not answer', 'Check the connection; this page tries again by itself.'],
  broken: ['Something went wrong', 'The platform could not answer. This page tries again by itself.'],
}

export function failurePanel({ reason, requestId }: Failure, retry: () => void): HTMLElement {
  const [title, text] = texts[reason]
  return panel({
    kind: 'error',
    title,
    text: requestId === undefined || reason !== 'broken' ? text : `${text} Request ${requestId}.`,
    action: reason === 'signed-out' ? signInLink() : reason === 'forbidden' ? undefined : retryButton(retry),
  })
}

function signInLink(): HTMLElement {
  const next = encodeURIComponent(location.pathname + location.search)
  return h('a', { class: 'fl-button fl-button--primary', href: `/login?next=${next}` }, 'Sign in')
}

function retryButton(retry: () => void): HTMLElement {
  const button = h('button', { class: 'fl-button', type: 'button' }, 'Try again')
  button.addEventListener('click', retry)
  return button
}
