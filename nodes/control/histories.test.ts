/**
 * Random histories against a reference that knows no layers, no documents and no jobs: a list of what was asked for, of
 * which the newest counts, and a stretch of time during which something else does. `CONTROL_HISTORIES=10000` for more.
 */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { openInstances } from '../platform/kit/jobs/instances.fixture.ts'
import { defaultActions } from '../schedules/schedules.ts'
import { openingsBetween, weekdays, type WeeklyWindow } from '../schedules/window.ts'
import { controlWorld, type ControlWorld, type TestControl } from './world.fixture.ts'

const histories = Number(process.env['CONTROL_HISTORIES'] ?? 25)
const minuteMs = 60_000

/** Each an evening before the clocks change there, or nothing happens: 2026-03-28 and 2026-10-03, 14:30 UTC. */
const places = [
  { timeZone: 'UTC', startMs: Date.parse('2026-03-28T22:00Z') },
  { timeZone: 'Europe/Rome', startMs: Date.parse('2026-03-28T22:00Z') },
  { timeZone: 'Europe/Rome', startMs: Date.parse('2026-10-24T22:00Z') },
  // Half an hour at once.
  { timeZone: 'Australia/Lord_Howe', startMs: Date.parse('2026-10-03T13:30Z') },
  { timeZone: 'Australia/Lord_Howe', startMs: Date.parse('2026-04-04T13:00Z') },
] as const

type Step =
  | { readonly do: 'command'; readonly action: 'turnOn' | 'turnOff' | 'setFanSpeed'; readonly speed: number }
  | { readonly do: 'override'; readonly speed: number; readonly minutes: number }
  | { readonly do: 'end' }
  | { readonly do: 'wait'; readonly minutes: number }
  /** All sleep: what comes meanwhile comes late. */
  | { readonly do: 'sleep'; readonly minutes: number }
  | { readonly do: 'away'; readonly minutes: number }
  | { readonly do: 'restart' }
  | { readonly do: 'fault'; readonly fault: 'lost' | 'twice' }

const minutes = fc.integer({ min: 1, max: 240 })
const speed = fc.integer({ min: 1, max: 5 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('command' as const),
    action: fc.constantFrom('turnOn', 'turnOff', 'setFanSpeed'),
    speed,
  }),
  fc.record({ do: fc.constant('override' as const), speed, minutes }),
  fc.record({ do: fc.constant('end' as const) }),
  fc.record({ do: fc.constant('wait' as const), minutes }),
  fc.record({ do: fc.constantFrom('sleep' as const, 'away' as const), minutes }),
  fc.record({ do: fc.constant('restart' as const) }),
  fc.record({ do: fc.constant('fault' as const), fault: fc.constantFrom('lost', 'twice') }),
)
const history = fc.record({
  place: fc.constantFrom(...places),
  windows: fc.array(
    fc.record({ startHour: fc.integer({ min: 0, max: 5 }), hours: fc.constantFrom(0.5, 1), speed }),
    { maxLength: 2 },
  ),
  steps: fc.array(step, { minLength: 1, maxLength: 10 }),
})

/** What should be by now, told by a list. */
class Reference {
  powerOn = true
  fanSpeed = 1
  #override: { readonly speed: number; readonly endMs: number } | undefined

  byHand(action: string, value: number): void {
    this.#override = undefined
    if (action === 'setFanSpeed') this.fanSpeed = value
    else this.powerOn = action === 'turnOn'
  }
  override(value: number, endMs: number): void {
    this.#override = { speed: value, endMs }
  }
  end(): void {
    this.#override = undefined
  }
  opens(value: number): void {
    this.powerOn = true
    this.fanSpeed = value
  }
  closes(): void {
    this.powerOn = false
  }
  /** When the override ends that runs; never, when none does. */
  endMs(nowMs: number): number {
    const { endMs = 0 } = this.#override ?? {}
    return endMs > nowMs ? endMs : Infinity
  }
  at(nowMs: number): string {
    const override = this.#override
    if (override !== undefined && nowMs < override.endMs) return `on ${override.speed}`
    return this.powerOn ? `on ${this.fanSpeed}` : 'off'
  }
}

interface Planned extends WeeklyWindow {
  readonly speed: number
}

/** The edges of one instant, in the order in which they count. */
const edgesIn = (windows: readonly Planned[], fromMs: number, toMs: number) =>
  windows
    .flatMap((window) =>
      openingsBetween(window, fromMs, toMs + 1).flatMap(({ endMs, startMs }) => [
        { atMs: startMs, opens: true, window, endMs },
        { atMs: endMs, opens: false, window, endMs },
      ]),
    )
    .filter(({ atMs }) => atMs > fromMs && atMs <= toMs)
    .toSorted((one, other) => one.atMs - other.atMs || Number(one.opens) - Number(other.opens))

class Run {
  readonly #world: ControlWorld
  readonly #reference = new Reference()
  readonly #windows: readonly Planned[]
  #instance: TestControl
  #instances = 0
  /** Up to which edges were told to the reference. */
  #seenMs: number

  constructor(world: ControlWorld, windows: readonly Planned[]) {
    this.#world = world
    this.#windows = windows
    this.#seenMs = world.clock.nowMs()
    this.#instance = this.#next()
  }

