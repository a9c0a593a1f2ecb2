import type { Connection } from './connection.ts'
import type { Counts } from './counts.ts'
import type { Device } from './devices/catalogue.ts'
import type { DeviceInput, DeviceOutput, PersonInput } from './devices/model.ts'
import { applyFaults, createFaultState, guessedPin, offlineSpellMs, releaseHeld } from './faults.ts'
import type { FaultPlan } from './fault-plan.ts'
import { between, type Random } from './random.ts'

export interface RunnerOptions {
  readonly device: Device
  readonly connection: Connection
  readonly faults: FaultPlan
  readonly intervalMs: number
  readonly jitterMs: number
  /** For faults and for timing: separate from the device's own, so that faults do not change its readings. */
  readonly faultRandom: Random
  readonly timeRandom: Random
  readonly counts: Counts
}

/** One device at work: its clock, its faults and its connection around the pure model. */
export interface Runner {
  connected(): void
  command(payload: string): void
  person(input: PersonInput): void
  /** Last words; no timer is left behind. */
  stop(): void
}

/** More than this unacknowledged, and a device waits instead of piling up readings. */
const MOST_WAITING = 500

export function createRunner(options: RunnerOptions): Runner {
  const { device, connection, faults, faultRandom, timeRandom, counts } = options
  const timers = new Set<NodeJS.Timeout>()
  let faultState = createFaultState(faults, faultRandom)
  let intervalMs = options.intervalMs
  let reportTimer: NodeJS.Timeout | undefined
  let nextReportAt = 0
  let stopped = false

  function feed(input: DeviceInput): void {
    for (const output of device.receive(input, Date.now())) perform(output)
  }

  function perform(output: DeviceOutput): void {
    switch (output.kind) {
      case 'publish':
        send(output)
        break
      case 'wake':
        wakeAt(output.atMs)
        break
      case 'interval':
        intervalMs = output.intervalMs
        schedule(intervalMs)
        break
      case 'ignored':
        counts.ignoredCommands += 1
        break
    }
  }

  function send({ channel, body }: Extract<DeviceOutput, { kind: 'publish' }>): void {
    const topic = device.topics[channel]
    if (topic === undefined) throw new Error(`${device.classKey} has no ${channel} topic`)
    const [next, emissions] = applyFaults(faults, faultState, { channel, topic, body }, faultRandom)
    if (channel === 'ack') {
      if (emissions.length === 0) counts.lost += 1
      else counts.answered += 1
    }
    faultState = next
    for (const { lateMs = 0, ...emission } of emissions) {
      if (lateMs === 0) publish(emission)
      else later(lateMs, () => publish(emission))
    }
  }

  function publish({ payload, topic }: { readonly topic: string; readonly payload: string }): void {
    counts.sent += 1
    connection.publish(topic, payload)
  }

  function wakeAt(atMs: number): void {
    later(Math.max(0, atMs - Date.now()), () => feed({ kind: 'wake' }))
  }

  function later(inMs: number, run: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      run()
    }, inMs)
    timers.add(timer)
  }

  function report(): void {
    const spellMs = offlineSpellMs(faults, faultRandom)
    if (spellMs !== undefined && connection.connected) connection.drop(spellMs)
    const code = device.hasKeypad ? guessedPin(faults, faultRandom) : undefined
    if (code !== undefined) feed({ kind: 'keypad', code })

    const cutOff = spellMs !== undefined || !connection.connected
    if ((cutOff && !device.keepsReadings) || connection.waiting >= MOST_WAITING) counts.skipped += 1
    else feed({ kind: 'report' })

    const jitterMs = between(-options.jitterMs, options.jitterMs, timeRandom)
    // From when it was due, so that the rate holds; but what was missed is not made up for.
    schedule(Math.max(0, nextReportAt + intervalMs + jitterMs - Date.now()))
  }

  function schedule(inMs: number): void {
    clearTimeout(reportTimer)
    nextReportAt = Date.now() + inMs
    reportTimer = setTimeout(report, inMs)
  }

  return {
    connected() {
      feed({ kind: 'connected' })
      if (reportTimer !== undefined || stopped) return
      feed({ kind: 'report' })
      // Devices that were switched on together do not report together for ever.
      schedule(between(0, intervalMs, timeRandom))
    },
    command(payload) {
      counts.commands += 1
      feed({ kind: 'command', payload })
    },
    person: feed,
    stop() {
      stopped = true
      clearTimeout(reportTimer)
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      const [next, emissions] = releaseHeld(faultState)
      faultState = next
      if (!connection.connected) return
      for (const emission of emissions) publish(emission)
      feed({ kind: 'stopping' })
    },
  }
}
