import { parseExpression } from '../platform/expressions/parse-expression.ts'
import { presentable } from '../platform/kit/presentable.ts'
import type { Decode } from './class-decode.ts'
import { type DeviceClass, templatesOf } from './device-class.ts'
import { clashWithShipped, overlap } from './topic-clashes.ts'
import { levelNames } from './topic-template.ts'
import { filterOf } from './topics.ts'

export interface ClassFault {
  readonly path: string
  readonly message: string
}

/** What the schema alone cannot see: parts of a class that do not fit together. */
export function faultOfClass(
  deviceClass: Pick<DeviceClass, 'ports' | 'telemetry' | 'topics'>,
  shipped: Iterable<Pick<DeviceClass, 'telemetry' | 'topics'>> = [],
): ClassFault | undefined {
  const numbers = deviceClass.ports.map(({ port }) => port)
  if (new Set(numbers).size < numbers.length) return { path: 'body.ports', message: 'a port is named twice' }
  const topicFault = faultOfTopics(deviceClass, shipped)
  if (topicFault !== undefined) return { path: 'body.topics', message: topicFault }
  for (const [index, { decode, topic }] of deviceClass.telemetry.entries()) {
    const fault = faultOfDecode(decode, topic, numbers)
    if (fault !== undefined) return { ...fault, path: `body.telemetry.${index}.decode.${fault.path}` }
  }
  return undefined
}

function faultOfTopics(
  deviceClass: Pick<DeviceClass, 'telemetry' | 'topics'>,
  shipped: Iterable<Pick<DeviceClass, 'telemetry' | 'topics'>>,
): string | undefined {
  const templates = templatesOf(deviceClass).map(({ template }) => template)
  if (new Set(templates.map(filterOf)).size < templates.length) return 'two topics are the same'
  const { command } = deviceClass.topics
  if (command !== undefined && templates.some((one) => one !== command && overlap(one, command)))
    return 'what is published would be a command'
  const clash = clashWithShipped(deviceClass, shipped)
  return clash && `${clash} can be a topic of devices of a class that comes with the platform`
}

function faultOfDecode(decode: Decode, topic: string, numbers: readonly number[]): ClassFault | undefined {
  if (decode.shape === 'jsonata') {
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
