import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { sign } from '../../engines/payments/standard-webhooks.ts'
import type { SandboxCheckout } from '../../engines/payments/sandbox.ts'
import type { PaymentFaults } from './faults.ts'

const maxTries = 6

/** Tells of a checkout until it is heard, as providers do. */
export async function tellOf(
  checkout: SandboxCheckout,
  url: string,
  secret: string,
  faults: PaymentFaults,
  signal: AbortSignal,
): Promise<void> {
  if (faults.isSilent) return
  const id = `msg_${randomUUID()}`
  const event = { type: `checkout.${checkout.status}`, timestamp: new Date().toISOString(), data: checkout }
  const body = JSON.stringify(event)
  await pause(faults.delayMs, undefined, { signal })
  for (let tries = 0; tries < maxTries; tries += 1) {
    const isHeard = await send(url, secret, id, body)
    if (isHeard && faults.isDoubled) await send(url, secret, id, body)
    if (isHeard) return
    await pause(500 * 2 ** tries, undefined, { signal })
  }
}

async function send(url: string, secret: string, id: string, body: string): Promise<boolean> {
  const seconds = Math.floor(Date.now() / 1000)
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': sign(secret, { id, seconds, body }),
  }
  const request = { method: 'POST', headers, body, signal: AbortSignal.timeout(5000) }
  return fetch(url, request).then(
    ({ ok }) => ok,
    () => false,
  )
}
