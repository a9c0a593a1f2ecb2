import { z } from 'zod'
import type { ApiClient } from './api-client.ts'

export const readingSchema = z.object({
  ts: z.string(),
  port: z.int(),
  rawValue: z.number(),
  calibratedValue: z.number(),
  quality: z.string(),
  ingestTs: z.string(),
})
export type StoredReading = z.output<typeof readingSchema>

export const latestSchema = z.object({
  items: z.array(readingSchema.omit({ ingestTs: true })),
})

export const deadLetterSchema = z.object({
  id: z.string(),
  deviceId: z.string(),
  topic: z.string(),
  reason: z.string(),
  detail: z.string(),
  payloadBase64: z.string(),
  payloadBytes: z.int(),
  receivedAt: z.string(),
  replayedAt: z.string().nullable(),
})
export type StoredDeadLetter = z.output<typeof deadLetterSchema>

const identified = z.object({ id: z.string() })
const registered = z.object({ credential: z.object({ username: z.string(), password: z.string() }) })

/** What a device needs to speak to the platform. */
export interface DeviceAccess {
  readonly id: string
  readonly password: string
  readonly orgId: string
  readonly topic: string
}

/** A new organization; the client for it. */
export async function createOrganization(api: ApiClient, name: string): Promise<ApiClient> {
  const { id } = await api.expect(identified, 'POST', '/api/v1/organizations', { body: { name } })
  return api.in(id)
}

export const telemetryTopic = (orgId: string, deviceId: string): string =>
  `org/${orgId}/device/${deviceId}/telemetry`

/** Registers a port monitor, or what `body` says. */
export async function registerDevice(
  api: ApiClient,
  id: string,
  body: Readonly<Record<string, unknown>> = {},
): Promise<DeviceAccess> {
  const { credential } = await api.expect(registered, 'POST', '/api/v1/devices', {
    body: { id, classKey: 'port-monitor', name: id, ...body },
  })
  const orgId = api.organization ?? ''
  return { id, password: credential.password, orgId, topic: telemetryTopic(orgId, id) }
}

/** A class, `talker`, whose devices are offline when they have said nothing for a second. */
export async function createTalkerClass(api: ApiClient): Promise<void> {
  await api.expect(z.unknown(), 'POST', '/api/v1/device-classes', {
    body: {
      key: 'talker',
      name: 'Talker',
      topics: { telemetry: 'talkers/{device}' },
      decode: { shape: 'readings' },
      ports: [{ port: 1, name: 'one' }],
      offlineAfterMs: 1000,
    },
  })
}

/** The Authorization header of a device that speaks HTTP. */
export const basicOf = ({ id, password }: Pick<DeviceAccess, 'id' | 'password'>): string =>
  `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}`

export const readingsOf = (api: ApiClient, deviceId: string, query = ''): Promise<readonly StoredReading[]> =>
  api.all(readingSchema, `/api/v1/devices/${deviceId}/readings?limit=10000${query}`)

/** Small pages, since payloads may be large. */
export const deadLettersOf = (api: ApiClient, query = ''): Promise<readonly StoredDeadLetter[]> =>
  api.all(deadLetterSchema, `/api/v1/dead-letters?limit=100${query}`)
