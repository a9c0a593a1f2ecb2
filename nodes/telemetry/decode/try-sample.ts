import { channelOf, type DeviceRecord } from '../../devices/device.ts'
import type { Evaluated } from '../../platform/expressions/pool.ts'
import { utf8Text } from '../../platform/kit/bytes.ts'
import { toIsoTime } from '../../platform/kit/iso-time.ts'
import { calibrate } from '../calibrate/calibrate.ts'
import { assess } from '../quality/assess.ts'
import type { Uplink } from '../reading.ts'
import type { TimeWindow } from '../timestamp.ts'
import { type Decoded, decodeUplink, nothingDecoded, rejectUplink } from './decode.ts'
import { readUplink } from './read-uplink.ts'

export type Evaluate = (source: string, text: string) => Promise<Evaluated>

/** What a message of a device would become, expression and quality included, without a trace of it anywhere. */
export async function trySample(
  uplink: Uplink,
  record: DeviceRecord,
  window: TimeWindow,
  evaluate: Evaluate,
): Promise<TriedSample> {
  const into = nothingDecoded()
  const read = readUplink(uplink, record)
  if (read.kind === 'fault') rejectUplink(into, uplink, read)
  else if (read.kind === 'value') {
    const evaluated = read.source === undefined ? undefined : await evaluate(read.source, read.text)
    if (evaluated?.kind === 'fault') rejectUplink(into, uplink, evaluated)
    else
      decodeUplink(
        into,
        uplink,
        evaluated === undefined ? read.value : parsed(evaluated.text),
        record,
        window,
      )
  }
  return {
    device: record.device.id,
    channel: channelOf(record, uplink.topic) ?? null,
    isIgnored: read.kind === 'ignored',
    ...told(into, record),
  }
}

const parsed = (text: string | undefined): unknown =>
  text === undefined ? undefined : (JSON.parse(text) as unknown)

function told(into: Decoded, record: DeviceRecord): Omit<TriedSample, 'device' | 'channel' | 'isIgnored'> {
  const limits = { lateAfterMs: record.deviceClass.lateAfterMs, sameInARow: 0, stuckAfter: 0 }
  const online = into.reports.find((report) => report.online !== undefined)?.online
  return {
    readings: into.readings.map((reading) => {
      const port = record.ports[reading.port]
      const calibratedValue = port === undefined ? reading.rawValue : calibrate(reading.rawValue, port)
      return {
        port: reading.port,
        name: port?.name ?? '',
        unit: port?.unit ?? '',
        ts: toIsoTime(reading.ts),
        rawValue: reading.rawValue,
        calibratedValue,
        quality: assess({ ...reading, calibratedValue }, port, limits),
      }
    }),
    reports: into.reports.flatMap(({ reported }) => (reported === undefined ? [] : [reported])),
    lifecycle: online === undefined ? null : online ? 'online' : 'offline',
    events: into.events.map(({ body }) => body),
    responses: into.responses.map(({ body }) => body),
    ...(into.children.length === 0 ? {} : { children: into.children.map(toTriedChild) }),
    reasons: into.rejects.map(({ detail, reason }) => ({ reason, detail })),
  }
}

const toTriedChild = ({
  address,
  data,
}: Decoded['children'][number]): { device: string; payload: string } => ({
  device: address,
  payload: utf8Text(data) ?? '',
})

export interface TriedReading {
  readonly port: number
  readonly name: string
  readonly unit: string
  readonly ts: string
  readonly rawValue: number
  readonly calibratedValue: number
  readonly quality: ReturnType<typeof assess>
}

export interface TriedSample {
  readonly device: string | null
  /** What the topic is for. */
  readonly channel: string | null
  readonly isIgnored: boolean
  readonly readings: readonly TriedReading[]
  readonly reports: readonly NonNullable<Decoded['reports'][number]['reported']>[]
  readonly lifecycle: 'online' | 'offline' | null
  readonly events: readonly Decoded['events'][number]['body'][]
  readonly responses: readonly Decoded['responses'][number]['body'][]
  /** What a gateway would bring, each as a message of its own. */
  readonly children?: readonly { readonly device: string; readonly payload: string }[]
  readonly reasons: readonly { readonly reason: string; readonly detail: string }[]
}
