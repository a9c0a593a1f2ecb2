import { setTimeout as pause } from 'node:timers/promises'
import type { PaymentFaults } from './faults.ts'
import type { Notice, Protocol } from './protocol.ts'

const maxTries = 6

/** Tells of a payment until it is heard, as providers do. */
export async function tell(
  notice: Notice,
  url: string,
  protocol: Pick<Protocol, 'sign'>,
  faults: PaymentFaults,
  signal: AbortSignal,
): Promise<void> {
  if (faults.isSilent) return
  await pause(faults.delayMs, undefined, { signal })
  for (let tries = 0; tries < maxTries; tries += 1) {
    const isHeard = await send(url, protocol.sign(notice, Date.now()))
    if (isHeard && faults.isDoubled) await send(url, protocol.sign(notice, Date.now()))
    if (isHeard) return
    await pause(500 * 2 ** tries, undefined, { signal })
  }
}

async function send(url: string, { body, headers }: Notice): Promise<boolean> {
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    signal: AbortSignal.timeout(5000),
  }
  return fetch(url, request).then(
    ({ ok }) => ok,
    () => false,
  )
}
