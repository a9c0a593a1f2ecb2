import { z } from 'zod'
import { classKeySchema } from '../platform/identifiers.ts'
import { toIsoTime, toIsoTimeOrNull } from '../platform/kit/iso-time.ts'
import type { CollectionSpec } from '../platform/store/port.ts'

const slotSchema = z.strictObject({ deviceId: z.string(), atMs: z.number() })

const provisioningKeySchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  /** SHA-256, hex: the secret is 256 random bits, so a slow hash would add nothing. */
  secretHash: z.string(),
  classKey: classKeySchema,
  /** How many devices it may bring in, ever; null for any number. */
  maxDevices: z.int().min(1).nullable(),
  expiresAtMs: z.number().nullable(),
  createdAtMs: z.number(),
  /** Devices that it has brought in. */
  devices: z.int().min(0),
  /** Taken for devices that are just being registered. */
  slots: z.array(slotSchema),
})
export type ProvisioningKey = z.output<typeof provisioningKeySchema>

export const provisioningKeyCollection: CollectionSpec<ProvisioningKey> = {
  name: 'provisioning_keys',
  schema: provisioningKeySchema,
  uniqueEverywhere: { secret: ['secretHash'] },
  indexes: [['createdAtMs']],
  indexesEverywhere: [['secretHash']],
  audit: { without: ['slots'] },
}

/** A registration that takes longer has died on the way. */
export const slotKeptMs = 60_000

export type SlotRefusal = 'expired' | 'exhausted'

export const isExpired = ({ expiresAtMs }: ProvisioningKey, nowMs: number): boolean =>
  expiresAtMs !== null && expiresAtMs <= nowMs

/**
 * The key with a slot for the device, or why it has none left. A slot that nobody came back for is a device when there is
 * one, and free otherwise: so the limit holds whoever asks at once, and whatever dies meanwhile.
 */
export function withSlot(
  key: ProvisioningKey,
  deviceId: string,
  nowMs: number,
  isThere: (deviceId: string) => boolean,
): ProvisioningKey | SlotRefusal {
  if (isExpired(key, nowMs)) return 'expired'
  const left = key.slots.filter(({ atMs }) => atMs <= nowMs - slotKeptMs)
  const waiting = key.slots.filter(({ atMs }) => atMs > nowMs - slotKeptMs)
  const devices = key.devices + left.filter((slot) => isThere(slot.deviceId)).length
  if (key.maxDevices !== null && devices + waiting.length >= key.maxDevices) return 'exhausted'
  return { ...key, devices, slots: [...waiting, { deviceId, atMs: nowMs }] }
}

/** Once the device is registered, or will not be. */
export function withoutSlot(key: ProvisioningKey, deviceId: string, isRegistered: boolean): ProvisioningKey {
  const slots = key.slots.filter((slot) => slot.deviceId !== deviceId)
  const isCounted = slots.length < key.slots.length
  return { ...key, slots, devices: key.devices + (isRegistered && isCounted ? 1 : 0) }
}

export const provisioningKeyView = z.object({
  id: z.string(),
  name: z.string(),
  classKey: z.string(),
  maxDevices: z.int().nullable(),
  devices: z.int().describe('How many it has brought in'),
  expiresAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
})

export const viewProvisioningKey = ({
  classKey,
  createdAtMs,
  devices,
  expiresAtMs,
  id,
  maxDevices,
  name,
}: ProvisioningKey): z.output<typeof provisioningKeyView> => ({
  id,
  name,
  classKey,
  maxDevices,
  devices,
  expiresAt: toIsoTimeOrNull(expiresAtMs),
  createdAt: toIsoTime(createdAtMs),
})
