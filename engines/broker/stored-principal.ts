import { z } from 'zod'
import type { BrokerPrincipal, StoredPrincipal } from '../../nodes/platform/broker/port.ts'

const schema: z.ZodType<StoredPrincipal> = z.union([
  z.object({ kind: z.literal('device'), orgId: z.string(), deviceId: z.string() }),
  z.object({ kind: z.literal('service'), name: z.string() }),
])

/** Who it is, without what the gate has at hand with it: that is not for the disk. */
export function storedPrincipal(principal: BrokerPrincipal): StoredPrincipal {
  return principal.kind === 'device'
    ? { kind: 'device', orgId: principal.orgId, deviceId: principal.deviceId }
    : { kind: 'service', name: principal.name }
}

export const parseStoredPrincipal = (text: string): StoredPrincipal => schema.parse(JSON.parse(text))
