import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ProvisioningKey, slotKeptMs, withoutSlot, withSlot } from './provisioning-key.ts'
import { Provisioning } from './provisioning.ts'
import { operation as createKey } from './operations/create-provisioning-key.ts'
import { operation as deleteKey } from './operations/delete-provisioning-key.ts'
import { operation as listKeys } from './operations/list-provisioning-keys.ts'
import { operation as provision } from './operations/provision.ts'
import { z } from 'zod'
import { credentialView } from '../devices/views.ts'
import { useFleet } from '../devices/operations/fleet.fixture.ts'
import { callOperation } from '../http/call-operation.fixture.ts'
import { nodeSecrets } from '../platform/secrets.ts'
import { virtualClock } from '../platform/testing/virtual-clock.fixture.ts'

const key: ProvisioningKey = {
  id: 'k1',
  name: 'hall',
  secretHash: '00',
  classKey: 'logger',
  maxDevices: 2,
  expiresAtMs: 1_000_000,
  createdAtMs: 0,
  devices: 0,
  slots: [],
}
const nowMs = 500_000
const nobody = (): boolean => false
const granted = (result: ReturnType<typeof withSlot>): ProvisioningKey => {
  if (typeof result === 'string') throw new Error(result)
  return result
}

describe('a key', () => {
  test('has as many slots as it may bring in devices', () => {
    const one = granted(withSlot(key, 'a', nowMs, nobody))
    const two = granted(withSlot(one, 'b', nowMs, nobody))
    expect(withSlot(two, 'c', nowMs, nobody)).toBe('exhausted')
    expect(withSlot(withoutSlot(two, 'b', false), 'c', nowMs, nobody)).toMatchObject({ slots: { length: 2 } })
    expect(withSlot(withoutSlot(two, 'b', true), 'c', nowMs, nobody)).toBe('exhausted')
  })

  test('gives back a slot that nobody came back for, unless it became a device', () => {
    const one = granted(withSlot({ ...key, maxDevices: 1 }, 'a', nowMs, nobody))
    expect(withSlot(one, 'b', nowMs + slotKeptMs - 1, nobody)).toBe('exhausted')
    expect(withSlot(one, 'b', nowMs + slotKeptMs, nobody)).toMatchObject({ devices: 0 })
    expect(withSlot(one, 'b', nowMs + slotKeptMs, (id) => id === 'a')).toBe('exhausted')
  })

  test('ends at its time, and has no limit without one', () => {
    expect(withSlot(key, 'a', 1_000_000, nobody)).toBe('expired')
    const endless = { ...key, maxDevices: null, expiresAtMs: null, devices: 1e9 }
    expect(withSlot(endless, 'a', 1e12, nobody)).toMatchObject({ slots: { length: 1 } })
  })

  test('never brings in more than it may, whatever happens in whatever order', () => {
    const step = fc.record({ kind: fc.constantFrom('ask', 'done', 'failed', 'wait'), id: fc.nat(9) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (steps, maxDevices) => {
        const devices = new Set<string>()
        let state: ProvisioningKey = { ...key, maxDevices, expiresAtMs: null }
        let atMs = nowMs
        for (const { id: number, kind } of steps) {
          const id = `d${number}`
          if (kind === 'wait') atMs += slotKeptMs / 2
          else if (kind === 'ask') {
            if (devices.has(id)) continue
            const next = withSlot(state, id, atMs, (one) => devices.has(one))
            if (typeof next !== 'string') state = next
          } else if (state.slots.some((slot) => slot.deviceId === id)) {
            if (kind === 'done') devices.add(id)
            state = withoutSlot(state, id, kind === 'done')
          }
          expect(devices.size).toBeLessThanOrEqual(maxDevices)
        }
      }),
      { seed: 7, numRuns: 300 },
    )
  })
})

describe('first contact', () => {
  const fleet = useFleet()
  const provisioning = (): Provisioning =>
    new Provisioning({
      clock: virtualClock(nowMs),
      secrets: nodeSecrets,
      store: fleet.store,
      devices: fleet.devices,
    })
  const needed = (): object => ({ ...fleet.needed, provisioning: provisioning() })
  const made = async (body: object): Promise<{ secret: string; key: { id: string } }> => {
    const answer = await callOperation(createKey, needed(), { body })
    expect(answer.status).toBe(201)
    return z.object({ secret: z.string(), key: z.object({ id: z.string() }) }).parse(answer.body)
  }
  const come = (body: object) => callOperation(provision, needed(), { body, orgId: '' })

  test('registers a device of the key’s class and organization, and shows its password once', async () => {
    const { secret } = await made({ classKey: 'logger' })
    const answer = await come({ key: secret, id: 'new-1', name: 'New' })
    expect(answer).toMatchObject({
      status: 201,
      body: { device: { id: 'new-1', name: 'New', classKey: 'logger', orgId: 'acme' } },
    })
    const { credential } = z.object({ credential: credentialView }).parse(answer.body)
    expect(fleet.devices.access.ownerOf('new-1', credential.password)).toBeDefined()
    expect(await come({ key: secret, id: 'new-1' })).toMatchObject({ status: 409 })
    const listed = await callOperation(listKeys, needed())
    expect(listed.body).toMatchObject({ items: [{ classKey: 'logger', devices: 1, maxDevices: null }] })
    expect(JSON.stringify(listed.body)).not.toContain(secret)
  })

  test('brings in no more than the key says, though all ask at once', async () => {
    const { secret } = await made({ classKey: 'logger', maxDevices: 3 })
    const answers = await Promise.all(Array.from({ length: 12 }, () => come({ key: secret })))
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b)
    expect(statuses).toEqual([201, 201, 201, ...Array.from({ length: 9 }, () => 409)])
  })

  test('is refused with a key that is wrong, revoked or over', async () => {
    const { key: made1, secret } = await made({ classKey: 'logger' })
    expect(await come({ key: 'no key' })).toMatchObject({ status: 401 })
    expect(
      await callOperation(deleteKey, needed(), { params: { id: made1.id }, orgId: 'other' }),
    ).toMatchObject({
      status: 404,
    })
    expect(await callOperation(deleteKey, needed(), { params: { id: made1.id } })).toMatchObject({
      status: 204,
    })
    expect(await come({ key: secret })).toMatchObject({ status: 401 })
    const over = { classKey: 'logger', expiresAt: '1970-01-01T00:00:00Z' }
    expect(await callOperation(createKey, needed(), { body: over })).toMatchObject({ status: 422 })
    expect(await callOperation(createKey, needed(), { body: { classKey: 'none' } })).toMatchObject({
      status: 422,
    })
    expect(await come({ key: secret, orgId: 'acme' })).toMatchObject({ status: 400 })
  })
})
