import type { Decode } from '../../devices/class-decode.ts'
import type { TelemetryEntry } from '../../devices/device-class.ts'
import { type DeviceRecord, telemetryTopicOf } from '../../devices/device.ts'
import { readChildren } from './children.ts'
import { fieldsReader, namesPorts } from './fields-reader.ts'
import type { DecodeContext } from './keep.ts'
import { listReader } from './list-reader.ts'
import { type PayloadReader, payloadReader } from './payload-reader.ts'

/** What a class says of one of its telemetry topics, made into functions once. */
export interface CompiledEntry {
  readonly read: PayloadReader
  /** To be evaluated before `decode`, of what `inputOf` makes of the payload. */
  readonly expression: string | undefined
  readonly isAboutMessage: boolean
  /** Whether what stands for the topic's levels means anything to the class. */
  readonly isMeant: (levels: DecodeContext['levels']) => boolean
  readonly decode: (value: unknown, context: DecodeContext) => void
}

const compiled = new WeakMap<TelemetryEntry, CompiledEntry>()

/** A changed class has new entries. */
export function compiledEntry(entry: TelemetryEntry): CompiledEntry {
  const known = compiled.get(entry)
  if (known !== undefined) return known
  const made = compile(entry.decode)
  compiled.set(entry, made)
  return made
}

function compile(decode: Decode): CompiledEntry {
  return {
    read: payloadReader(decode.payload),
    expression: 'expression' in decode ? decode.expression : undefined,
    isAboutMessage: 'expression' in decode && decode.input === 'message',
    isMeant: decode.shape === 'fields' ? (levels) => namesPorts(decode, levels) : () => true,
    decode: decodeBy(decode),
  }
}

function decodeBy(decode: Decode): CompiledEntry['decode'] {
  if (decode.shape === 'none') return () => undefined
  if (decode.shape === 'fields') return fieldsReader(decode)
  if (decode.shape === 'children') return readChildren
  return listReader(decode)
}

/** What is published on one topic of a device. */
export interface TopicDecoder {
  readonly entry: CompiledEntry
  readonly levels: Readonly<Record<string, string>>
}

/** How the device's class reads what is published on a topic; undefined where the topic is no telemetry topic of it. */
export function decoderOf(record: DeviceRecord, topic: string): TopicDecoder | undefined {
  const found = telemetryTopicOf(record, topic)
  const telemetry = found && record.deviceClass.telemetry[found.entry]
  return found && telemetry && { entry: compiledEntry(telemetry), levels: found.levels }
}
