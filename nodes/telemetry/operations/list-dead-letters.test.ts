import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import type { Store } from '../../platform/store/port.ts'
import { openSqliteStore } from '../../../engines/store/sqlite.ts'
import { deadLetterCollection } from '../dead-letter-box.ts'
import { operation } from './list-dead-letters.ts'

const MiB = 1024 * 1024

async function storeWith(payloadSizes: readonly number[]): Promise<Store> {
  const directory = await mkdtemp(path.join(tmpdir(), 'fleetloom-letters-'))
  const store = await openSqliteStore({ directory })
  onTestFinished(async () => {
    await store.close()
    await rm(directory, { recursive: true })
  })
  const letters = store.organization('acme').collection(deadLetterCollection)
  for (const [index, payloadBytes] of payloadSizes.entries()) {
    await letters.insert({
      id: `letter-${index}`,
      deviceId: 'd1',
      topic: 't',
      reason: 'not-json',
      detail: '',
      payloadBase64: '',
      payloadBytes,
      receivedAt: `2025-09-06T12:00:${String(index).padStart(2, '0')}.000Z`,
      replayedAt: null,
    })
  }
  return store
}

const list = (store: Store, query: object): ReturnType<typeof operation.handle> =>
  operation.handle(
    {
      params: {},
      query: { limit: 50, ...query },
      body: undefined,
      principal: undefined,
      orgId: 'acme',
      requestId: '',
      address: '',
    },
    { store },
  )

const pageOf = (outcome: unknown): { items: unknown[]; nextCursor?: string | undefined } =>
  z
    .object({ body: z.object({ items: z.array(z.unknown()), nextCursor: z.string().optional() }) })
    .parse(outcome).body

describe('a list of dead letters', () => {
  test('is newest first and goes on past what the store gives at once', async () => {
    const store = await storeWith([1, 1, 1])
    expect(await list(store, { limit: 2 })).toMatchObject({
      body: { items: [{ id: 'letter-2' }, { id: 'letter-1' }], nextCursor: expect.any(String) },
    })
  })

  test('ends a page where it gets heavy, and the next page goes on there', async () => {
    const store = await storeWith(Array.from({ length: 11 }, () => MiB))
    const { items, nextCursor } = pageOf(await list(store, {}))
    expect(items).toHaveLength(10)
    const rest = pageOf(await list(store, { cursor: nextCursor }))
    expect(rest.items).toHaveLength(1)
    expect(rest.nextCursor).toBeUndefined()
  })
})
