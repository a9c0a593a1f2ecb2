import type { ApiClient } from './api-client.ts'
import { type MessageLog, portOf } from './message-log.ts'
import type { Publisher } from './publisher.ts'
import { latestSchema, readingsOf, type StoredReading } from './resources.ts'
import { until } from './until.ts'

/** Of each kind the first few, in words; all lists are empty when the promise was kept. */
export interface Verdict {
  readonly sent: number
  readonly acknowledged: number
  readonly stored: number
  /** Acknowledged but not stored. */
  readonly lost: readonly string[]
  readonly storedTwice: readonly string[]
  /** Stored with another value than was sent, or wrongly calibrated. */
  readonly wrong: readonly string[]
  /** Received later than something that the device sent after it. */
  readonly outOfOrder: readonly string[]
  /** The newest stored reading of a port is not what `/latest` says. */
  readonly wrongLatest: readonly string[]
}

export const kept = { lost: [], storedTwice: [], wrong: [], outOfOrder: [], wrongLatest: [] }

/** How the devices of {@link registerFleet} are calibrated; sums and halves are exact. */
export const calibrations: Readonly<Record<number, { readonly scaling: number; readonly offset: number }>> = {
  1: { scaling: 2, offset: 10 },
  2: { scaling: 0.5, offset: -1 },
}

export interface Findings {
  stored: number
  readonly lost: string[]
  readonly storedTwice: string[]
  readonly wrong: string[]
  readonly outOfOrder: string[]
}

/** Reads everything back through the API and compares. */
export async function judge(api: ApiClient, publisher: Publisher): Promise<Verdict> {
  await allStored(api, publisher)
  const findings = nothingFound()
  const wrongLatest: string[] = []
  for (const { device, log } of publisher.connections) {
    const readings = await readingsOf(api, device.id)
    compare(findings, device.id, log, readings)
    wrongLatest.push(...(await latestFaults(api, device.id, readings)))
  }
  return { sent: publisher.sent, acknowledged: publisher.acknowledged, ...findings, wrongLatest }
}

/** What was acknowledged is durable, but may still be on its way through the flow. */
async function allStored(api: ApiClient, publisher: Publisher): Promise<void> {
  const waiting = new Set(publisher.connections)
  await until(
    'the last acknowledged reading of every device is stored',
    async () => {
      for (const connection of waiting) {
        const { device, log } = connection
        const last = lastAcknowledged(log)
        const from = last === undefined ? undefined : new Date(log.tsOf(last) ?? 0).toISOString()
        if (
          from === undefined ||
          (await readingsOf(api, device.id, `&from=${from}`)).some(({ rawValue }) => rawValue === last)
        )
          waiting.delete(connection)
      }
      return waiting.size === 0 ? true : undefined
    },
    { seconds: 60 },
    // What is missing after that is told by name below.
  ).catch(() => undefined)
}

function lastAcknowledged(log: MessageLog): number | undefined {
  for (let sequence = log.sent - 1; sequence >= 0; sequence -= 1)
    if (log.isAcknowledged(sequence)) return sequence
  return undefined
}

export const nothingFound = (): Findings => ({
  stored: 0,
  lost: [],
  storedTwice: [],
  wrong: [],
  outOfOrder: [],
})

/** One device's log beside all that is stored of it, by time. */
export function compare(
  into: Findings,
  id: string,
  log: MessageLog,
  readings: readonly StoredReading[],
): void {
  const bySequence = new Map<number, StoredReading>()
  let latestIngest = ''
  into.stored += readings.length
  for (const reading of readings) {
    const { calibratedValue, ingestTs, port, rawValue, ts } = reading
    if (bySequence.has(rawValue)) into.storedTwice.push(`${id} #${rawValue} ${ts}`)
    bySequence.set(rawValue, reading)
    const { scaling = 1, offset = 0 } = calibrations[port] ?? {}
    const isRight =
      log.tsOf(rawValue) === Date.parse(ts) &&
      portOf(rawValue) === port &&
      calibratedValue === rawValue * scaling + offset
    if (!isRight) into.wrong.push(`${id} #${rawValue}: ${JSON.stringify(reading)}`)
    if (ingestTs < latestIngest) into.outOfOrder.push(`${id} #${rawValue} ${ts}`)
    latestIngest = ingestTs
  }
  for (let sequence = 0; sequence < log.sent; sequence += 1) {
    if (log.isAcknowledged(sequence) && !bySequence.has(sequence)) into.lost.push(`${id} #${sequence}`)
  }
}

async function latestFaults(
  api: ApiClient,
  id: string,
  readings: readonly StoredReading[],
): Promise<readonly string[]> {
  const newest = new Map(readings.map(({ port, ts }) => [port, ts]))
  const { items } = await api.get(latestSchema, `/api/v1/devices/${id}/latest`)
  const known = new Map(items.map(({ port, ts }) => [port, ts]))
  return [...newest]
    .filter(([port, ts]) => known.get(port) !== ts)
    .map(([port, ts]) => `${id} port ${port}: ${known.get(port)} instead of ${ts}`)
}
