/** What a class's rules cost: messages decoded a second, beside the plainest class there is. */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { utf8Text } from '../../nodes/platform/kit/bytes.ts'
import { type DeviceClassInput, deviceClassSchema } from '../../nodes/devices/device-class.ts'
import { channelOf, type Device, type DeviceRecord, toDeviceRecord } from '../../nodes/devices/device.ts'
import { loadShippedClasses } from '../../nodes/devices/classes/shipped-classes.ts'
import { decodeUplink, nothingDecoded } from '../../nodes/telemetry/decode/decode.ts'
import { decodeReadings } from '../../nodes/telemetry/decode/readings.ts'
import { readUplink } from '../../nodes/telemetry/decode/read-uplink.ts'
import type { Uplink } from '../../nodes/telemetry/reading.ts'
import { defaultTimeWindow } from '../../nodes/telemetry/timestamp.ts'
import { median } from '../ingest/report.ts'
import { bareReported, decodeBareFields } from './bare.ts'

export const about = 'messages decoded a second: shipped classes, all rules of fields, a layout of bytes'
export const usage = `npm run bench -- classes [--messages 20000] [--rounds 41] [--json FILE]

Each row is measured round by round beside the one it is compared with; the ratio is the median of the rounds' ratios.`

const receivedAt = Date.UTC(2026, 10, 29, 12)
const device: Device = {
  id: 'd1',
  classKey: 'c',
  name: 'd1',
  tags: [],
  ports: [],
  isEnabled: true,
  credential: { salt: '', hash: '' },
  createdAt: '2026-11-29T12:00:00.000Z',
}
const ports = [1, 2, 3, 4, 5].map((port) => ({ port, name: `port ${port}`, min: -1000, max: 1000 }))
const recordOf = (decode: DeviceClassInput['telemetry'][number]['decode'], changes = {}): DeviceRecord => {
  const telemetry = [{ topic: 'x/{device}', decode }]
  const deviceClass = deviceClassSchema.parse({ key: 'c', name: 'c', telemetry, ports, ...changes })
  return toDeviceRecord('acme', device, deviceClass)
}

interface Way {
  readonly name: string
  readonly payload: Uint8Array
  readonly topic: string
  readonly decode: (uplink: Uplink) => number
}

/** As the decode node does it. */
const byClass = (name: string, record: DeviceRecord, payload: Uint8Array): Way => ({
  name,
  payload,
  topic: record.telemetryTopic,
  decode(uplink) {
    const into = nothingDecoded()
    const read = readUplink(uplink, record)
    if (read.kind === 'value') decodeUplink(into, uplink, read.value, record, defaultTimeWindow)
    return into.rejects.length > 0 ? Number.NaN : into.readings.length
  },
})

const text = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))
const paths = ['t', 'h', 'p', 'b', 's']
const fieldsOf = (rules: object = {}): DeviceClassInput['telemetry'][number]['decode'] => ({
  shape: 'fields',
  fields: paths.map((path, at) => ({ path, port: at + 1 })),
  ...rules,
})
const values = { t: 21.5, h: 41, p: 1013.2, b: 3.1, s: 1 }

