import { utf8Bytes } from '../../platform/kit/bytes.ts'
import { toIsoTime } from '../../platform/kit/iso-time.ts'
import type { Reject } from '../dead-letter.ts'
import type { Conflict } from './settle.ts'

/** Named one by one in the text; the payload has more. */
const named = 5
/** In one dead letter. */
const kept = 500

/**
 * A dead letter for each message that had values in conflict with others: with the values that are not in the series, which would be
 * lost otherwise.
 * @param checksumOf tells one such dead letter of a device from another: 32 bits of its payload
 */
export function conflictRejects(
  conflicts: readonly Conflict[],
  checksumOf: (payload: Uint8Array) => number,
): readonly Reject[] {
  const byMessage = Map.groupBy(conflicts, ({ reading }) => `${reading.deviceId}\n${reading.ingestTs}`)
  return [...byMessage.values()].flatMap((all) => {
    const [first] = all
    if (first === undefined) return []
    const { deviceId, ingestTs, orgId } = first.reading
    const payload = utf8Bytes(JSON.stringify({ readings: all.slice(0, kept).map(toLost) }))
    const more = all.length > named ? [`and ${all.length - named} more`] : []
    return {
      orgId,
      deviceId,
      topic: '',
      reason: 'conflict',
      detail: [...all.slice(0, named).map(described), ...more].join('; '),
      payload,
      receivedAt: ingestTs,
      offset: `${deviceId}.conflict`,
      // The same conflict again (after a crash, say) is the same dead letter.
      index: checksumOf(payload),
    }
  })
}

const toLost = ({ isReplaced, reading, values: [earlier, later] }: Conflict): object => ({
  port: reading.port,
  ts: toIsoTime(reading.ts),
  value: isReplaced ? earlier : later,
})

const described = ({ isArchived, isReplaced, reading, values: [earlier, later] }: Conflict): string =>
  `port ${reading.port} at ${toIsoTime(reading.ts)}: ${later} after ${earlier}${isArchived === true ? ', which is archived' : ''}; ${isReplaced ? later : earlier} stays`
