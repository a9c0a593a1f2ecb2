import type { DeviceStates } from '../devices/device-states.ts'
import { defineJob, type JobDefinition } from '../platform/kit/jobs/job.ts'
import type { Reckoning } from '../platform/clock.ts'
import { toldAnew } from '../platform/kit/jobs/reckoned.ts'
import type { Platform } from '../platform/platform.ts'
import { type Command, commandCollection, type CommandDocument } from './command.ts'
import { carriedOut } from '../platform/kit/decider/aggregate.ts'
import { commandJobName, type Commands } from './command-service.ts'
import { movedCommand } from './moved.ts'

export interface SendingParts extends Pick<Platform, 'clock'> {
  readonly commands: Commands
  readonly deviceStates: Pick<DeviceStates, 'get'>
}

const leaseMs = 10_000
const maxAtOnce = 64
const retry = { firstMs: 200, lastMs: 5000 }
/** A command that waits for another, or for its device, looks again: sooner while it is young. */
const lookAgainMs = { first: 500, last: 15_000 }

/** Sends what is due, and sends it again when no answer has come. */
export function sendingJob(parts: SendingParts): JobDefinition<CommandDocument> {
  const { clock, commands } = parts

  /** Whether those before it on their way to the device are through, and the device can get it. */
  async function isItsTurn(orgId: string, command: CommandDocument): Promise<boolean> {
    if (command.status === 'sent') return true
    const open = await commands.openOf(orgId, command.deviceId)
    const mayBeHeld = ({ status, whenOffline }: Command): boolean =>
      whenOffline === 'hold' && status === 'pending'
    const isOffline = open.some(mayBeHeld) && !(await parts.deviceStates.get(orgId, command.deviceId)).online
    return open.find((each) => !(isOffline && mayBeHeld(each)))?.id === command.id
  }

  return defineJob<CommandDocument>({
    name: commandJobName,
    collection: commandCollection,
    of: 'organizations',
    leaseMs,
    maxAtOnce,
    retry,
    moved: movedCommand,
    async run(work) {
      const { document, orgId } = work
      const nowMs = clock.nowMs()
      const isOver = document.expiresAtMs !== null && nowMs >= document.expiresAtMs
      if (!isOver && !(await isItsTurn(orgId, document))) {
        const reckoned = clock.reckoning()
        return (current) => lookLater(toldAnew(current, reckoned, movedCommand), nowMs, reckoned)
      }
      const before = document.attempts.length
      const saved = await work.save((current) =>
        carriedOut(commands.decider, current, { type: 'AttemptCommand' }, nowMs),
      )
      if (saved === undefined) return (current) => current
      if (saved.attempts.length > before) await commands.publisher.publish(orgId, saved)
      await commands.noted(orgId, document, saved)
      return (current) => current
    },
  })
}

function lookLater(current: CommandDocument, nowMs: number, reckoned: Reckoning): CommandDocument {
  if (current.status !== 'pending') return current
  const pauseMs = Math.min(Math.max((nowMs - current.createdAtMs) / 4, lookAgainMs.first), lookAgainMs.last)
  return { ...current, dueAtMs: Math.min(nowMs + pauseMs, current.expiresAtMs ?? Infinity), reckoned }
}
