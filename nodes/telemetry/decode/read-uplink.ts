import { channelOf, connectionTopic, type DeviceRecord } from '../../devices/device.ts'
import { utf8Text } from '../../platform/kit/bytes.ts'
import type { Uplink } from '../reading.ts'
import { readCommon } from './common-payload.ts'
import { decoderOf } from './decoder.ts'
import type { Fault } from './fault.ts'
import { parsePayload, type Parsed } from './payload-reader.ts'

export type ReadUplink =
  | {
      readonly kind: 'value'
      readonly value: unknown
      /** To be evaluated first, of `text`. */
      readonly source: string | undefined
      readonly text: string
    }
  | ({ readonly kind: 'fault' } & Fault)
  /** Nothing, as clears a retained message, or on a topic that the class ignores. */
  | { readonly kind: 'ignored' }

const ignored: ReadUplink = { kind: 'ignored' }

/** The payload as its class has it on this topic, and what is to be evaluated before it can be decoded. */
export function readUplink(uplink: Uplink, record: DeviceRecord): ReadUplink {
  if (uplink.payload.length === 0) return ignored
  if (record.isPlain) return readPlain(uplink, record)
  const { topic } = uplink
  const decoder = decoderOf(record, topic)
  if (decoder === undefined) return withoutExpression(readOther(uplink, record))
  if (record.deviceClass.unknownTopics === 'ignore' && !decoder.entry.isMeant(decoder.levels)) return ignored
  const parsed = decoder.entry.read(uplink.payload)
  if (parsed.kind === 'fault' || decoder.entry.expression === undefined) return withoutExpression(parsed)
  const { levels } = decoder
  const text = decoder.entry.isAboutMessage ? { payload: parsed.value, topic, levels } : parsed.value
  return { ...parsed, source: decoder.entry.expression, text: JSON.stringify(text) }
}

/** Nearly all there is: nothing is made here but the answer. */
function readPlain(uplink: Uplink, record: DeviceRecord): ReadUplink {
  const decode = record.deviceClass.telemetry[0]?.decode
  const mayBeCommon =
    decode?.shape === 'readings' &&
    record.deviceClass.reported.length === 0 &&
    uplink.topic === record.telemetryTopic
  const common = mayBeCommon ? readCommon(uplink.payload) : undefined
  if (common !== undefined) return { kind: 'value', value: common, source: undefined, text: '' }
  const text = utf8Text(uplink.payload)
  const source =
    decode?.shape === 'jsonata' && channelOf(record, uplink.topic) === 'telemetry'
      ? decode.expression
      : undefined
  if (text !== undefined)
    try {
      return { kind: 'value', value: JSON.parse(text) as unknown, source, text }
    } catch {
      // Not as it is; perhaps without a mark.
    }
  const parsed = parsePayload(text)
  return parsed.kind === 'fault'
    ? parsed
    : { kind: 'value', value: parsed.value, source, text: withoutMark(text ?? '') }
}

/** JSON, but for a lifecycle of bare words, and answers in words of the make's own. */
function readOther({ payload, topic }: Uplink, record: DeviceRecord): Parsed {
  const text = utf8Text(payload)
  const parsed = parsePayload(text)
  if (parsed.kind !== 'fault' || text === undefined) return parsed
  const isWord = record.deviceClass.lifecycle !== undefined && topic !== connectionTopic
  const mayBeText = record.answerTopics.has(topic) || (isWord && channelOf(record, topic) === 'lifecycle')
  return mayBeText ? { kind: 'value', value: text } : parsed
}

const withoutExpression = (parsed: Parsed): ReadUplink =>
  parsed.kind === 'fault' ? parsed : { kind: 'value', value: parsed.value, source: undefined, text: '' }

const withoutMark = (text: string): string => (text.startsWith('\ufeff') ? text.slice(1) : text)
