import { z } from 'zod'
import type { ClassCommand } from './class-command.ts'
import type { DeviceClass } from './device-class.ts'

export const commandValueSchema = z.union([z.number(), z.boolean(), z.string(), z.null()])
export type CommandValue = z.output<typeof commandValueSchema>

export type CheckedCommand =
  | { readonly kind: 'fits'; readonly command: ClassCommand; readonly value: CommandValue }
  | { readonly kind: 'wrong'; readonly path: 'action' | 'value'; readonly message: string }

/** Whether the class has such an action, and the value is one that it takes. */
export function checkCommand(
  { commands, topics }: Pick<DeviceClass, 'commands' | 'topics'>,
  action: string,
  value: CommandValue | undefined,
): CheckedCommand {
  const wrong = (path: 'action' | 'value', message: string): CheckedCommand => ({
    kind: 'wrong',
    path,
    message,
  })
  if (
    commands.every(({ send }) => (send?.topic ?? topics.command) === undefined) &&
    topics.command === undefined
  )
    return wrong('action', 'devices of this class take no commands')
  const command = commands.find(({ name }) => name === action)
  if (command === undefined) {
    const known = commands.map(({ name }) => name).join(', ')
    return wrong('action', `is none of ${known === '' ? 'the class, which has no actions' : known}`)
  }
  const fault = faultOfValue(command.value, value)
  return fault === undefined ? { kind: 'fits', command, value: value ?? null } : wrong('value', fault)
}

function faultOfValue(spec: ClassCommand['value'], value: CommandValue | undefined): string | undefined {
  if (spec.type === 'none')
    return value === undefined || value === null ? undefined : 'the action takes no value'
  if (value === undefined || value === null) return 'the action needs a value'
  if (spec.type === 'boolean') return typeof value === 'boolean' ? undefined : 'must be true or false'
  if (spec.type === 'string') {
    if (typeof value !== 'string') return 'must be a text'
    return value.length <= spec.maxLength ? undefined : `must have at most ${spec.maxLength} characters`
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a number'
  if (spec.type === 'integer' && !Number.isInteger(value)) return 'must be a whole number'
  return value >= spec.min && value <= spec.max ? undefined : `must be ${spec.min} to ${spec.max}`
}
