import { parseExpression } from '../platform/expressions/parse-expression.ts'
import { presentable } from '../platform/kit/presentable.ts'
import type { Decode } from './class-decode.ts'
import { answerTemplatesOf, type ClassTopics, type DeviceClass, templatesOf } from './device-class.ts'
import type { ClassCommand } from './class-command.ts'
import { clashWithShipped } from './topic-clashes.ts'
import { levelNames, overlap } from './topic-template.ts'
import { filterOf } from './topics.ts'

export interface ClassFault {
  readonly path: string
  readonly message: string
}

/** What the schema alone cannot see: parts of a class that do not fit together. */
export function faultOfClass(
  deviceClass: Pick<DeviceClass, 'commands' | 'ports' | 'reported' | 'telemetry' | 'topics'>,
  shipped: Iterable<ClassTopics> = [],
): ClassFault | undefined {
  const numbers = deviceClass.ports.map(({ port }) => port)
  if (new Set(numbers).size < numbers.length) return { path: 'body.ports', message: 'a port is named twice' }
  const topicFault = faultOfTopics(deviceClass, shipped)
  if (topicFault !== undefined) return { path: 'body.topics', message: topicFault }
  for (const [index, { decode, topic }] of deviceClass.telemetry.entries()) {
    const fault = faultOfDecode(decode, topic, numbers)
    if (fault !== undefined) return { ...fault, path: `body.telemetry.${index}.decode.${fault.path}` }
  }
  return faultOfCommands(deviceClass)
}

function faultOfTopics(deviceClass: ClassTopics, shipped: Iterable<ClassTopics>): string | undefined {
  const templates = templatesOf(deviceClass)
  if (new Set(templates.map(({ template }) => filterOf(template))).size < templates.length)
    return 'two topics are the same'
  const published = [
    ...templates.flatMap(({ channel, template }) => (channel === 'command' ? [] : template)),
    ...answerTemplatesOf(deviceClass),
  ]
  const isHeard = ({ channel, template }: (typeof templates)[number]): boolean =>
    channel === 'command' && published.some((one) => overlap(one, template))
  if (templates.some(isHeard)) return 'what is published would be a command'
  const clash = clashWithShipped(deviceClass, shipped)
  return clash && `${clash} can be a topic of devices of a class that comes with the platform`
}

function faultOfDecode(decode: Decode, topic: string, numbers: readonly number[]): ClassFault | undefined {
  if (decode.shape === 'jsonata' || decode.shape === 'children') {
    try {
      parseExpression(decode.expression)
    } catch (error) {
      return { path: 'expression', message: `not a JSONata expression: ${presentable(error)}` }
    }
  }
  if (decode.shape !== 'fields') return undefined
  const names = levelNames(topic)
  for (const [index, { port }] of decode.fields.entries()) {
    if (typeof port !== 'number' && !names.includes(port.level))
      return { path: `fields.${index}.port.level`, message: `${port.level} is not a level of the topic` }
    const missing = (typeof port === 'number' ? [port] : Object.values(port.ports)).find(
      (one) => !numbers.includes(one),
    )
    if (missing !== undefined)
      return { path: `fields.${index}.port`, message: `${missing} is not among the ports` }
  }
  return undefined
}

function faultOfCommands({
  commands,
  reported,
  topics,
}: Pick<DeviceClass, 'commands' | 'reported' | 'topics'>): ClassFault | undefined {
  const names = commands.map(({ name }) => name)
  if (new Set(names).size < names.length)
    return { path: 'body.commands', message: 'a command is named twice' }
  for (const [index, command] of commands.entries()) {
    const fault = faultOfCommand(command, topics, reported)
    if (fault !== undefined) return { ...fault, path: `body.commands.${index}.${fault.path}` }
  }
  return undefined
}

function faultOfCommand(
  { acknowledged, movesField, send }: ClassCommand,
  topics: DeviceClass['topics'],
  reported: readonly string[],
): ClassFault | undefined {
  if (send !== undefined && (send.topic ?? topics.command) === undefined)
    return { path: 'send.topic', message: 'is needed: the class has no command topic' }
  if (acknowledged === undefined)
    return send === undefined || topics.cmdres !== undefined
      ? undefined
      : { path: 'acknowledged', message: 'is needed: the class has no cmdres topic' }
  if (acknowledged.by === 'topic') return undefined
  const field = acknowledged.field ?? movesField
  if (field === undefined)
    return { path: 'acknowledged.field', message: 'is needed: the command moves no field' }
  return reported.includes(field)
    ? undefined
    : { path: 'acknowledged.field', message: `${field} is not among what is reported` }
}
