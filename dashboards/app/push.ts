/** Being told in this browser, by Web Push. */
import type { Client } from '../../client/client.ts'
import {
  createPushSubscription,
  deletePushSubscription,
  getNotificationPreferences,
  listPushSubscriptions,
  setNotificationPreferences,
} from '../../client/generated/operations.ts'
import { language } from '../kit/language.ts'

/** `unable`: the browser has no Web Push here; `blocked`: its owner does not let this page. */
export type Telling = 'unable' | 'blocked' | 'off' | 'on'

const scope = '/app'
/** Which subscription of the platform's this browser has: that of whoever turned it on. */
const known = 'fleetloom.push'

const isAble = (): boolean =>
  'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis

async function subscribed(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration(scope)
  return (await registration?.pushManager.getSubscription()) ?? null
}

export async function tellingHere(client: Client): Promise<Telling> {
  if (!isAble()) return 'unable'
  if (Notification.permission === 'denied') return 'blocked'
  if ((await subscribed()) === null) return 'off'
  const { items, publicKey } = await client.call(listPushSubscriptions, {})
  const isMine = items.some(({ id }) => id === localStorage.getItem(known))
  return isMine && keyOf(await subscribed()) === publicKey ? 'on' : 'off'
}

/** Asks the browser, then has the platform tell here, in the language of this page. */
export async function tellHere(client: Client): Promise<Telling> {
  if ((await Notification.requestPermission()) !== 'granted')
    return Notification.permission === 'denied' ? 'blocked' : 'off'
  await navigator.serviceWorker.register('/app/worker.js', { scope })
  const { pushManager } = await navigator.serviceWorker.ready
  const { publicKey } = await client.call(listPushSubscriptions, {})
  const before = await pushManager.getSubscription()
  if (before !== null && keyOf(before) !== publicKey) await before.unsubscribe()
  const applicationServerKey = bytesOf(publicKey)
  const { endpoint, expirationTime, keys } = (
    await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey })
  ).toJSON()
  const body = {
    endpoint: endpoint ?? '',
    expirationTime: expirationTime ?? null,
    keys: { p256dh: keys?.['p256dh'] ?? '', auth: keys?.['auth'] ?? '' },
  }
  const { subscription } = await client.call(createPushSubscription, { body })
  localStorage.setItem(known, subscription.id)
  const { preferences } = await client.call(getNotificationPreferences, {})
  await client.call(setNotificationPreferences, { body: { ...preferences, language: languageOfNotices() } })
  return 'on'
}

/** Whoever uses this browser next is not told what this one was. */
export async function tellNoMore(client: Client): Promise<void> {
  const id = localStorage.getItem(known)
  if (id === null) return
  localStorage.removeItem(known)
  if (isAble()) await (await subscribed())?.unsubscribe()
  await client.call(deletePushSubscription, { params: { subscriptionId: id } })
}

const languageOfNotices = (): 'en' | 'fr' | 'pt' =>
  language === 'pt-BR' ? 'pt' : language === 'fr' ? 'fr' : 'en'

const bytesOf = (base64url: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (each) => each.charCodeAt(0))

function keyOf(subscription: PushSubscription | null): string {
  const key = new Uint8Array(subscription?.options.applicationServerKey ?? new ArrayBuffer())
  return btoa(String.fromCharCode(...key))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
