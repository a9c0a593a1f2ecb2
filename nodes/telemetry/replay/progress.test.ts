import { describe, expect, test } from 'vitest'
import { Progress } from './progress.ts'

const place = (offset: number, messages: number) => ({ offset: String(offset), receivedAt: offset, messages })
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('progress', () => {
  test('moves past a batch when it and all before it are durable', async () => {
    const progress = new Progress()
    const first = Promise.withResolvers<void>()
    progress.went(place(5, 5), first.promise)
    progress.went(place(9, 4), Promise.resolve())
    await turn()
    expect(progress.take()).toBeUndefined()
    first.resolve()
    await turn()
    expect(progress.take()).toEqual(place(9, 9))
    expect(progress.take()).toBeUndefined()
  })

  test('counts what could not be written down with what follows', async () => {
    const progress = new Progress()
    progress.went(place(5, 5), Promise.resolve())
    await turn()
    const taken = progress.take()
    progress.went(place(9, 4), Promise.resolve())
    await turn()
    if (taken !== undefined) progress.giveBack(taken)
    expect(progress.take()).toEqual(place(9, 9))
  })

  test('is settled when the last is durable', async () => {
    const progress = new Progress()
    const last = Promise.withResolvers<void>()
    progress.went(place(5, 5), last.promise)
    let isSettled = false
    const settled = progress.settled().then(() => (isSettled = true))
    await turn()
    expect(isSettled).toBe(false)
    last.resolve()
    await settled
    await new Progress().settled()
  })

  test('stops before what will not become durable, and says so', async () => {
    const progress = new Progress()
    const lost = Promise.withResolvers<void>()
    progress.went(place(5, 5), Promise.resolve())
    progress.went(place(9, 4), lost.promise)
    progress.went(place(12, 3), Promise.resolve())
    lost.reject(new Error('full'))
    await progress.settled()
    expect(progress.failure?.message).toBe('full')
    expect(progress.take()).toEqual(place(5, 5))
  })
})
