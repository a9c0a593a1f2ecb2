import { Api } from './api.ts'
import { h } from './dom.ts'
import { type LiveListener, type Live, openLive } from './live.ts'
import { failurePanel, panel } from './panel.ts'
import { openSession, pageUrl, rememberOrganization, type Session } from './session.ts'
import { applyStyles } from './style-sheets.ts'
import { followScheme } from './styles.ts'
import { toolbar } from './toolbar.ts'

/** The dashboard's router, as the templates pass it on. */
export interface Router {
  push(url: string): unknown
  afterEach(listener: () => void): () => void
}

/** What a page is given; everything it starts ends with `signal`. */
export interface PageContext {
  readonly body: HTMLElement
  readonly session: Session
  readonly api: Api
  readonly router: Router
  readonly signal: AbortSignal
  readonly openLive: (listener: LiveListener) => Live
  readonly href: (page: 'overview' | 'device', deviceId?: string) => string
}

export type Page = (context: PageContext) => void

/**
 * Puts a page into the dashboard's template: finds out who is signed in and which organization is meant, starts the
 * page, and starts it anew for another organization.
 */
export async function mountPage(root: HTMLElement, router: Router, page: Page): Promise<() => void> {
  const mounted = new AbortController()
  applyStyles()
  root.className = 'fl'
  followScheme(root, mounted.signal)
  let running: AbortController | undefined

  const start = async (): Promise<void> => {
    running?.abort()
    const current = new AbortController()
    running = current
    const signal = AbortSignal.any([mounted.signal, current.signal])
    const outcome = await openSession(signal)
    if (signal.aborted) return
    if (outcome.kind === 'failed') {
      root.replaceChildren(failurePanel(outcome, () => void start()))
      if (outcome.reason === 'unreachable' || outcome.reason === 'broken') retryLater(signal, start)
      return
    }
    if (outcome.kind === 'no-organization') {
      root.replaceChildren(noOrganization())
      return
    }
    const { session } = outcome
    const bar = toolbar(session, (id) => {
      rememberOrganization(id)
      router.push(pageUrl({ ...session, organization: id }, 'overview'))
      void start()
    })
    const body = h('div', { class: 'fl-body' })
    root.replaceChildren(bar.element, body)
    page({
      body,
      session,
      router,
      signal,
      api: new Api(session.organization, signal),
      href: (target, deviceId) => pageUrl(session, target, deviceId),
      openLive(listener) {
        const live = openLive(session.organization, {
          ...listener,
          onStatus(status) {
            bar.showLive(status)
            listener.onStatus(status)
          },
        })
        signal.addEventListener('abort', () => live.close())
        return live
      },
    })
  }
  root.addEventListener('click', (event) => followLink(event, router), { signal: mounted.signal })
  await start()
  return () => mounted.abort()
}

const retryMs = 5000

function retryLater(signal: AbortSignal, start: () => Promise<void>): void {
  const timer = window.setTimeout(() => void start(), retryMs)
  signal.addEventListener('abort', () => window.clearTimeout(timer))
}

/** Our links are real ones; a plain click stays within the page that is loaded. */
function followLink(event: MouseEvent, router: Router): void {
  const link = event.target instanceof Element ? event.target.closest('a') : null
  const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
  if (link === null || !isPlain || !link.pathname.startsWith('/dashboard/')) return
  event.preventDefault()
  router.push(link.pathname + link.search)
}

function noOrganization(): HTMLElement {
  return panel({
    kind: 'empty',
    title: 'No organization yet',
    text: 'Devices belong to organizations. Create the first one with POST /api/v1/organizations.',
    action: h('a', { class: 'fl-button', href: '/api/v1/docs' }, 'Open the API’s documentation'),
  })
}
