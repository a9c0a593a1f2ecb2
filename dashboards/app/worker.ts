/**
 * What browsers run of the customers' page while it is closed: it shows what they are told. Nothing is kept for when there is
 * no network, since all of it is somebody's own.
 */

/** What is used of a service worker's scope: one program cannot have the types of workers and those of pages. */
interface Scope {
  readonly registration: {
    showNotification(title: string, options: NotificationOptions): Promise<void>
  }
  readonly clients: {
    matchAll(options: {
      readonly type: 'window'
      readonly includeUncontrolled: true
    }): Promise<readonly Page[]>
    openWindow(url: string): Promise<unknown>
    claim(): Promise<void>
  }
  skipWaiting(): Promise<void>
  addEventListener<K extends keyof Happenings>(name: K, listener: (event: Happenings[K]) => void): void
}
interface Page {
  readonly url: string
  focus(): Promise<Page>
  navigate(url: string): Promise<unknown>
}
interface Lasting {
  waitUntil(work: Promise<unknown>): void
}
interface Happenings {
  readonly install: Lasting
  readonly activate: Lasting
  readonly push: Lasting & { readonly data: { json(): Told } | null }
  readonly notificationclick: Lasting & { readonly notification: Notification }
}
/** As the platform sends it. */
interface Told {
  /** Of the delivery: the same when it comes again. */
  readonly id: string
  readonly title: string
  readonly text: string
}

// oxlint-disable-next-line no-unsafe-type-assertion -- this file runs in no page
const scope = globalThis as unknown as Scope
const bookings = '/app#bookings'

// Another version takes over at once: there is nothing of the old one that a page could rely on.
scope.addEventListener('install', (event) => event.waitUntil(scope.skipWaiting()))
scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()))

scope.addEventListener('push', (event) => {
  const told = event.data?.json()
  if (told === undefined) return
  const { id: tag, text: body, title } = told
  event.waitUntil(scope.registration.showNotification(title, { body, tag, icon: '/app/icon.png' }))
})

scope.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(show())
})

/** The page that is open, else another. */
async function show(): Promise<void> {
  const pages = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const open = pages.find(({ url }) => new URL(url).pathname === '/app')
  if (open === undefined) await scope.clients.openWindow(bookings)
  else await (await open.focus()).navigate(bookings)
}
