import { describe, expect, it } from 'vitest'
import { callOperation } from '../http/call-operation.fixture.ts'
import { aRecord } from '../devices/device.fixture.ts'
import { operation } from './operations/import-history.ts'
import { ImportSlots } from './import-slots.ts'

describe('imports at once', () => {
  it('are bounded for each organization and for the process, and make room when they end', () => {
    const slots = new ImportSlots({ ofOrganization: 2, ofProcess: 3 })
    const [first, second] = [slots.take('acme'), slots.take('acme')]
    expect(slots.take('acme')).toBeUndefined()
    const other = slots.take('other')
    expect(other).toBeDefined()
    expect(slots.take('third')).toBeUndefined()
    first?.()
    expect(slots.take('third')).toBeDefined()
    second?.()
    other?.()
    expect(slots.take('acme')).toBeDefined()
  })

  it('beyond them are asked to come back, and one that ends, well or not, gives its place back', async () => {
    const importSlots = new ImportSlots({ ofOrganization: 1 })
    const needed = {
      audit: { noteAct: () => Promise.resolve() },
      clock: { nowMs: () => 0 },
      latest: { put: () => Promise.resolve() },
      series: {
        rawValues: () => Promise.resolve([]),
        append: () => Promise.resolve({ durable: Promise.resolve() }),
        flush: () => Promise.resolve(),
      },
      devices: { directory: { lookup: () => aRecord() } },
      quotas: { isFull: () => false },
      telemetry: { importSlots },
    }
    const call = { params: { id: 'd1' }, body: 'ts,port,value\n' }
    const giveBack = importSlots.take('acme')
    expect(await callOperation(operation, needed, call)).toMatchObject({
      status: 429,
      headers: { 'Retry-After': '5' },
    })
    giveBack?.()
    for (let round = 0; round < 2; round += 1)
      expect(await callOperation(operation, needed, call)).toMatchObject({ status: 200 })
    const broken = { ...needed, series: { ...needed.series, flush: () => Promise.reject(new Error('disk')) } }
    await expect(callOperation(operation, broken, call)).rejects.toThrow('disk')
    expect(await callOperation(operation, needed, call)).toMatchObject({ status: 200 })
  })
})
