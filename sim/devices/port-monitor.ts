import { z } from 'zod'
import { answerCommand, refused, type Answered, type Applied, type Command } from './commands.ts'
import { drift, initial, reported, type Sensor } from './drift.ts'
import { isoTime, publish, type DeviceModel, type DeviceOutput } from './model.ts'
import { happens, type Random } from '../random.ts'

const MINUTE_MS = 60_000
const LONGEST_INTERVAL_S = 86_400

interface Port extends Sensor {
  readonly port: number
  /** A contact is open or closed and changes now and then; everything else drifts. */
  readonly contact?: true
}

/** Mains voltage, a door contact, a load current and the temperature in the cabinet. */
const PORTS: readonly Port[] = [
  { port: 1, min: 207, max: 253, typical: 230, noise: 1.5, settleMs: 10 * MINUTE_MS, decimals: 1 },
  { port: 2, min: 0, max: 1, typical: 0, noise: 0, settleMs: MINUTE_MS, decimals: 0, contact: true },
  { port: 3, min: 0, max: 16, typical: 4, noise: 0.4, settleMs: 15 * MINUTE_MS, decimals: 2 },
  { port: 4, min: -10, max: 70, typical: 31, noise: 0.5, settleMs: 45 * MINUTE_MS, decimals: 1 },
]
const CONTACT_CHANGES = 0.02

export interface PortMonitorState {
  /** In the order of `PORTS`. */
  readonly values: readonly number[]
  readonly intervalS: number | undefined
  readonly sampledAtMs: number | undefined
  readonly answered: Answered
}

export const portMonitor: DeviceModel<PortMonitorState> = {
  classKey: 'port-monitor',
  intervalMs: 120_000,
  jitterMs: 0,
  keepsReadings: true,
  hasKeypad: false,
  ranges: Object.fromEntries(PORTS.map((port) => [String(port.port), port])),
  ports: PORTS.map(({ port }) => port),
  topics: ({ orgId, deviceId }) => {
    const base = `org/${orgId}/device/${deviceId}`
    return {
      telemetry: `${base}/telemetry`,
      command: `${base}/command`,
      ack: `${base}/cmdres`,
      lifecycle: `${base}/lifecycle`,
    }
  },
  create: (_identity, random) => ({
    values: PORTS.map((port) => (port.contact === true ? 0 : initial(port, random))),
    intervalS: undefined,
    sampledAtMs: undefined,
    answered: [],
  }),
  step: (state, input, nowMs, random) => {
    switch (input.kind) {
      case 'connected':
        return [state, [publish('lifecycle', { status: 'online', ts: isoTime(nowMs) })]]
      case 'stopping':
        return [state, [publish('lifecycle', { status: 'offline', ts: isoTime(nowMs) })]]
      case 'report': {
        const sampled = { ...state, values: sample(state, nowMs, random), sampledAtMs: nowMs }
        return [sampled, [readings(sampled, nowMs)]]
      }
      case 'command':
        return answerCommand(
          state,
          input.payload,
          nowMs,
          (current, command) => apply(current, command, nowMs),
          ({ intervalS }) => (intervalS === undefined ? {} : { intervalS }),
        )
      case 'wake':
      case 'keypad':
      case 'leave':
        break
    }
    return [state, []]
  },
}

const intervalSchema = z.int().min(1).max(LONGEST_INTERVAL_S)

function apply(
  state: PortMonitorState,
  { action, value }: Command,
  nowMs: number,
): Applied<PortMonitorState> {
  switch (action) {
    case 'setInterval': {
      const seconds = intervalSchema.safeParse(value)
      if (!seconds.success) return refused(`setInterval takes whole seconds from 1 to ${LONGEST_INTERVAL_S}`)
      return {
        kind: 'done',
        state: { ...state, intervalS: seconds.data },
        outputs: [{ kind: 'interval', intervalMs: seconds.data * 1_000 }],
      }
    }
    case 'reportNow':
      return { kind: 'done', state, outputs: [readings(state, nowMs)] }
    default:
      return refused(`unknown action ${action}`)
  }
}

function sample({ values, sampledAtMs }: PortMonitorState, nowMs: number, random: Random): readonly number[] {
  const elapsedMs = sampledAtMs === undefined ? 0 : nowMs - sampledAtMs
  return PORTS.map((port, index) => {
    const value = values[index] ?? port.typical
    if (port.contact === true) return happens(CONTACT_CHANGES, random) ? 1 - value : value
    return drift(value, port, port.typical, elapsedMs, random)
  })
}

function readings({ values }: PortMonitorState, nowMs: number): DeviceOutput {
  return publish('telemetry', {
    ts: isoTime(nowMs),
    readings: PORTS.map((port, index) => ({
      port: port.port,
      value: reported(values[index] ?? port.typical, port),
    })),
  })
}
