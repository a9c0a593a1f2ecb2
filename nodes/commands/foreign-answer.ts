/**
 * Whether what a device of another make says is the answer to a command: it does not know our ids, but says something on a
 * topic, or reports that it is now as it was told.
 */
import { z } from 'zod'
import type { Acknowledged, ClassCommand } from '../devices/class-command.ts'
import { expectedValue } from '../devices/command-payload.ts'
import { addressOf, type DeviceRecord } from '../devices/device.ts'
import { segmentsOf } from '../devices/payload-path.ts'
import { topicFor } from '../devices/topic-template.ts'
import type { Command } from './command.ts'
import type { DeviceAnswer } from './command-decider.ts'

type Body = DeviceAnswer['response']

/** What a device said that may be an answer. */
export interface Said {
  /** Undefined for what it reports of itself: its fields by their paths. */
  readonly topic: string | undefined
  readonly body: Body
  readonly receivedAtMs: number
}

/** Messages that wait for one another to be kept have the time of the first of them. */
const notedEarlyMs = 50

/** What it means for the command, which is under way; undefined where it is none of its business. */
export function answerTo(said: Said, command: Command, record: DeviceRecord): DeviceAnswer | undefined {
  const classCommand = record.deviceClass.commands.find(({ name }) => name === command.action)
  if (classCommand?.acknowledged === undefined) return undefined
  const { acknowledged } = classCommand
  const lastAttempt = command.attempts.at(-1)
  // Said before it could have heard of it.
  if (lastAttempt === undefined || said.receivedAtMs < lastAttempt.atMs - notedEarlyMs) return undefined
  return acknowledged.by === 'reported'
    ? byReport(said, command, record, classCommand, acknowledged)
    : byTopic(said, command, record, classCommand, acknowledged)
}

function byReport(
  { body, topic }: Said,
  command: Command,
  record: DeviceRecord,
  classCommand: ClassCommand,
  { equals = '{{value}}', field = classCommand.movesField ?? '' }: Extract<Acknowledged, { by: 'reported' }>,
): DeviceAnswer | undefined {
  if (topic !== undefined || !Object.hasOwn(body, field)) return undefined
  const expected = expectedValue(equals, record, classCommand, command)
  return isSame(body[field], expected) ? yes(command, body) : undefined
}

function byTopic(
  { body, topic }: Said,
  command: Command,
  record: DeviceRecord,
  classCommand: ClassCommand,
  { correlation, equals, error, path, topic: template }: Extract<Acknowledged, { by: 'topic' }>,
): DeviceAnswer | undefined {
  if (topic !== topicFor(template, record.orgId, addressOf(record.device))) return undefined
  if (correlation !== undefined && !isSame(at(body, correlation), command.id)) return undefined
  const told = error === undefined ? undefined : at(body, error.path)
  if (error !== undefined && isRefusal(told, error.words)) return no(command, body, told)
  if (path === undefined && equals === undefined) return yes(command, body)
  const actual = at(body, path ?? 'value')
  if (equals === undefined) return actual === undefined ? undefined : yes(command, body)
  const expected = expectedValue(equals, record, classCommand, command)
  return isSame(actual, expected) ? yes(command, body) : undefined
}

const yes = ({ id }: Command, response: Body): DeviceAnswer => ({
  commandId: id,
  status: 'ok',
  error: null,
  response,
})

const maxError = 2000
const no = ({ id }: Command, response: Body, told: unknown): DeviceAnswer => ({
  commandId: id,
  status: 'error',
  error: (typeof told === 'string' ? told : (JSON.stringify(told) ?? '')).slice(0, maxError),
  response,
})

function isRefusal(told: unknown, words: readonly string[] | undefined): boolean {
  if (words !== undefined) return words.some((word) => isSame(told, word))
  return told !== undefined && told !== null && told !== false && told !== ''
}

const listSchema = z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())])

function at(body: Body, path: string): unknown {
  let found: unknown = body
  for (const key of segmentsOf(path)) {
    const inside = listSchema.safeParse(found).data
    if (inside === undefined || !Object.hasOwn(inside, key)) return undefined
    found = Array.isArray(inside) ? inside[Number(key)] : inside[key]
  }
  return found
}

/** Devices differ in case and in whether a number is text; nothing else is the same. */
function isSame(actual: unknown, expected: unknown): boolean {
  if (actual === undefined || expected === undefined) return false
  if (typeof actual === 'object' || typeof expected === 'object') return actual === expected
  const [one, other] = [wordOf(actual), wordOf(expected)]
  return one === other || (one !== '' && other !== '' && Number(one) === Number(other))
}

const wordOf = (value: unknown): string =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).trim().toLowerCase()