  async begin(): Promise<void> {
    this.#world.turnKnob({ powerOn: true, fanSpeed: 1 })
    for (const { speed: fanSpeed, ...window } of this.#windows) {
      const { end, start } = defaultActions(fanSpeed)
      await this.#instance.schedules.create('acme', {
        ...window,
        days: [...window.days],
        deviceId: 'd1',
        start: [...start],
        end: [...end],
        isActive: true,
      })
    }
    await this.#world.clock.pass(1000)
  }

  async take(one: Step): Promise<void> {
    const { clock, purifier } = this.#world
    switch (one.do) {
      case 'command': {
        const value = one.action === 'setFanSpeed' ? { value: one.speed } : {}
        await this.#instance.commands.issue('acme', {
          deviceId: 'd1',
          action: one.action,
          source: 'api',
          ...value,
        })
        this.#reference.byHand(one.action, one.speed)
        return this.#settle()
      }
      case 'override': {
        const durationMs = one.minutes * minuteMs
        await this.#instance.control.start('acme', 'd1', { value: one.speed, durationMs, source: 'api' })
        this.#reference.override(one.speed, clock.nowMs() + durationMs)
        return this.#settle()
      }
      case 'end':
        await this.#instance.control.end('acme', 'd1')
        this.#reference.end()
        return this.#settle()
      case 'wait':
        return this.#wait(one.minutes * minuteMs)
      case 'away':
        purifier.isOnline = false
        await this.#wait(one.minutes * minuteMs)
        purifier.isOnline = true
        return this.#settle()
      case 'sleep':
        return this.#sleep(one.minutes * minuteMs)
      case 'restart':
        await this.#instance.jobs.stop()
        this.#instance = this.#next()
        return undefined
      case 'fault':
        purifier.faults = [one.fault]
        return undefined
    }
  }

  check(): void {
    const { clock, purifier } = this.#world
    const is = purifier.powerOn ? `on ${purifier.fanSpeed}` : 'off'
    expect(is).toBe(this.#reference.at(clock.nowMs()))
  }

  /** In the end no command is open, none was sent more often than it may be, and each edge was fired once. */
  async checkLog(): Promise<void> {
    const log = await this.#world.log()
    expect(log.filter(({ status }) => status === 'pending' || status === 'sent')).toEqual([])
    for (const { attempts, id, maxAttempts } of log) {
      expect(attempts.length).toBeLessThanOrEqual(maxAttempts)
      expect(this.#world.purifier.received.get(id) ?? 0).toBeLessThanOrEqual(attempts.length)
    }
    expect(new Set(log.map(({ id }) => id)).size).toBe(log.length)
  }

  /** From one thing that comes to the next, each at its time. */
  async #wait(ms: number): Promise<void> {
    const { clock } = this.#world
    const untilMs = clock.nowMs() + ms
    for (;;) {
      const nowMs = clock.nowMs()
      const [edge] = edgesIn(this.#windows, nowMs, untilMs)
      const nextMs = Math.min(edge?.atMs ?? Infinity, this.#reference.endMs(nowMs))
      if (nextMs >= untilMs) break
      clock.turnTo(nextMs)
      await this.#pass(2000)
    }
    clock.turnTo(Math.max(untilMs, clock.nowMs()))
    await this.#settle()
  }

  /** What opens and closes while all sleep is missed; what is open by then is caught up, and so is what has closed. */
  async #sleep(ms: number): Promise<void> {
    const { clock } = this.#world
    await this.#instance.jobs.stop()
    const fromMs = clock.nowMs()
    const toMs = fromMs + ms
    clock.turnTo(toMs)
    for (const edge of edgesIn(this.#windows, this.#seenMs, toMs)) {
      const wasOpen = openingsBetween(edge.window, fromMs, fromMs + 1).some(
        ({ endMs }) => endMs === edge.endMs,
      )
      if (edge.opens ? edge.endMs > toMs : wasOpen) this.#edge(edge)
    }
    this.#seenMs = toMs
    this.#instance = this.#next()
    await this.#settle()
  }

  async #pass(ms: number): Promise<void> {
    const { clock } = this.#world
    await clock.pass(ms)
    for (const edge of edgesIn(this.#windows, this.#seenMs, clock.nowMs())) this.#edge(edge)
    this.#seenMs = clock.nowMs()
  }

  #edge({ opens, window }: { readonly opens: boolean; readonly window: Planned }): void {
    if (opens) this.#reference.opens(window.speed)
    else this.#reference.closes()
  }

  /** Until a lost answer has been asked for again, and what was held has gone out. */
  async #settle(): Promise<void> {
    const { clock } = this.#world
    for (let tries = 0; tries < 20; tries += 1) {
      await this.#pass(1500)
      const open = (await this.#world.log()).filter(({ status }) => status === 'pending' || status === 'sent')
      if (open.length === 0 || !this.#world.purifier.isOnline) return
      // Half an attempt at a time: less than anything else that comes is apart.
      clock.turnTo(clock.nowMs() + 10_000)
    }
  }

  #next(): TestControl {
    return this.#world.open(`i${(this.#instances += 1)}`)
  }
}

test(
  `${histories} random histories end as a simple reference says`,
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
          run.check()
        }
        await run.checkLog()
      }),
      { numRuns: histories, seed: 20_260_105 },
    )
  },
  60_000 + histories * 3000,
)
