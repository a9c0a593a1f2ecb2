import type { Commands } from '../commands/command-service.ts'
import { carriedOut } from '../platform/kit/decider/aggregate.ts'
import { defineJob, type JobDefinition } from '../platform/kit/jobs/job.ts'
import { toldAnew } from '../platform/kit/jobs/reckoned.ts'
import type { Platform } from '../platform/platform.ts'
import { controlCollection, type ControlDocument, type Sending } from './control.ts'
import { controlJobName, type DeviceControl } from './control-service.ts'
import { dueOf } from './due.ts'
import { movedControl } from './moved.ts'

export interface ControlJobParts extends Pick<Platform, 'clock' | 'log' | 'relay'> {
  readonly commands: Pick<Commands, 'issue'>
  readonly control: DeviceControl
}

/** How long what wins waits for a device that is away. */
const heldMs = 30 * 24 * 3_600_000

/** Sends what was decided, ends overrides at their time, and looks what has become of them. */
export function controlJob({
  clock,
  commands,
  control,
  log,
  relay,
}: ControlJobParts): JobDefinition<ControlDocument> {
  async function send(orgId: string, deviceId: string, sending: Sending): Promise<void> {
    const { action, commandId, expiresAtMs, requestedBy, source, value, whenOffline } = sending
    const leftMs = expiresAtMs === null ? heldMs : Math.max(1000, expiresAtMs - clock.nowMs())
    const issued = await commands.issue(orgId, {
      id: commandId,
      deviceId,
      action,
      value,
      source,
      whenOffline,
      ...(whenOffline === 'hold' ? { expiresInMs: leftMs } : {}),
      ...(requestedBy === null ? {} : { requestedBy }),
    })
    // The device is gone, or its class has changed: there is nothing to try again.
    if (issued.kind !== 'issued')
      log.warn({ device: deviceId, action, why: issued }, 'what a layer wishes cannot be sent')
  }

  return defineJob<ControlDocument>({
    name: controlJobName,
    collection: controlCollection,
    of: 'organizations',
    leaseMs: 5000,
    maxAtOnce: 64,
    retry: { firstMs: 500, lastMs: 30_000 },
    moved: movedControl,
    async run(work) {
      const { document, orgId } = work
      const { id: deviceId } = document
      const command = await control.facts.lookAfter(orgId, document)
      const saved = await work.save((current) => carriedOut(control.decider, current, command, clock.nowMs()))
      if (saved === undefined) return (current) => current
      if (saved.eventSeq !== document.eventSeq) relay.offer(controlCollection, orgId, saved)
      for (const sending of saved.sending) await send(orgId, deviceId, sending)
      for (const rank of ['safety', 'override'] as const) {
        const [before, after] = [document[rank], saved[rank]]
        if (after && (before?.status !== after.status || before.confirmedAtMs !== after.confirmedAtMs))
          control.tell(orgId, deviceId, after)
      }
      const sent = new Set(saved.sending.map(({ commandId }) => commandId))
      return (current) => {
        const reckoned = clock.reckoning()
        const told = toldAnew(current, reckoned, movedControl)
        const next = { ...told, sending: told.sending.filter(({ commandId }) => !sent.has(commandId)) }
        return { ...next, dueAtMs: dueOf(next, clock.nowMs()), reckoned }
      }
    },
  })
}
