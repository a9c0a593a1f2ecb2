import { z } from 'zod'
import type { DeviceCredential } from '../load/protocol.ts'
import { portsOf } from './target.ts'

const registeringAtOnce = 16

const loginSchema = z.object({ accessToken: z.string() })
const createdSchema = z.object({ id: z.string() })
const registeredSchema = z.object({ credential: z.object({ username: z.string(), password: z.string() }) })

interface Call {
  readonly base: string
  readonly path: string
  readonly body: unknown
  readonly token?: string
  readonly organization?: string
}

async function post({ base, path, body, token, organization }: Call): Promise<unknown> {
  for (;;) {
    const response = await fetch(base + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(organization === undefined ? {} : { 'x-organization': organization }),
      },
      body: JSON.stringify(body),
    })
    if (response.ok) return response.json()
    const text = await response.text()
    const waitSeconds = Number(response.headers.get('retry-after') ?? '1')
    if (response.status !== 429 || !(waitSeconds <= 60)) {
      throw new Error(`POST ${path}: ${response.status} ${text.slice(0, 500)}`)
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    setTimeout(resolve, waitSeconds * 1000)
    await promise
  }
}

/** Makes something of the fleet's organization over the API. */
export type Create = (path: string, body: unknown) => Promise<unknown>

/** Registers the fleet over the platform's public API, as an integrator's script would. */
export async function registerFleet(
  base: string,
  admin: { email: string; password: string },
  ids: readonly string[],
  portPairs: number,
  prepare?: (create: Create) => Promise<void>,
): Promise<DeviceCredential[]> {
  const { accessToken: token } = loginSchema.parse(
    await post({ base, path: '/api/v1/auth/login', body: admin }),
  )
  const { id: organization } = createdSchema.parse(
    await post({ base, path: '/api/v1/organizations', body: { name: 'bench' }, token }),
  )
  const ports = portsOf(portPairs)
  const devices: DeviceCredential[] = []
  const queue = ids.entries()
  const registerNext = async (): Promise<void> => {
    for (const [index, id] of queue) {
      const body = { id, classKey: 'port-monitor', name: id, ports }
      const answer = await post({ base, path: '/api/v1/devices', body, token, organization })
      const { credential } = registeredSchema.parse(answer)
      devices[index] = { ...credential, topic: `org/${organization}/device/${id}/telemetry` }
    }
  }
  await Promise.all(Array.from({ length: registeringAtOnce }, registerNext))
  await prepare?.((path, body) => post({ base, path, body, token, organization }))
  return devices
}
