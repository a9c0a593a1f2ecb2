import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { utf8Bytes } from '../platform/kit/bytes.ts'
import type { Store } from '../platform/store/port.ts'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../engines/store/testing/processes.ts'
import { deadLetterCollection, StoreDeadLetterBox } from './dead-letter-box.ts'
import type { DeadLetter, Reject } from './dead-letter.ts'
import { noonMs } from './reading.fixture.ts'

const aReject = (changes: Partial<Reject> = {}): Reject => ({
  orgId: 'acme',
  deviceId: 'd1',
  topic: 'org/acme/device/d1/telemetry',
  reason: 'not-json',
  detail: 'Unexpected token',
  payload: utf8Bytes('{'),
  receivedAt: noonMs,
  offset: '7',
  index: 0,
  ...changes,
})

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let store: Store
let box: StoreDeadLetterBox

beforeEach(async () => {
  directory = await temporaryDirectory()
  store = await openSqliteStore({ directory: directory.path })
  let next = 0
  box = new StoreDeadLetterBox(store, () => `id-${(next += 1)}`)
})

afterEach(async () => {
  await store.close()
  await directory.remove()
})

const lettersOf = async (orgId: string): Promise<DeadLetter[]> =>
  (await store.organization(orgId).collection(deadLetterCollection).find()).items.map(
    ({ document }) => document,
  )

describe('the dead letter box', () => {
  test('keeps everything needed to understand and to replay', async () => {
    const payload = new Uint8Array([0xff, 0x00, 0x7b])
    await box.put([aReject({ payload, reason: 'not-utf8' })])
    expect(await lettersOf('acme')).toEqual([
      {
        id: '7.0.1757160000000',
        deviceId: 'd1',
        topic: 'org/acme/device/d1/telemetry',
        reason: 'not-utf8',
        detail: 'Unexpected token',
        payloadBase64: '/wB7',
        payloadBytes: 3,
        receivedAt: '2025-09-06T12:00:00.000Z',
        replayedAt: null,
      },
    ])
  })

  test('keeps the same reject once, however often its batch comes again', async () => {
    await box.put([aReject(), aReject({ index: 1, reason: 'unknown-port' })])
    await box.put([aReject(), aReject({ index: 1, reason: 'unknown-port' })])
    expect((await lettersOf('acme')).map(({ id }) => id)).toEqual(['7.0.1757160000000', '7.1.1757160000000'])
  })

  test('keeps each of those that never got into the stream', async () => {
    await box.put([aReject({ offset: '' }), aReject({ offset: '' })])
    expect((await lettersOf('acme')).map(({ id }) => id)).toEqual(['id-1', 'id-2'])
  })

  test('keeps organizations apart, and details short', async () => {
    await box.put([aReject(), aReject({ orgId: 'other', detail: 'x'.repeat(9000) })])
    expect(await lettersOf('acme')).toHaveLength(1)
    expect((await lettersOf('other'))[0]?.detail).toHaveLength(2000)
  })

  test('says so when it could not keep something', async () => {
    await store.close()
    await expect(box.put([aReject()])).rejects.toThrow('closed')
  })
})
