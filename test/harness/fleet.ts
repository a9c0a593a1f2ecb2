import type { ApiClient } from './api-client.ts'
import { calibrations, type Verdict } from './oracle.ts'
import { createOrganization, type DeviceAccess, registerDevice } from './resources.ts'

export interface Fleet {
  readonly api: ApiClient
  readonly devices: readonly DeviceAccess[]
}

/** An organization with port monitors, calibrated as the oracle expects. */
export async function registerFleet(api: ApiClient, count: number): Promise<Fleet> {
  const name = `fleet-${Math.random().toString(36).slice(2, 8)}`
  const own = await createOrganization(api, name)
  const ports = Object.entries(calibrations).map(([port, { offset, scaling }]) => ({
    port: Number(port),
    offset,
    scaling,
  }))
  const devices: DeviceAccess[] = []
  for (let index = 0; index < count; index += 1) {
    devices.push(await registerDevice(own, `${name}-${index}`, { ports }))
  }
  return { api: own, devices }
}

/** A line with the figures of a verdict, for whoever reads the output. */
export function report(what: string, verdict: Verdict): void {
  const { acknowledged, lost, outOfOrder, sent, stored, storedTwice, wrong } = verdict
  process.stdout.write(
    `${what}: ${sent} sent, ${acknowledged} acknowledged, ${stored} stored, ${lost.length} lost, ` +
      `${storedTwice.length} stored twice, ${wrong.length} wrong, ${outOfOrder.length} out of order\n`,
  )
}
