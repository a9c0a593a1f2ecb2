import type { Decode } from '../../devices/class-decode.ts'
import { describe } from '../timestamp.ts'
import { type DecodeContext, keep } from './keep.ts'
import { readerOf } from './path-reader.ts'
import { timeReader } from './time-reader.ts'
import { valueReader } from './value-reader.ts'

const maxReadings = 10_000
const readingsAt = readerOf('readings')
const portAt = readerOf('port')
const valueAt = readerOf('value')
const timeAt = readerOf('ts')

/** `{"ts"?, "readings": […]}`, `{"port", "value"}` or a list of the latter. */
export function listReader(decode: Decode): (value: unknown, context: DecodeContext) => void {
  const findTime = readerOf(decode.time.path)
  const readTime = timeReader(decode.time)
  const readValue = valueReader(decode.values)
  return (value, context) => {
    const { faults, record, uplink, window } = context
    const given = readingsAt(value) ?? value
    const list: readonly unknown[] = Array.isArray(given) ? given : [given]
    if (list.length > maxReadings) {
      faults.push({ reason: 'wrong-shape', detail: `readings: more than ${maxReadings}` })
      return
    }
    const common = readTime(findTime(value), uplink, window, record.device.zone)
    for (const [index, item] of list.entries()) {
      const own = timeAt(item)
      const time = own === undefined ? common : readTime(own, uplink, window, record.device.zone)
      const port = portAt(item)
      const field = valueAt(item)
      if (typeof port === 'number' && field !== undefined)
        keep(context, 'readings', `[${index}]`, port, field, time, readValue)
      else
        faults.push({
          reason: 'wrong-shape',
          detail: `readings[${index}]: port and value must be numbers, not ${describe(item)}`,
        })
    }
  }
}
