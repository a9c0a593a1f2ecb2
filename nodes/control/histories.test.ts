/**
 * Random histories against a reference that knows no layers, no documents and no jobs: a list of what was asked for, of
 * which the newest counts, and a stretch of time during which something else does. `CONTROL_HISTORIES=10000` for more, `SEED` for others.
 */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { openInstances } from '../platform/kit/jobs/instances.fixture.ts'
import { weekdays } from '../schedules/window.ts'
import { Run, type Step } from './history.fixture.ts'
import { controlWorld } from './world.fixture.ts'

const histories = Number(process.env['CONTROL_HISTORIES'] ?? 25)
const seed = Number(process.env['SEED'] ?? 20_260_105)
/** Each an evening before the clocks change there, or nothing happens: 2026-03-28 and 2026-10-03, 14:30 UTC. */
const places = [
  { timeZone: 'UTC', startMs: Date.parse('2026-03-28T22:00Z') },
  { timeZone: 'Europe/Rome', startMs: Date.parse('2026-03-28T22:00Z') },
  { timeZone: 'Europe/Rome', startMs: Date.parse('2026-10-24T22:00Z') },
  // Half an hour at once.
  { timeZone: 'Australia/Lord_Howe', startMs: Date.parse('2026-10-03T13:30Z') },
  { timeZone: 'Australia/Lord_Howe', startMs: Date.parse('2026-04-04T13:00Z') },
  // Not summer time, but another offset from that night on.
  { timeZone: 'Europe/Volgograd', startMs: Date.parse('2020-12-26T19:00Z') },
  // A day that was not: from the end of the 29th to the 31st.
  { timeZone: 'Pacific/Apia', startMs: Date.parse('2011-12-30T07:00Z') },
] as const

const minutes = fc.integer({ min: 1, max: 240 })
const speed = fc.integer({ min: 1, max: 5 })
const setBy = fc.integer({ min: -180, max: 180 })
const clockMinutes = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, setBy)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('command' as const),
    action: fc.constantFrom('turnOn', 'turnOff', 'setFanSpeed'),
    speed,
    clockMinutes,
  }),
  fc.record({ do: fc.constant('override' as const), speed, minutes, clockMinutes }),
  fc.record({ do: fc.constant('end' as const) }),
  fc.record({ do: fc.constant('wait' as const), minutes }),
  fc.record({ do: fc.constant('sleep' as const), minutes }),
  fc.record({ do: fc.constant('away' as const), minutes, clockMinutes }),
  fc.record({ do: fc.constant('restart' as const) }),
  fc.record({
    do: fc.constant('clock' as const),
    minutes: setBy,
    isSleeping: fc.boolean(),
  }),
  fc.record({ do: fc.constant('fault' as const), fault: fc.constantFrom('late', 'lost', 'twice') }),
)
const history = fc.record({
  place: fc.constantFrom(...places),
  windows: fc.array(
    fc.record({ startHour: fc.integer({ min: 0, max: 5 }), hours: fc.constantFrom(0.5, 1), speed }),
    { maxLength: 2 },
  ),
  steps: fc.array(step, { minLength: 1, maxLength: 10 }),
})

test(
  `${histories} random histories of SEED=${seed} end as a simple reference says`,
  async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ place: { startMs, timeZone }, steps, windows }) => {
        await using instances = await openInstances(startMs)
        const clockTime = (hour: number): string =>
          `${String(Math.floor(hour)).padStart(2, '0')}:${hour % 1 === 0 ? '00' : '30'}`
        const planned = windows
          .filter(({ startHour }, n) => windows.findIndex((other) => other.startHour === startHour) === n)
          .map(({ hours, speed: fanSpeed, startHour }) => ({
            days: [...weekdays],
            startTime: clockTime(startHour),
            endTime: clockTime(startHour + hours),
            timeZone,
            speed: fanSpeed,
          }))
        const run = new Run(controlWorld(instances), planned)
        await run.begin()
        for (const one of steps) {
          await run.take(one)
          expect(run.is).toBe(run.shouldBe)
        }
        expect(await run.oddCommands()).toEqual([])
      }),
      { numRuns: histories, seed },
    )
  },
  60_000 + histories * 3000,
)
