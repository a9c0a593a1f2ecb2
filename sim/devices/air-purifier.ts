import { z } from 'zod'
import { answerCommand, refused, type Answered, type Applied, type Command } from './commands.ts'
import { drift, initial, reported, type Sensor } from './drift.ts'
import { publish, type DeviceModel } from './model.ts'
import type { Random } from '../random.ts'

const MAX_SPEED = 5
const MINUTE_MS = 60_000

const SENSORS = {
  networkStrength: { min: -90, max: -35, typical: -58, noise: 3, settleMs: 10 * MINUTE_MS, decimals: 0 },
  temperature: { min: 10, max: 40, typical: 23, noise: 0.3, settleMs: 60 * MINUTE_MS, decimals: 1 },
  humidity: { min: 20, max: 80, typical: 48, noise: 1, settleMs: 60 * MINUTE_MS, decimals: 1 },
  pm25: { min: 0, max: 300, typical: 45, noise: 4, settleMs: 12 * MINUTE_MS, decimals: 1 },
  sound: { min: 25, max: 75, typical: 30, noise: 2, settleMs: 2_000, decimals: 1 },
  voc: { min: 0, max: 1000, typical: 260, noise: 15, settleMs: 15 * MINUTE_MS, decimals: 0 },
} as const satisfies Record<string, Sensor>

type Air = Readonly<Record<keyof typeof SENSORS, number>>

// One cloud of dust seen through three sieves: whatever passes the finest passes the others.
const PM1_SHARE = 0.62
const PM10_SHARE = 1.35

export interface AirPurifierState {
  readonly powerOn: boolean
  readonly fanSpeed: number
  /** Taken up again by a turnOn that names no speed. */
  readonly lastSpeed: number
  readonly air: Air
  readonly sampledAtMs: number | undefined
  readonly answered: Answered
}

export const airPurifier: DeviceModel<AirPurifierState> = {
  classKey: 'air-purifier',
  intervalMs: 120_000,
  jitterMs: 5_000,
  keepsReadings: false,
  hasKeypad: false,
  ranges: {
    ...SENSORS,
    pm1: { min: 0, max: SENSORS.pm25.max * PM1_SHARE },
    pm10: { min: 0, max: SENSORS.pm25.max * PM10_SHARE },
    fanSpeed: { min: 0, max: MAX_SPEED },
  },
  topics: ({ deviceId }) => ({
    telemetry: `device/${deviceId}/data`,
    command: `device/${deviceId}/command`,
    ack: `device/${deviceId}/ack`,
  }),
  create: (_identity, random) => ({
    powerOn: true,
    fanSpeed: 1,
    lastSpeed: 1,
    air: eachSensor((sensor) => initial(sensor, random)),
    sampledAtMs: undefined,
    answered: [],
  }),
  step: (state, input, nowMs, random) => {
    if (input.kind === 'command') {
      return answerCommand(state, input.payload, nowMs, apply, ({ powerOn, fanSpeed }) => ({
        powerOn,
        fanSpeed,
      }))
    }
    if (input.kind !== 'report') return [state, []]
    const sampled = { ...state, air: sample(state, nowMs, random), sampledAtMs: nowMs }
    return [sampled, [publish('telemetry', reading(sampled))]]
  },
}

const speedSchema = z.int().min(0).max(MAX_SPEED)
const startSchema = z.int().min(1).max(MAX_SPEED).nullish()

function apply(state: AirPurifierState, { action, value }: Command): Applied<AirPurifierState> {
  switch (action) {
    case 'setFanSpeed': {
      const speed = speedSchema.safeParse(value)
      if (!speed.success) return refused(`setFanSpeed takes a whole number from 0 to ${MAX_SPEED}`)
      return { kind: 'done', state: withSpeed(state, speed.data) }
    }
    case 'turnOn': {
      const speed = startSchema.safeParse(value)
      if (!speed.success) return refused(`turnOn takes nothing or a fan speed from 1 to ${MAX_SPEED}`)
      return { kind: 'done', state: withSpeed({ ...state, powerOn: true }, speed.data ?? state.lastSpeed) }
    }
    case 'turnOff':
      return { kind: 'done', state: { ...state, powerOn: false, fanSpeed: 0 } }
    default:
      return refused(`unknown action ${action}`)
  }
}

/** A speed above 0 switches the purifier on; speed 0 stops the fan and leaves the rest running. */
function withSpeed(state: AirPurifierState, fanSpeed: number): AirPurifierState {
  if (fanSpeed === 0) return { ...state, fanSpeed }
  return { ...state, powerOn: true, fanSpeed, lastSpeed: fanSpeed }
}

function sample({ air, fanSpeed, sampledAtMs }: AirPurifierState, nowMs: number, random: Random): Air {
  const targets: Partial<Air> = {
    pm25: SENSORS.pm25.typical * (1 - 0.17 * fanSpeed),
    voc: SENSORS.voc.typical * (1 - 0.13 * fanSpeed),
    sound: SENSORS.sound.typical + 6 * fanSpeed,
  }
  const elapsedMs = sampledAtMs === undefined ? 0 : nowMs - sampledAtMs
  return eachSensor((sensor, name) =>
    drift(air[name], sensor, targets[name] ?? sensor.typical, elapsedMs, random),
  )
}

// The field's purifiers send no time of their own.
function reading({ air, fanSpeed, powerOn }: AirPurifierState): Readonly<Record<string, unknown>> {
  const { networkStrength, temperature, humidity, pm25, sound, voc } = eachSensor((sensor, name) =>
    reported(air[name], sensor),
  )
  const pm1 = Number((air.pm25 * PM1_SHARE).toFixed(1))
  const pm10 = Number((air.pm25 * PM10_SHARE).toFixed(1))
  return { networkStrength, temperature, humidity, pm1, pm25, pm10, sound, voc, fanSpeed, powerOn }
}

function eachSensor(value: (sensor: Sensor, name: keyof Air) => number): Air {
  return {
    networkStrength: value(SENSORS.networkStrength, 'networkStrength'),
    temperature: value(SENSORS.temperature, 'temperature'),
    humidity: value(SENSORS.humidity, 'humidity'),
    pm25: value(SENSORS.pm25, 'pm25'),
    sound: value(SENSORS.sound, 'sound'),
    voc: value(SENSORS.voc, 'voc'),
  }
}