async function ways(): Promise<readonly (readonly [of: Way, beside: Way, atLeast: number])[]> {
  const shipped = await loadShippedClasses()
  const shippedRecord = (key: string): DeviceRecord => {
    const deviceClass = shipped.find((one) => one.key === key)
    if (deviceClass === undefined) throw new Error(`no class ${key}`)
    return toDeviceRecord(
      'acme',
      { ...device, classKey: key, ports: [{ port: 1 }, { port: 2 }] },
      deviceClass,
    )
  }
  const [monitor, purifier] = [shippedRecord('port-monitor'), shippedRecord('air-purifier')]
  const list = text({
    ts: '2026-11-29T11:59:58.000Z',
    readings: [1, 2].map((port) => ({ port, value: 230.5 })),
  })
  const flat = text({
    networkStrength: -61,
    temperature: 21.5,
    humidity: 41,
    pm25: 9,
    voc: 120,
    powerOn: true,
  })
  const fieldsDecode = purifier.deviceClass.telemetry[0]?.decode
  if (fieldsDecode?.shape !== 'fields') throw new Error('air-purifier has other fields')
  const bareDecode = {
    tsPath: fieldsDecode.time.path,
    fields: fieldsDecode.fields.flatMap(({ path, port }) =>
      typeof port === 'number' ? [{ path, port }] : [],
    ),
  }
  /** What the shape costs without a class that could say more: as it was when classes could not. */
  const bareList: Way = {
    name: 'readings, bare',
    payload: list,
    topic: monitor.telemetryTopic,
    decode(uplink) {
      const into = nothingDecoded()
      const value: unknown = JSON.parse(utf8Text(uplink.payload) ?? '')
      if (channelOf(monitor, uplink.topic) !== 'telemetry') return 0
      decodeReadings(into.readings, [], uplink, value, monitor, defaultTimeWindow)
      return into.readings.length
    },
  }
  const bareFields: Way = {
    name: 'fields, bare',
    payload: flat,
    topic: purifier.telemetryTopic,
    decode(uplink) {
      const into = nothingDecoded()
      const value: unknown = JSON.parse(utf8Text(uplink.payload) ?? '')
      if (channelOf(purifier, uplink.topic) !== 'telemetry') return 0
      decodeBareFields(into.readings, [], uplink, value, purifier, bareDecode, defaultTimeWindow)
      const reported = bareReported(value, purifier.deviceClass.reported)
      const { deviceId, orgId } = uplink
      if (reported !== undefined) into.reports.push({ orgId, deviceId, receivedAt, reported })
      return into.readings.length
    },
  }
  const plain = byClass(
    'fields, plain',
    recordOf(fieldsOf()),
    text({ ts: '2026-11-29T11:59:58.000Z', ...values }),
  )
  const rules = byClass(
    'fields, all rules',
    recordOf(
      fieldsOf({
        payload: { kind: 'json', lenient: true },
        time: { path: 'ts', format: 'auto', zone: 'Europe/Rome', clockNotSet: 'receipt' },
        values: {
          numericText: true,
          decimalComma: true,
          unitSuffix: true,
          words: { ON: 1, OFF: 0 },
          noValue: [85, -127],
        },
      }),
    ),
    text({ ts: '2026-11-29T11:59:58.000Z', ...values }),
  )
  const bytes = Buffer.alloc(14)
  bytes.writeUInt32BE(receivedAt / 1000 - 2, 0)
  for (const [at, value] of [215, 410, 10_132, 310, 1].entries()) bytes.writeInt16BE(value, 4 + 2 * at)
  const layout = byClass(
    'layout of bytes',
    recordOf(
      fieldsOf({
        time: { path: 'ts', format: 'epoch-s' },
        payload: {
          kind: 'bytes',
          layout: [
            { name: 'ts', offset: 0, type: 'u32' },
            ...paths.map((name, at) => ({ name, offset: 4 + 2 * at, type: 'i16', scale: 0.1 })),
          ],
        },
      }),
    ),
    bytes,
  )
  return [
    [byClass('port-monitor', monitor, list), bareList, 0.97],
    [byClass('air-purifier', purifier, flat), bareFields, 0.97],
    [rules, plain, 0.8],
    [layout, plain, 0.8],
  ]
}

/** Messages a second. */
function rateOf({ decode, name, payload, topic }: Way, messages: number): number {
  const uplink = { orgId: 'acme', deviceId: 'd1', topic, payload, receivedAt, offset: '1' }
  let readings = 0
  const began = process.hrtime.bigint()
  for (let i = 0; i < messages; i += 1) readings += decode(uplink)
  const seconds = Number(process.hrtime.bigint() - began) / 1e9
  if (!(readings > 0)) throw new Error(`${name}: not all was decoded`)
  return messages / seconds
}

export async function run(args: readonly string[]): Promise<void> {
  const { values: options } = parseArgs({
    args: [...args],
    options: {
      messages: { type: 'string', default: '20000' },
      rounds: { type: 'string', default: '41' },
      json: { type: 'string' },
    },
  })
  const [messages, rounds] = [Number(options.messages), Number(options.rounds)]
  const rows: object[] = []
  console.log('class                messages/s   beside                ratio   at least')
  for (const [of, beside, atLeast] of await ways()) {
    const rates: number[] = []
    const ratios: number[] = []
    for (let round = 0; round <= rounds; round += 1) {
      // Turn about, so that neither has the warmer half.
      const first = round % 2 === 0
      const before = rateOf(first ? beside : of, messages)
      const after = rateOf(first ? of : beside, messages)
      const [own, other] = first ? [after, before] : [before, after]
      if (round === 0) continue
      rates.push(own)
      ratios.push(own / other)
    }
    const [rate, ratio] = [median(rates), median(ratios)]
    rows.push({ class: of.name, beside: beside.name, messagesPerSecond: Math.round(rate), ratio, atLeast })
    console.log(
      `${of.name.padEnd(20)} ${String(Math.round(rate)).padStart(10)}   ${beside.name.padEnd(20)} ${ratio.toFixed(2).padStart(6)}   ${atLeast}`,
    )
  }
  if (options.json !== undefined)
    writeFileSync(options.json, JSON.stringify({ bench: 'classes', rows }, null, 2))
}
