import type { FieldsDecode } from '../../devices/class-decode.ts'
import { describe, withinWindow } from '../timestamp.ts'
import type { DecodeContext } from './keep.ts'
import { readerOf } from './path-reader.ts'
import { type ReadTime, timeReader } from './time-reader.ts'

export interface Sample {
  readonly value: object
  readonly time: ReadTime
  /** What stands before the path of a field, for a person. */
  readonly at: string
}

type SamplesReader = (value: unknown, common: ReadTime, context: DecodeContext) => readonly Sample[]

const maxSamples = 10_000
const unitMs = { ms: 1, s: 1000, min: 60_000 } as const

/** What has no paths stands at `value`. */
export const asObject = (value: unknown): object =>
  typeof value === 'object' && value !== null ? value : { value }

/** The samples of a message, each with its time. */
export function samplesReader({
  offset,
  path,
  stepMs = 0,
  time,
}: NonNullable<FieldsDecode['samples']>): SamplesReader {
  const find = path === undefined ? (value: unknown): unknown => value : readerOf(path)
  const ownTime = time && { find: readerOf(time.path), read: timeReader(time) }
  const ownOffset = offset && {
    find: readerOf(offset.path),
    ms: (offset.before ? -1 : 1) * unitMs[offset.unit],
  }

  const shifted = (common: ReadTime, byMs: unknown, { uplink, window }: DecodeContext): ReadTime => {
    if (common.kind === 'bad') return common
    if (typeof byMs !== 'number' || !Number.isFinite(byMs))
      return { kind: 'bad', reason: 'ts-invalid', detail: `ts: ${describe(byMs)} is not an offset` }
    const judged = withinWindow(common.ts + Math.round(byMs), uplink.receivedAt, window)
    return judged.kind === 'bad' ? judged : { kind: 'ok', ts: judged.ts, isUnset: common.isUnset }
  }

  const timeOf = (value: object, index: number, common: ReadTime, context: DecodeContext): ReadTime => {
    const { record, uplink, window } = context
    const own = ownTime?.find(value)
    if (ownTime !== undefined && own !== undefined && own !== null)
      return ownTime.read(own, uplink, window, record.device.zone)
    if (ownOffset === undefined) return stepMs === 0 ? common : shifted(common, index * stepMs, context)
    const by = ownOffset.find(value)
    return shifted(common, typeof by === 'number' ? by * ownOffset.ms : by, context)
  }

  return (value, common, context) => {
    const list = find(value)
    if (!Array.isArray(list)) {
      context.faults.push({ reason: 'wrong-shape', detail: `${path ?? 'the payload'}: must be an array` })
      return []
    }
    if (list.length > maxSamples) {
      context.faults.push({
        reason: 'wrong-shape',
        detail: `${path ?? 'the payload'}: more than ${maxSamples}`,
      })
      return []
    }
    return list.map((item: unknown, index) => {
      const sample = asObject(item)
      return { value: sample, time: timeOf(sample, index, common, context), at: `${path ?? ''}[${index}].` }
    })
  }
}
