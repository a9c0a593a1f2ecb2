import type { Layout, Payload } from '../../devices/class-decode.ts'
import { fromBase64, fromHex, utf8Text } from '../../platform/kit/bytes.ts'
import { gunzip, inflate } from '../../platform/kit/inflate.ts'
import { presentable } from '../../platform/kit/presentable.ts'
import { readCbor } from './cbor.ts'
import type { Fault } from './fault.ts'
import { layoutReader } from './layout.ts'
import { withoutNan } from './lenient-json.ts'
import { readerOf } from './path-reader.ts'

export type Parsed =
  | { readonly kind: 'value'; readonly value: unknown }
  | ({ readonly kind: 'fault' } & Fault)

export type PayloadReader = (payload: Uint8Array) => Parsed

/** What a compressed payload may become. */
const maxInflatedBytes = 1_048_576
const mark = '\ufeff'
const base64 = /^[A-Za-z0-9+/_-]*={0,2}$/
const hex = /^(?:[0-9A-Fa-f]{2})*$/
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/

const fault = (reason: Fault['reason'], detail: string): Parsed => ({ kind: 'fault', reason, detail })
const notUtf8 = fault('not-utf8', 'the payload is not valid UTF-8')
const withoutMark = (text: string): string => (text.startsWith(mark) ? text.slice(1) : text)

/** The payload as JSON, a byte-order mark skipped. `text` is undefined when the bytes are not UTF-8. */
export function parsePayload(text: string | undefined): Parsed {
  if (text === undefined) return notUtf8
  try {
    return { kind: 'value', value: JSON.parse(text) as unknown }
  } catch (error) {
    if (text.startsWith(mark)) return parsePayload(text.slice(1))
    return fault('not-json', presentable(error))
  }
}

function jsonReader({ inner, lenient }: Extract<Payload, { kind: 'json' }>): PayloadReader {
  const read: PayloadReader = (payload) => {
    const text = utf8Text(payload)
    const parsed = parsePayload(text)
    return parsed.kind === 'fault' && lenient && text !== undefined ? parsePayload(withoutNan(text)) : parsed
  }
  if (inner === undefined) return read
  const find = readerOf(inner.path)
  const layout = layoutReader(inner.layout)
  return (payload) => {
    const parsed = read(payload)
    if (parsed.kind === 'fault') return parsed
    const text = find(parsed.value)
    if (text === undefined || text === null) return parsed
    if (typeof text !== 'string' || !(inner.encoding === 'hex' ? hex : base64).test(text))
      return fault('wrong-shape', `${inner.path}: must be ${inner.encoding}`)
    const bytes = inner.encoding === 'hex' ? fromHex(text) : fromBase64(text)
    return { kind: 'value', value: { ...Object(parsed.value), bytes: layout(bytes) } }
  }
}

const cborReader: PayloadReader = (payload) => {
  try {
    return { kind: 'value', value: readCbor(payload) }
  } catch (error) {
    return fault('wrong-shape', `the payload is not CBOR: ${presentable(error)}`)
  }
}

const textReader =
  (toValue: (text: string) => Parsed): PayloadReader =>
  (payload) => {
    const text = utf8Text(payload)
    return text === undefined ? notUtf8 : toValue(withoutMark(text).trim())
  }

const wordReader = textReader((value) => ({ kind: 'value', value: { value } }))
const numberReader = textReader((text) =>
  number.test(text)
    ? { kind: 'value', value: { value: Number(text) } }
    : fault('wrong-shape', 'the payload is not a number'),
)

function bytesReader(layout: Layout): PayloadReader {
  const read = layoutReader(layout)
  return (payload) => ({ kind: 'value', value: read(payload) })
}

function base64Reader(layout: Layout | undefined): PayloadReader {
  const read: PayloadReader =
    layout === undefined ? (payload) => parsePayload(utf8Text(payload)) : bytesReader(layout)
  return textReader((text) =>
    base64.test(text) ? read(fromBase64(text)) : fault('wrong-shape', 'the payload is not base64'),
  )
}

function uncompressedReader(spec: Payload): PayloadReader {
  if (spec.kind === 'json') return jsonReader(spec)
  if (spec.kind === 'text') return wordReader
  if (spec.kind === 'cbor') return cborReader
  if (spec.kind === 'number') return numberReader
  return spec.kind === 'bytes' ? bytesReader(spec.layout) : base64Reader(spec.layout)
}

/** What a class says of its payloads, as a function. */
export function payloadReader(spec: Payload): PayloadReader {
  const read = uncompressedReader(spec)
  if (spec.compression === 'none') return read
  const unpack = spec.compression === 'gzip' ? gunzip : inflate
  return (payload) => {
    try {
      return read(unpack(payload, maxInflatedBytes))
    } catch (error) {
      return fault('wrong-shape', `the payload is not ${spec.compression}: ${presentable(error)}`)
    }
  }
}
