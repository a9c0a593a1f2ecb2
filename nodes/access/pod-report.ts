import { z } from 'zod'
import { parseIsoTime } from '../platform/kit/iso-time.ts'
import type { DeviceEvent } from '../telemetry/reading.ts'
import type { KeyedHash } from '../platform/keyed-hash.ts'
import { hashCode } from './code.ts'

export const podEvents = [
  'CODE_ENTERED',
  'WRONG_CODE',
  'OPEN_DOOR',
  'SESSION_START',
  'SESSION_END',
  'CLOSE_DOOR',
] as const

export interface PodReport {
  readonly orgId: string
  readonly podId: string
  readonly event: (typeof podEvents)[number]
  /** When it was, by the clock of the pod; when it came, if the pod does not say or is far ahead. */
  readonly atMs: number
  /** Names it for good: the same when the pod sends it again. */
  readonly eventId: string
  readonly bookingId: string | undefined
  /** Of the code that was typed. */
  readonly codeHash: string | undefined
}

const bodySchema = z.object({
  event: z.enum(podEvents),
  ts: z.union([z.string(), z.number()]).optional(),
  eventId: z.string().min(1).max(200).optional(),
  bookingId: z.string().max(200).optional(),
  codeHash: z.string().max(200).optional(),
  code: z.union([z.string(), z.number()]).optional(),
})

/** `{"event":"OPEN_DOOR","ts","codeHash"?,"bookingId"?,"eventId"?}`; undefined for what is no event of a pod. */
export function parsePodReport(
  key: KeyedHash,
  { body, deviceId: podId, offset, orgId, receivedAt }: DeviceEvent,
): PodReport | undefined {
  const parsed = bodySchema.safeParse(body)
  if (!parsed.success) return undefined
  const { bookingId, code, codeHash, event, eventId, ts } = parsed.data
  const saidMs = typeof ts === 'number' ? ts : ts === undefined ? Number.NaN : parseIsoTime(ts)
  const hash = codeHash ?? (code === undefined ? undefined : hashCode(key, orgId, podId, String(code)))
  // Without a name of its own what is alike in all is the same.
  const named = eventId ?? (Number.isNaN(saidMs) ? offset : `${event}/${saidMs}/${hash ?? ''}`)
  return {
    orgId,
    podId,
    event,
    atMs: Number.isNaN(saidMs) ? receivedAt : saidMs,
    eventId: named,
    bookingId,
    codeHash: hash,
  }
}
