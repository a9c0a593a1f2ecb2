import { z } from 'zod'
import { answerCommand, refused, type Answered, type Applied, type Command } from './commands.ts'
import { drift, initial, reported, type Sensor } from './drift.ts'
import { isoTime, publish, type DeviceModel } from './model.ts'
import {
  continueSession,
  leave,
  openDoor,
  provisionSchema,
  typeCode,
  unlocked,
  type DoorState,
} from './pod-door.ts'
import type { Random } from '../random.ts'

const MINUTE_MS = 60_000

const SENSORS = {
  temperature: { min: 15, max: 32, typical: 22, noise: 0.2, settleMs: 30 * MINUTE_MS, decimals: 1 },
  humidity: { min: 25, max: 75, typical: 45, noise: 0.8, settleMs: 30 * MINUTE_MS, decimals: 1 },
  co2: { min: 400, max: 3000, typical: 520, noise: 25, settleMs: 10 * MINUTE_MS, decimals: 0 },
  sound: { min: 25, max: 80, typical: 32, noise: 3, settleMs: 5_000, decimals: 1 },
} as const satisfies Record<string, Sensor>

type Climate = Readonly<Record<keyof typeof SENSORS, number>>

/** What a sleeper does to the air of a cabin. */
const OCCUPIED: Partial<Climate> = { temperature: 25, co2: 1200, sound: 38 }

export interface SleepPodState extends DoorState {
  readonly climate: Climate
  readonly light: number
  readonly sampledAtMs: number | undefined
  readonly answered: Answered
}

export const sleepPod: DeviceModel<SleepPodState> = {
  classKey: 'sleep-pod',
  intervalMs: 120_000,
  jitterMs: 0,
  keepsReadings: true,
  hasKeypad: true,
  ranges: { ...SENSORS, light: { min: 0, max: 100 } },
  topics: ({ deviceId }) => {
    const base = `cochilo/cabine/${deviceId}`
    return {
      telemetry: `${base}/telemetry`,
      command: `${base}/commands`,
      ack: `${base}/acks`,
      event: `${base}/events`,
    }
  },
  create: ({ deviceId }, random) => ({
    deviceId,
    session: { phase: 'empty' },
    provision: undefined,
    wrongAtMs: [],
    lockedUntilMs: undefined,
    eventCount: 0,
    climate: eachSensor((sensor) => initial(sensor, random)),
    light: 40,
    sampledAtMs: undefined,
    answered: [],
  }),
  step: (state, input, nowMs, random) => {
    switch (input.kind) {
      case 'report': {
        const sampled = { ...state, climate: sample(state, nowMs, random), sampledAtMs: nowMs }
        return [sampled, [publish('telemetry', reading(sampled, nowMs))]]
      }
      case 'command':
        return answerCommand(
          state,
          input.payload,
          nowMs,
          (pod, command) => apply(pod, command, nowMs),
          report,
        )
      case 'keypad':
        return typeCode(state, input.code, nowMs)
      case 'wake':
        return continueSession(state, nowMs)
      case 'leave':
        return leave(state, nowMs)
      case 'connected':
      case 'stopping':
        break
    }
    return [state, []]
  },
}

const openSchema = z
  .object({ bookingId: z.string().optional(), until: z.iso.datetime().optional() })
  .nullish()
const lightSchema = z.number().min(0).max(100)

function apply(state: SleepPodState, { action, value }: Command, nowMs: number): Applied<SleepPodState> {
  switch (action) {
    case 'openDoor': {
      const guest = openSchema.safeParse(value)
      if (!guest.success) return refused('openDoor takes nothing or {bookingId?, until?}')
      const until = guest.data?.until
      const untilMs = until === undefined ? undefined : Date.parse(until)
      const [opened, outputs] = openDoor(state, guest.data?.bookingId, untilMs, nowMs)
      return { kind: 'done', state: opened, outputs }
    }
    case 'endSession': {
      if (state.session.phase !== 'staying') return refused('nobody is in the pod')
      const [ended, outputs] = leave(state, nowMs)
      return { kind: 'done', state: ended, outputs }
    }
    case 'setLight': {
      const light = lightSchema.safeParse(value)
      if (!light.success) return refused('setLight takes a number from 0 to 100')
      return { kind: 'done', state: { ...state, light: light.data } }
    }
    case 'unlockKeypad':
      return { kind: 'done', state: unlocked(state) }
    case 'provisionCodes': {
      const provision = provisionSchema.safeParse(value)
      if (!provision.success) return refused('provisionCodes takes {epoch, key, codes:[{hash, from, until}]}')
      const held = state.provision?.epoch ?? 0
      if (provision.data.epoch < held) return refused(`epoch ${held} is already in force`)
      return { kind: 'done', state: { ...state, provision: provision.data } }
    }
    default:
      return refused(`unknown action ${action}`)
  }
}

function report({ session, light }: SleepPodState): Readonly<Record<string, unknown>> {
  const doorOpen = session.phase === 'entering' || session.phase === 'leaving'
  return { light, doorOpen, occupied: session.phase === 'staying' }
}

function reading(state: SleepPodState, nowMs: number): Readonly<Record<string, unknown>> {
  const climate = eachSensor((sensor, name) => reported(state.climate[name], sensor))
  return { ts: isoTime(nowMs), ...climate, ...report(state) }
}

function sample({ climate, session, sampledAtMs }: SleepPodState, nowMs: number, random: Random): Climate {
  const elapsedMs = sampledAtMs === undefined ? 0 : nowMs - sampledAtMs
  const targets = session.phase === 'staying' ? OCCUPIED : {}
  return eachSensor((sensor, name) =>
    drift(climate[name], sensor, targets[name] ?? sensor.typical, elapsedMs, random),
  )
}

function eachSensor(value: (sensor: Sensor, name: keyof Climate) => number): Climate {
  return {
    temperature: value(SENSORS.temperature, 'temperature'),
    humidity: value(SENSORS.humidity, 'humidity'),
    co2: value(SENSORS.co2, 'co2'),
    sound: value(SENSORS.sound, 'sound'),
  }
}
