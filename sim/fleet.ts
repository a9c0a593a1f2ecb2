import { openConnection, type OpenConnection } from './connection.ts'
import { createCounts, noteProblem, type Counts } from './counts.ts'
import { createDevice, type ClassKey } from './devices/catalogue.ts'
import type { PersonInput } from './devices/model.ts'
import type { FaultPlan } from './fault-plan.ts'
import { createRandom } from './random.ts'
import { createRunner, type Runner } from './runner.ts'

/** A device with what it needs to connect. */
export interface Member {
  readonly deviceId: string
  readonly password: string
  readonly orgId: string
  readonly classKey: ClassKey
}

export interface FleetOptions {
  readonly mqttUrl: string
  readonly members: readonly Member[]
  /** Otherwise every class reports at its own pace. */
  readonly intervalMs?: number | undefined
  readonly seed: string
  readonly faults: FaultPlan
  readonly open?: OpenConnection
}

export interface Fleet {
  readonly counts: Counts
  /** Resolves when every device has been connected once; never, if one cannot. */
  readonly ready: Promise<void>
  /** Somebody does something at a device; false if there is none of that name, or it has not started yet. */
  person(deviceId: string, input: PersonInput): boolean
  /** Publishes the last lifecycle, disconnects, and is done within two seconds. */
  stop(): Promise<void>
}

const STOP_GRACE_MS = 1_500
const LEAST_STAGGER_MS = 2
const MOST_STAGGER_MS = 50
const DEFAULT_SPREAD_MS = 10_000

/** Starts the devices one after the other; they run until `stop`. */
export function startFleet(options: FleetOptions): Fleet {
  const { members } = options
  const counts = createCounts(members.length)
  const running = new Map<string, Started>()
  const firstConnect = Promise.withResolvers<void>()
  let toConnect = members.length
  let next = 0
  if (toConnect === 0) firstConnect.resolve()

  const startNext = (): void => {
    const member = members[next]
    next += 1
    if (member === undefined) return clearInterval(starting)
    running.set(
      member.deviceId,
      startDevice(options, member, counts, () => {
        toConnect -= 1
        if (toConnect === 0) firstConnect.resolve()
      }),
    )
  }
  const spreadMs = (options.intervalMs ?? DEFAULT_SPREAD_MS) / Math.max(1, members.length)
  const starting = setInterval(startNext, Math.min(MOST_STAGGER_MS, Math.max(LEAST_STAGGER_MS, spreadMs)))
  startNext()

  return {
    counts,
    ready: firstConnect.promise,
    person(deviceId, input) {
      const device = running.get(deviceId)
      device?.runner.person(input)
      return device !== undefined
    },
    async stop() {
      clearInterval(starting)
      await Promise.all([...running.values()].map((device) => device.stop()))
    },
  }
}

interface Started {
  readonly runner: Runner
  stop(): Promise<void>
}

function startDevice(
  options: FleetOptions,
  member: Member,
  counts: Counts,
  connectedOnce: () => void,
): Started {
  const { deviceId, orgId, classKey, password } = member
  const dice = (purpose: string) => createRandom(`${options.seed}/${deviceId}/${purpose}`)
  const device = createDevice(classKey, { deviceId, orgId }, dice('device'))
  const { lifecycle, command } = device.topics
  const intervalMs = options.intervalMs ?? device.intervalMs
  let seen = false

  const connection = (options.open ?? openConnection)(
    {
      url: options.mqttUrl,
      deviceId,
      password,
      commandTopic: command,
      will: lifecycle === undefined ? undefined : { topic: lifecycle, payload: '{"status":"offline"}' },
      random: dice('network'),
    },
    {
      ready() {
        counts.connected += 1
        runner.connected()
        if (!seen) connectedOnce()
        seen = true
      },
      lost() {
        counts.connected -= 1
      },
      reconnecting() {
        counts.reconnects += 1
      },
      command: (payload) => runner.command(payload),
      acknowledged() {
        counts.acknowledged += 1
      },
      problem: (message) => noteProblem(counts, message),
    },
  )
  const runner = createRunner({
    device,
    connection,
    faults: options.faults,
    intervalMs,
    counts,
    jitterMs: (device.jitterMs * intervalMs) / device.intervalMs,
    faultRandom: dice('faults'),
    timeRandom: dice('time'),
  })
  return {
    runner,
    stop() {
      runner.stop()
      return connection.close(STOP_GRACE_MS)
    },
  }
}
