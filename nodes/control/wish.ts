/** What somebody wants a field of a device to be, and the command that makes it so: pure. */
import { z } from 'zod'
import { commandSources } from '../commands/command.ts'
import { checkCommand, type CommandValue, commandValueSchema } from '../devices/check-command.ts'
import type { DeviceClass } from '../devices/device-class.ts'

export const wishSchema = z.strictObject({
  /** The reported field. */
  field: z.string(),
  /** What it is to be; null when the class does not say what its action comes to. */
  value: commandValueSchema,
  action: z.string(),
  /** The value of the command. */
  argument: commandValueSchema,
  /** Whether the field turns the device as a whole on and off. */
  isSwitch: z.boolean(),
  /** `reported`: nobody asked for it, the device was so. */
  source: z.enum([...commandSources, 'reported']),
  /** Of the schedule, the override or the caller. */
  sourceId: z.string().nullable(),
  sinceMs: z.number(),
  /** Among commands and layers of the device: of two wishes the newer has the greater one, whatever clocks do. */
  order: z.number(),
  untilMs: z.number().nullable(),
  /** The command that brought it, or will. */
  commandId: z.string().nullable(),
  /** False while a layer above holds it back. */
  isSent: z.boolean(),
})
export type Wish = z.output<typeof wishSchema>

export type WishOrigin = Pick<
  Wish,
  'source' | 'sourceId' | 'sinceMs' | 'order' | 'untilMs' | 'commandId' | 'isSent'
>

type ClassCommand = DeviceClass['commands'][number]
type Commanded = Pick<DeviceClass, 'commands' | 'topics'>

/** Classes of before `movesTo` have these two. */
const usualMeaning: Readonly<Record<string, boolean>> = { turnOn: true, turnOff: false }

function meaningOf({ movesTo, name, value }: ClassCommand, argument: CommandValue): CommandValue {
  return value.type === 'none' ? (movesTo ?? usualMeaning[name] ?? null) : argument
}

/** Undefined for an action that moves no field, or that the class does not have. */
export function wishOf(
  { commands }: Pick<DeviceClass, 'commands'>,
  action: string,
  argument: CommandValue,
  origin: WishOrigin,
): Wish | undefined {
  const command = commands.find(({ name }) => name === action)
  if (command?.movesField === undefined) return undefined
  const value = meaningOf(command, argument)
  const isSwitch = command.value.type === 'none' && typeof value === 'boolean'
  return { field: command.movesField, value, action, argument, isSwitch, ...origin }
}

/** The wish that a field be what the device reports of it; undefined when no action of the class makes it so. */
export function wishFor(
  deviceClass: Commanded,
  field: string,
  reported: unknown,
  origin: WishOrigin,
): Wish | undefined {
  for (const { movesField, name, value } of deviceClass.commands) {
    if (movesField !== field) continue
    const argument = value.type === 'none' ? null : scalarOf(reported)
    if (argument === undefined || checkCommand(deviceClass, name, argument).kind === 'wrong') continue
    const wish = wishOf(deviceClass, name, argument, origin)
    if (wish !== undefined && (value.type !== 'none' || isReported(wish, reported))) return wish
  }
  return undefined
}

/** Devices say 0 and 1 for off and on as well. */
export const isReported = ({ value }: Wish, reported: unknown): boolean =>
  typeof value === 'boolean' && typeof reported === 'number' ? value === (reported !== 0) : value === reported

/** The wish that the device be on, or off; undefined when the class has no such action. */
export function switchWish(
  deviceClass: Pick<DeviceClass, 'commands'>,
  isOn: boolean,
  origin: WishOrigin,
): Wish | undefined {
  return deviceClass.commands
    .map(({ name }) => wishOf(deviceClass, name, null, origin))
    .find((wish) => wish?.isSwitch === true && wish.value === isOn)
}

/** The action that is meant when none is named: the only one that takes a value. */
export function usualAction({ commands }: Pick<DeviceClass, 'commands'>): string | undefined {
  const [only, ...others] = commands.filter(({ value }) => value.type !== 'none')
  return others.length === 0 ? only?.name : undefined
}

export function isSameWish(one: Wish, other: Wish): boolean {
  if (one.value !== null) return one.value === other.value
  return one.action === other.action && one.argument === other.argument
}

const scalarOf = (value: unknown): CommandValue | undefined =>
  typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' ? value : undefined
