import { describe, expect, it } from 'vitest'
import type { ConsumeOptions, Entry, Handled } from '../port.ts'
import {
  collector,
  durably,
  entries,
  labelOf,
  labelsOf,
  neverDurably,
  type Subject,
  unavailable,
  uplink,
} from './fixture.ts'

const never = (): Promise<Handled> => Promise.withResolvers<Handled>().promise

/** Processes that take up the stream one after the other; each that has `c1` in work ends there and then. */
async function livesOf(subject: Subject, options: Partial<ConsumeOptions> = {}, passing = durably) {
  const passed = new Set<string>()
  const abandoned: { readonly label: string; readonly tries: number; readonly message: string }[] = []
  await subject()
    .stream()
    .append(uplink, entries('a1', 'b1', 'c1', 'a2', 'b2', 'c2', 'a3'))
  for (let ends = 0; ; ends += 1) {
    if (ends > 12) throw new Error('it goes on for ever')
    const ended = Promise.withResolvers<'ended'>()
    const handle = (batch: readonly Entry[]): Promise<Handled> => {
      if (batch.some((one) => labelOf(one) === 'c1')) {
        ended.resolve('ended')
        return never()
      }
      for (const label of labelsOf(batch)) passed.add(label)
      return Promise.resolve(passing)
    }
    const abandon = ({ deliveries, ...one }: Entry, { message }: Error): Promise<void> => {
      abandoned.push({ label: labelOf(one), tries: deliveries + 1, message })
      return Promise.resolve()
    }
    const consumer = await subject()
      .stream()
      .consume(collector({ maxEntries: 4, handle, abandon, ...options }))
    const through = consumer.whenLagAtMost(0).then(() => 'through' as const)
    if ((await Promise.race([ended.promise, through])) === 'through')
      return { ends, passed: [...passed].sort(), abandoned }
    await subject().crash()
  }
}

/** What becomes of a consumer's first batch when each of some processes ends while it is where `until` says. */
async function endAgainAndAgain(
  subject: Subject,
  options: Partial<ConsumeOptions>,
  until: () => Promise<unknown>,
  how: 'crash' | 'reopen' = 'crash',
): Promise<readonly string[]> {
  const abandoned: string[] = []
  const abandon = (one: Entry) => Promise.resolve(void abandoned.push(labelOf(one)))
  await subject().stream().append(uplink, entries('a1', 'a2'))
  for (let ends = 0; ends < 8; ends += 1) {
    await subject()
      .stream()
      .consume(collector({ ...options, abandon }))
    await until()
    await subject()[how]()
  }
  const last = collector({ abandon })
  await (await subject().stream().consume(last)).whenLagAtMost(0)
  return [...last.seen, ...abandoned.map((label) => `${label} abandoned`)]
}

export function describeEnds(subject: Subject): void {
  describe('a process that ends while a batch is in work', () => {
    it('is followed by others until the entry that ends them is found and given up; the others pass', async () => {
      const { ends, passed, abandoned } = await livesOf(subject)
      expect(abandoned).toEqual([
        { label: 'c1', tries: 5, message: 'the process ended whenever this was in work' },
      ])
      expect(passed).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'c2'])
      expect(ends).toBe(5)
    })

    it('is found as well when nothing of what was processed before it is durable yet', async () => {
      const { ends, passed, abandoned } = await livesOf(subject, {}, neverDurably())
      expect(abandoned.map(({ label }) => label)).toEqual(['c1'])
      expect(passed).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'c2'])
      expect(ends).toBe(5)
    })

    it('takes no neighbour along, even where one try is all that there is', async () => {
      const { passed, abandoned } = await livesOf(subject, { maxDeliveries: 1 })
      expect(abandoned.map(({ label }) => label)).toEqual(['c1'])
      expect(passed).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'c2'])
    })

    it('counts for nothing once the batch has come back', async () => {
      const calls: (() => void)[] = []
      const handle = () => {
        calls.shift()?.()
        return Promise.resolve(unavailable)
      }
      const handedTwice = async () => {
        for (let times = 0; times < 2; times += 1) {
          await new Promise<void>((resolve) => {
            calls.push(resolve)
          })
        }
      }
      expect(await endAgainAndAgain(subject, { handle }, handedTwice)).toEqual(['a1', 'a2'])
    })

    it('counts for nothing before the handler is ready', async () => {
      let asked = Promise.withResolvers<void>()
      const whenReady = () => {
        asked.resolve()
        return Promise.withResolvers<void>().promise
      }
      // The first process goes about nothing with care, and so does not ask.
      const handle = () => {
        asked.resolve()
        return never()
      }
      const until = async () => {
        await asked.promise
        asked = Promise.withResolvers<void>()
      }
      expect(await endAgainAndAgain(subject, { handle, whenReady }, until)).toEqual(['a1', 'a2'])
    })

    it('counts for nothing when it has closed the stream', async () => {
      let handed = Promise.withResolvers<void>()
      const handle = () => {
        handed.resolve()
        return never()
      }
      const until = async () => {
        await handed.promise
        handed = Promise.withResolvers<void>()
      }
      expect(await endAgainAndAgain(subject, { handle }, until, 'reopen')).toEqual(['a1', 'a2'])
    })
  })
}
