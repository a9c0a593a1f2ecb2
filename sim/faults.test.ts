import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Channel } from './devices/model.ts'
import {
  applyFaults,
  createFaultState,
  guessedPin,
  offlineSpellMs,
  releaseHeld,
  type Emission,
} from './faults.ts'
import type { FaultPlan } from './fault-plan.ts'
import { createRandom } from './random.ts'

const bodySchema = z.object({ ts: z.string(), n: z.number() })

const TS = '2025-09-06T12:00:00.000Z'

/** Sends bodies numbered from 1 through the filter and tells what came out, with what was held back at the end. */
function send(plan: FaultPlan, channel: Channel, count: number, seed = 'test'): readonly Emission[] {
  const random = createRandom(seed)
  let state = createFaultState(plan, random)
  const sent: Emission[] = []
  for (let n = 1; n <= count; n++) {
    const [next, emissions] = applyFaults(plan, state, { channel, topic: 't', body: { ts: TS, n } }, random)
    state = next
    sent.push(...emissions)
  }
  return [...sent, ...releaseHeld(state)[1]]
}

function numbers(emissions: readonly Emission[]): readonly unknown[] {
  return emissions.map(({ payload }) => {
    const { n } = bodySchema.parse(JSON.parse(payload))
    return n
  })
}

function readable(payload: string): boolean {
  try {
    return bodySchema.safeParse(JSON.parse(payload)).success
  } catch {
    return false
  }
}

describe('faults on the way out', () => {
  it('sends acknowledgments late, or twice, where that is wanted, and nothing else', () => {
    const plan = { 'late-acks': 0.5, 'duplicate-acks': 0.25 }
    const acks = send(plan, 'ack', 2000)
    const late = acks.filter(({ lateMs = 0 }) => lateMs > 0)
    expect(acks.length).toBeGreaterThan(2400)
    expect(acks.length).toBeLessThan(2600)
    expect(late.length / acks.length).toBeCloseTo(0.5, 1)
    expect(late.every(({ lateMs = 0 }) => lateMs >= 1000 && lateMs <= 60_000)).toBe(true)
    expect(new Set(numbers(acks)).size).toBe(2000)
    expect(numbers(send(plan, 'telemetry', 50))).toHaveLength(50)
  })

  it('let everything through untouched when there are none', () => {
    expect(send({}, 'telemetry', 2)).toEqual([
      { channel: 'telemetry', topic: 't', payload: JSON.stringify({ ts: TS, n: 1 }) },
      { channel: 'telemetry', topic: 't', payload: JSON.stringify({ ts: TS, n: 2 }) },
    ])
  })

  it('lose acknowledgments and nothing else', () => {
    expect(send({ 'lost-acks': 1 }, 'ack', 3)).toEqual([])
    expect(send({ 'lost-acks': 1 }, 'telemetry', 3)).toHaveLength(3)
  })

  it('lose about the share that was asked for', () => {
    const kept = send({ 'lost-acks': 0.1 }, 'ack', 2_000).length
    expect(kept).toBeGreaterThan(1_740)
    expect(kept).toBeLessThan(1_860)
  })

  it('send twice what is duplicated', () => {
    expect(numbers(send({ duplicates: 1 }, 'event', 2))).toEqual([1, 1, 2, 2])
  })

  it('let a message be overtaken by the next, and lose none', () => {
    expect(numbers(send({ 'out-of-order': 1 }, 'telemetry', 5))).toEqual([2, 1, 4, 3, 5])
  })

  it('damage telemetry so that no reading is left in it', () => {
    for (const { payload } of send({ malformed: 1 }, 'telemetry', 200)) {
      expect(payload).not.toBe('')
      expect(readable(payload)).toBe(false)
    }
    expect(numbers(send({ malformed: 1 }, 'ack', 2))).toEqual([1, 2])
  })

  it('shift all times of a device by the same amount, from a minute to two hours', () => {
    const skews = send({ 'clock-skew': 1 }, 'event', 3).map(({ payload }) => {
      const { ts } = bodySchema.parse(JSON.parse(payload))
      return Date.parse(ts) - Date.parse(TS)
    })
    expect(new Set(skews).size).toBe(1)
    expect(Math.abs(skews[0] ?? 0)).toBeGreaterThanOrEqual(60_000)
    expect(Math.abs(skews[0] ?? 0)).toBeLessThanOrEqual(7_200_000)
  })

  it('leave the lifecycle alone', () => {
    const plan: FaultPlan = { duplicates: 1, 'out-of-order': 1, 'clock-skew': 1, malformed: 1 }
    expect(send(plan, 'lifecycle', 1)).toEqual([
      { channel: 'lifecycle', topic: 't', payload: JSON.stringify({ ts: TS, n: 1 }) },
    ])
  })

  it('never lose a reading or an event, in whatever mixture', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(
        fc.constantFrom<Channel>('telemetry', 'event'),
        share,
        share,
        fc.string(),
        (channel, a, b, seed) => {
          const arrived = numbers(send({ duplicates: a, 'out-of-order': b }, channel, 20, seed))
          expect(new Set(arrived)).toEqual(new Set(Array.from({ length: 20 }, (_, index) => index + 1)))
        },
      ),
    )
  })
})

describe('faults beside the messages', () => {
  it('take a device off the network for 5 to 30 seconds', () => {
    const spellMs = offlineSpellMs({ offline: 1 }, createRandom('test')) ?? 0
    expect(spellMs).toBeGreaterThanOrEqual(5_000)
    expect(spellMs).toBeLessThanOrEqual(30_000)
    expect(offlineSpellMs({}, createRandom('test'))).toBeUndefined()
  })

  it('guess 6-digit codes', () => {
    expect(guessedPin({ 'wrong-pins': 1 }, createRandom('test'))).toMatch(/^\d{6}$/)
    expect(guessedPin({}, createRandom('test'))).toBeUndefined()
  })
})
