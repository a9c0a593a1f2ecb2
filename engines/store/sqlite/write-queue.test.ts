import { describe, expect, it } from 'vitest'
import { WriteQueue } from './write-queue.ts'

class Trouble extends Error {
  readonly errcode: number
  constructor(errcode: number) {
    super(`errcode ${errcode}`)
    this.errcode = errcode
  }
}
const BUSY = 5
const FULL = 13
const IOERR_FSYNC = 1034

/** Records what a database would be asked to do. */
function recorder(failing: { begin?: () => void; commit?: () => void } = {}): {
  readonly log: string[]
  readonly queue: WriteQueue
} {
  const log: string[] = []
  const transactions = {
    begin: (): void => {
      failing.begin?.()
      log.push('begin')
    },
    commit: (): void => {
      failing.commit?.()
      log.push('commit')
    },
    rollback: (): void => {
      log.push('rollback')
    },
  }
  return { log, queue: new WriteQueue(transactions, { maxWaiting: 100, maxWaitMs: 1_000 }) }
}

describe('a sync beside the event loop', () => {
  const step = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  it('answers what was committed before it, and is shared by what comes meanwhile', async () => {
    const syncs: PromiseWithResolvers<void>[] = []
    const answered: number[] = []
    const queue = new WriteQueue(
      {
        begin: () => undefined,
        commit: () => undefined,
        rollback: () => undefined,
        sync() {
          const sync = Promise.withResolvers<void>()
          syncs.push(sync)
          return sync.promise
        },
      },
      { maxWaiting: 100, maxWaitMs: 1000 },
    )
    const write = async (n: number): Promise<void> => void answered.push(await queue.submit(() => n))
    const first = write(1)
    await step()
    const others = [write(2)]
    await step()
    others.push(write(3))
    await step()
    expect({ answered, syncs: syncs.length }).toEqual({ answered: [], syncs: 1 })
    syncs[0]?.resolve()
    await first
    await step()
    expect({ answered, syncs: syncs.length }).toEqual({ answered: [1], syncs: 2 })
    syncs[1]?.resolve()
    await Promise.all(others)
    expect(answered).toEqual([1, 2, 3])
  })

  it('that fails refuses what waits for it', async () => {
    const queue = new WriteQueue(
      {
        begin: () => undefined,
        commit: () => undefined,
        rollback: () => undefined,
        sync: () => Promise.reject(new Error('EIO')),
      },
      { maxWaiting: 100, maxWaitMs: 1000 },
    )
    await expect(queue.submit(() => 1)).rejects.toMatchObject({ reason: 'io' })
    await queue.close(1000)
  })
})

describe('group commit', () => {
  it('puts the writes of one turn into one transaction, in order, and the next turn into another', async () => {
    const { log, queue } = recorder()
    await Promise.all([1, 2, 3].map((n) => queue.submit(() => log.push(`write ${n}`))))
    await queue.submit(() => log.push('later'))
    expect(log).toEqual(['begin', 'write 1', 'write 2', 'write 3', 'commit', 'begin', 'later', 'commit'])
  })

  it('resolves after the commit only', async () => {
    const { log, queue } = recorder()
    const written = queue.submit(() => log.push('write')).then(() => log.push('resolved'))
    await written
    expect(log).toEqual(['begin', 'write', 'commit', 'resolved'])
  })

  it('spares the neighbours of a write that throws', async () => {
    const { log, queue } = recorder()
    const [before, failing, after] = await Promise.allSettled([
      queue.submit(() => 'before'),
      queue.submit(() => {
        throw new RangeError('mine')
      }),
      queue.submit(() => 'after'),
    ])
    expect(before).toEqual({ status: 'fulfilled', value: 'before' })
    expect(failing).toMatchObject({ status: 'rejected', reason: { message: 'mine' } })
    expect(after).toEqual({ status: 'fulfilled', value: 'after' })
    expect(log).toEqual(['begin', 'commit'])
  })

  it('runs a batch again one by one when the engine gave up on it, and refuses only the culprit', async () => {
    const { log, queue } = recorder()
    const write = (name: string, errcode?: number): Promise<string> =>
      queue.submit(() => {
        if (errcode !== undefined) throw new Trouble(errcode)
        log.push(name)
        return name
      })
    const outcomes = await Promise.allSettled([write('a'), write('big', FULL), write('b')])
    expect(outcomes).toMatchObject([
      { value: 'a' },
      { status: 'rejected', reason: { name: 'StoreUnavailable', reason: 'full' } },
      { value: 'b' },
    ])
    expect(log).toEqual(
      ['begin a rollback', 'begin a commit', 'begin rollback', 'begin b commit'].flatMap((s) => s.split(' ')),
    )
  })

  it('refuses all when the commit itself fails', async () => {
    const { queue } = recorder({
      commit: () => {
        throw new Trouble(IOERR_FSYNC)
      },
    })
    const outcomes = await Promise.allSettled([queue.submit(() => 1), queue.submit(() => 2)])
    expect(outcomes).toMatchObject([{ reason: { reason: 'io' } }, { reason: { reason: 'io' } }])
  })

  it('waits for a lock and then goes on where it was', async () => {
    let locked = 3
    const { log, queue } = recorder({
      begin: () => {
        locked -= 1
        if (locked >= 0) throw new Trouble(BUSY)
      },
    })
    expect(await Promise.all([queue.submit(() => 1), queue.submit(() => 2)])).toEqual([1, 2])
    expect(log).toEqual(['rollback', 'rollback', 'rollback', 'begin', 'commit'])
  })

  it('is settled when nothing is waiting, or all of it for a lock', async () => {
    let locked = true
    const { queue } = recorder({
      begin: () => {
        if (locked) throw new Trouble(BUSY)
      },
    })
    expect(queue.settled()).toBeUndefined()
    const writing = queue.submit(() => 1)
    await queue.settled()
    expect(queue.settled()).toBeUndefined()
    locked = false
    expect(await writing).toBe(1)
  })
})
