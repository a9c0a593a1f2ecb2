import type { FieldsDecode } from '../../devices/class-decode.ts'
import { reportedFields } from './fields.ts'
import { type DecodeContext, keep } from './keep.ts'
import { readerOf } from './path-reader.ts'
import { asObject, type Sample, samplesReader } from './samples.ts'
import { timeReader } from './time-reader.ts'
import { valueReader } from './value-reader.ts'

type Field = FieldsDecode['fields'][number]

/** The port of a field, by the topic's levels where it depends on them. */
function portOf(port: Field['port'], levels: DecodeContext['levels']): number | undefined {
  if (typeof port === 'number') return port
  const word = levels[port.level]
  return word !== undefined && Object.hasOwn(port.ports, word) ? port.ports[word] : undefined
}

/** Whether any field has a port where these stand for the levels of its topic. */
export const namesPorts = ({ fields }: FieldsDecode, levels: DecodeContext['levels']): boolean =>
  fields.some(({ port }) => portOf(port, levels) !== undefined)

/** Paths that map to ports, with all that a class may say of them. */
export function fieldsReader(decode: FieldsDecode): (value: unknown, context: DecodeContext) => void {
  const findTime = readerOf(decode.time.path)
  const readTime = timeReader(decode.time)
  const samplesOf = decode.samples && samplesReader(decode.samples)
  const fields = decode.fields.map(({ path, port, values }) => ({
    path,
    port,
    find: readerOf(path),
    readValue: valueReader(values ?? decode.values),
  }))

  /** How many of the fields are there. */
  const take = ({ at, time, value }: Sample, context: DecodeContext): number => {
    let found = 0
    for (const { find, path, port, readValue } of fields) {
      const field = find(value)
      if (field === undefined) continue
      const number = portOf(port, context.levels)
      if (number === undefined) continue
      found += 1
      keep(context, at, path, number, field, time, readValue)
    }
    return found
  }

  return (value, context) => {
    const { faults, record, uplink, window } = context
    const common = readTime(findTime(value), uplink, window, record.device.zone)
    let found = 0
    if (samplesOf !== undefined) {
      const samples = samplesOf(value, common, context)
      if (samples.length === 0) return
      for (const sample of samples) found += take(sample, context)
    } else if (common.kind === 'bad') {
      faults.push({ reason: common.reason, detail: common.detail })
      return
    } else found = take({ value: asObject(value), time: common, at: '' }, context)
    if (found === 0 && reportedFields(value, record.deviceClass.reported) === undefined)
      faults.push({ reason: 'wrong-shape', detail: 'none of the fields of this device class is there' })
  }
}
