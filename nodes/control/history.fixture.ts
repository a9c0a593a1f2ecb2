/** A history of one device, lived through, and the reference that it is held against. */
import { defaultActions } from '../schedules/schedules.ts'
import { openingsBetween, type WeeklyWindow } from '../schedules/window.ts'
import type { ControlWorld, TestControl } from './world.fixture.ts'

const minuteMs = 60_000

/** `clockMinutes`: by how much the platform’s clock is set in the middle of it. */
export type Step =
  | {
      readonly do: 'command'
      readonly action: 'turnOn' | 'turnOff' | 'setFanSpeed'
      readonly speed: number
      readonly clockMinutes: number
    }
  | {
      readonly do: 'override'
      readonly speed: number
      readonly minutes: number
      readonly clockMinutes: number
    }
  | { readonly do: 'end' }
  | { readonly do: 'wait'; readonly minutes: number }
  /** All sleep: what comes meanwhile comes late. */
  | { readonly do: 'sleep'; readonly minutes: number }
  | { readonly do: 'away'; readonly minutes: number; readonly clockMinutes: number }
  | { readonly do: 'restart' }
  /** Somebody puts the clock forward, or back. */
  | { readonly do: 'clock'; readonly minutes: number; readonly isSleeping: boolean }
  | { readonly do: 'fault'; readonly fault: 'late' | 'lost' | 'twice' }

/** What should be by now, told by a list. */
class Reference {
  powerOn = true
  fanSpeed = 1
  /** Its end goes by the time that passes, and not by the clock. */
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
  /** How long the override goes on that runs; for ever, when none does. */
  leftMs(elapsedMs: number): number {
    const leftMs = (this.#override?.endMs ?? 0) - elapsedMs
    return leftMs > 0 ? leftMs : Infinity
  }
  at(elapsedMs: number): string {
    const override = this.#override
    if (override !== undefined && elapsedMs < override.endMs) return `on ${override.speed}`
    return this.powerOn ? `on ${this.fanSpeed}` : 'off'
  }
}

export interface Planned extends WeeklyWindow {
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

export class Run {
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
    // One that covers this moment opens at once.
    const nowMs = this.#world.clock.nowMs()
    for (const window of this.#windows)
      if (openingsBetween(window, nowMs, nowMs + 1).length > 0) this.#reference.opens(window.speed)
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
        this.#turnClock(one.clockMinutes)
        return this.#settle()
      }
      case 'override': {
        const durationMs = one.minutes * minuteMs
        await this.#instance.control.start('acme', 'd1', { value: one.speed, durationMs, source: 'api' })
        this.#reference.override(one.speed, clock.monotonicMs() + durationMs)
        this.#turnClock(one.clockMinutes)
        return this.#settle()
      }
      case 'end':
        await this.#instance.control.end('acme', 'd1')
        this.#reference.end()
        return this.#settle()
      case 'wait':
        return this.#wait(one.minutes * minuteMs)
      case 'away':
        return this.#away(one)
      case 'sleep':
        return this.#sleep(one.minutes * minuteMs)
      case 'clock':
        return this.#setClock(one)
      case 'restart':
        await this.#instance.jobs.stop()
        this.#instance = this.#next()
        return undefined
      case 'fault':
        purifier.faults = [one.fault]
        return undefined
    }
  }

  /** What the device does. */
  get is(): string {
    const { fanSpeed, powerOn } = this.#world.purifier
    return powerOn ? `on ${fanSpeed}` : 'off'
  }

  /** What it should. */
  get shouldBe(): string {
    return this.#reference.at(this.#world.clock.monotonicMs())
  }

  /** Commands that are still open, that were sent more often than they may be, or than the log says. */
  async oddCommands(): Promise<readonly string[]> {
    const { received } = this.#world.purifier
    return (await this.#world.log())
      .filter(
        ({ attempts, id, maxAttempts, status }) =>
          status === 'pending' ||
          status === 'sent' ||
          attempts.length > maxAttempts ||
          (received.get(id) ?? 0) > attempts.length,
      )
      .map(({ action, id, status }) => `${action} ${id} ${status}`)
  }

  /** From one thing that comes to the next, each at its time. */
  async #wait(ms: number): Promise<void> {
    const { clock } = this.#world
    const untilMs = clock.nowMs() + ms
    for (;;) {
      const nowMs = clock.nowMs()
      const [edge] = edgesIn(this.#windows, Math.max(nowMs, this.#seenMs), untilMs)
      const endMs = nowMs + this.#reference.leftMs(clock.monotonicMs())
      const nextMs = Math.min(edge?.atMs ?? Infinity, endMs)
      if (nextMs >= untilMs) break
      clock.stall(nextMs - nowMs)
      await this.#settle()
    }
    clock.stall(Math.max(0, untilMs - clock.nowMs()))
    await this.#settle()
  }

  /** That it was away is nowhere to be seen once it is back. */
  async #away({ clockMinutes, minutes }: Extract<Step, { do: 'away' }>): Promise<void> {
    const { purifier } = this.#world
    purifier.isOnline = false
    await this.#wait((minutes * minuteMs) / 2)
    this.#turnClock(clockMinutes)
    await this.#settle()
    await this.#wait((minutes * minuteMs) / 2)
    purifier.isOnline = true
    await this.#settle()
  }

  /** What opens and closes while all sleep is missed; what is open by then is caught up, and so is what has closed. */
  async #sleep(ms: number): Promise<void> {
    const { clock } = this.#world
    await this.#instance.jobs.stop()
    clock.stall(ms)
    this.#missed()
    this.#instance = this.#next()
    await this.#settle()
  }

  async #setClock({ isSleeping, minutes }: Extract<Step, { do: 'clock' }>): Promise<void> {
    if (isSleeping) await this.#instance.jobs.stop()
    this.#turnClock(minutes)
    if (isSleeping) this.#instance = this.#next()
    await this.#settle()
  }

  /** What the clock leaves out is missed as in sleep; what it comes to again has been dealt with. */
  #turnClock(minutes: number): void {
    if (minutes === 0) return
    const { clock } = this.#world
    clock.turnTo(clock.nowMs() + minutes * minuteMs)
    this.#missed()
  }

  #missed(): void {
    const fromMs = this.#seenMs
    const toMs = this.#world.clock.nowMs()
    for (const edge of edgesIn(this.#windows, fromMs, toMs)) {
      const wasOpen = openingsBetween(edge.window, fromMs, fromMs + 1).some(
        ({ endMs }) => endMs === edge.endMs,
      )
      if (edge.opens ? edge.endMs > toMs : wasOpen) this.#edge(edge)
    }
    this.#seenMs = Math.max(fromMs, toMs)
  }

  async #pass(ms: number): Promise<void> {
    const { clock } = this.#world
    await clock.pass(ms)
    for (const edge of edgesIn(this.#windows, this.#seenMs, clock.nowMs())) this.#edge(edge)
    this.#seenMs = Math.max(this.#seenMs, clock.nowMs())
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
      clock.stall(10_000)
    }
  }

  #next(): TestControl {
    return this.#world.open(`i${(this.#instances += 1)}`)
  }
}
