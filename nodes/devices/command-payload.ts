import type { z } from 'zod'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import {
  type ClassCommand,
  type PayloadTemplate,
  type Placeholder,
  placeholderPattern,
} from './class-command.ts'
import { addressOf, type DeviceRecord } from './device.ts'
import { topicFor } from './topic-template.ts'

type Json = z.core.util.JSONType

/** What a command is about, wherever it comes from. */
export interface CommandInHand {
  readonly id: string
  readonly value: string | number | boolean | null
  /** What is sent in place of the value, and kept nowhere. */
  readonly enclosed?: Json
}

export interface CommandMessage {
  readonly topic: string
  readonly payload: string
}

type Values = Readonly<Record<Placeholder, string | number | boolean | null>>

/** What is published for it; undefined where the class has no topic for it. */
export function commandMessage(
  record: Pick<DeviceRecord, 'device' | 'deviceClass' | 'orgId'>,
  classCommand: ClassCommand,
  command: CommandInHand,
  nowMs: number,
): CommandMessage | undefined {
  const { device, deviceClass, orgId } = record
  const template = classCommand.send?.topic ?? deviceClass.topics.command
  if (template === undefined) return undefined
  const values = valuesFor(record, classCommand, command, nowMs)
  return {
    topic: topicFor(template, orgId, addressOf(device)),
    payload:
      classCommand.send === undefined ? ownWords(values, command) : textOf(classCommand.send.payload, values),
  }
}

/** What a template of one value says: a text that is one placeholder is of its type. */
export function expectedValue(
  template: PayloadTemplate,
  record: Pick<DeviceRecord, 'device' | 'orgId'>,
  classCommand: ClassCommand,
  command: CommandInHand,
): Json {
  return filled(template, valuesFor(record, classCommand, command, 0))
}

function valuesFor(
  { device, orgId }: Pick<DeviceRecord, 'device' | 'orgId'>,
  { name, send }: ClassCommand,
  { enclosed, id, value }: CommandInHand,
  nowMs: number,
): Values {
  const words = send?.words ?? {}
  const word = Object.hasOwn(words, String(value)) ? words[String(value)] : undefined
  return {
    value: enclosed === undefined ? (word ?? value) : JSON.stringify(enclosed),
    commandId: id,
    action: name,
    device: addressOf(device),
    org: orgId,
    ts: toIsoTime(nowMs),
  }
}

const ownWords = ({ action, commandId, ts }: Values, { value, enclosed = value }: CommandInHand): string =>
  JSON.stringify({ commandId, action, ...(enclosed === null ? {} : { value: enclosed }), ts })

function textOf(template: PayloadTemplate, values: Values): string {
  return typeof template === 'string' ? replaced(template, values) : JSON.stringify(filled(template, values))
}

function filled(template: Json, values: Values): Json {
  if (typeof template === 'string') {
    const [only] = template.matchAll(placeholderPattern)
    return only?.[0] === template ? valueOf(only[1], values) : replaced(template, values)
  }
  if (typeof template !== 'object' || template === null) return template
  if (Array.isArray(template)) return template.map((each) => filled(each, values))
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => [replaced(key, values), filled(value, values)]),
  )
}

const replaced = (text: string, values: Values): string =>
  text.replaceAll(placeholderPattern, (_, name: string) => {
    const value = valueOf(name, values)
    return value === null ? '' : String(value)
  })

const valueOf = (name: string | undefined, values: Values): Values[Placeholder] =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema lets no other names through
  values[name as Placeholder] ?? null
