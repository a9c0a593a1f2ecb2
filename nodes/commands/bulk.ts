/** One command to many devices: a document that a job works through, so that a restart goes on where it was. */
import { z } from 'zod'
import type { DeviceDirectory } from '../devices/directory.ts'
import type { DeviceRecord } from '../devices/device.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import { dueAt, dueFields } from '../platform/kit/jobs/job.ts'
import type { Platform } from '../platform/platform.ts'
import type { CollectionSpec } from '../platform/store/port.ts'
import { commandCollection, type CommandStatus, commandStatuses, commandValueSchema } from './command.ts'

/** Devices by exactly one of these. */
export const bulkScopeSchema = z.union([
  z.strictObject({ tag: z.string().min(1).max(64) }),
  z.strictObject({ classKey: z.string().min(1).max(64) }),
  z.strictObject({ deviceIds: z.array(z.string().min(1).max(64)).min(1).max(10_000) }),
])
export type BulkScope = z.output<typeof bulkScopeSchema>

const bulkSchema = z.strictObject({
  id: z.string(),
  action: z.string(),
  value: commandValueSchema,
  requestedBy: z.string().nullable(),
  createdAtMs: z.number(),
  deviceIds: z.array(z.string()),
  /** How many of them have been asked for. */
  done: z.int(),
  /** Those to whom it could not be sent: removed, or of a class that has no such action. */
  refused: z.array(z.string()),
  ...dueFields,
})
export type Bulk = z.output<typeof bulkSchema>

export const bulkCollection: CollectionSpec<Bulk> = {
  name: 'command_bulks',
  schema: bulkSchema,
  indexesEverywhere: [['dueAtMs']],
}

export const bulkView = z.object({
  id: z.string(),
  action: z.string(),
  value: commandValueSchema,
  requestedBy: z.string().nullable(),
  createdAt: z.iso.datetime(),
  total: z.int(),
  refused: z.array(z.string()),
  /** Commands by status; what was not asked for yet is `pending`. */
  counts: z.record(z.enum(commandStatuses), z.int()),
})

/** Of the organization, in the order of their ids. */
export function devicesIn(
  directory: Pick<DeviceDirectory, 'all' | 'lookup'>,
  orgId: string,
  scope: BulkScope,
): readonly DeviceRecord[] {
  const isOwn = (record: DeviceRecord | undefined): record is DeviceRecord => record?.orgId === orgId
  if ('deviceIds' in scope)
    return [...new Set(scope.deviceIds)].map((id) => directory.lookup(id)).filter(isOwn)
  const isMeant = ({ device }: DeviceRecord): boolean =>
    'tag' in scope ? device.tags.includes(scope.tag) : device.classKey === scope.classKey
  return [...directory.all()]
    .filter((record) => isOwn(record) && isMeant(record))
    .sort((a, b) => (a.device.id < b.device.id ? -1 : 1))
}

type BulkParts = Pick<Platform, 'clock' | 'jobs' | 'secrets' | 'store'>

export const bulkJobName = 'command bulks'

export interface Bulks {
  ask(
    orgId: string,
    wanted: Pick<Bulk, 'action' | 'value' | 'requestedBy'> & { readonly deviceIds: readonly string[] },
  ): Promise<Bulk>
  get(orgId: string, id: string): Promise<z.output<typeof bulkView> | undefined>
}

export function openBulks({ clock, jobs, secrets, store }: BulkParts): Bulks {
  const of = (orgId: string) => store.organization(orgId)
  return {
    async ask(orgId, { deviceIds, ...wanted }) {
      const nowMs = clock.nowMs()
      const bulk: Bulk = {
        ...wanted,
        id: secrets.newId(),
        createdAtMs: nowMs,
        deviceIds: [...deviceIds],
        done: 0,
        refused: [],
        ...dueAt(nowMs),
      }
      await of(orgId).collection(bulkCollection).insert(bulk)
      jobs.wake(bulkJobName)
      return bulk
    },
    async get(orgId, id) {
      const bulk = (await of(orgId).collection(bulkCollection).get(id))?.document
      if (bulk === undefined) return undefined
      const commands = of(orgId).collection(commandCollection)
      const found = await Promise.all(
        commandStatuses.map(
          async (status) => [status, await commands.count({ bulkId: id, status })] as const,
        ),
      )
      // oxlint-disable-next-line no-unsafe-type-assertion -- one for each status
      const counts = Object.fromEntries(found) as Record<CommandStatus, number>
      const { action, createdAtMs, deviceIds, refused, requestedBy, value } = bulk
      const asked = found.reduce((sum, [, count]) => sum + count, 0)
      counts.pending += deviceIds.length - refused.length - asked
      const createdAt = toIsoTime(createdAtMs)
      return { id, action, value, requestedBy, createdAt, total: deviceIds.length, refused, counts }
    },
  }
}
