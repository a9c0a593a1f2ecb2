import { parseExpression } from '../platform/expressions/parse-expression.ts'
import { presentable } from '../platform/kit/presentable.ts'
import type { DeviceClass } from './device-class.ts'
import { clashWithShipped } from './topic-clashes.ts'

export interface ClassFault {
  readonly path: string
  readonly message: string
}

/** What the schema alone cannot see: parts of a class that do not fit together. */
export function faultOfClass(
  deviceClass: Pick<DeviceClass, 'decode' | 'ports' | 'topics'>,
  shipped: Iterable<Pick<DeviceClass, 'topics'>> = [],
): ClassFault | undefined {
  const numbers = deviceClass.ports.map(({ port }) => port)
  if (new Set(numbers).size < numbers.length) return { path: 'body.ports', message: 'a port is named twice' }
  const topics = Object.values(deviceClass.topics)
  if (new Set(topics).size < topics.length) return { path: 'body.topics', message: 'two topics are the same' }
  const clash = clashWithShipped(deviceClass, shipped)
  if (clash !== undefined)
    return {
      path: 'body.topics',
      message: `${clash} can be a topic of devices of a class that comes with the platform`,
    }
  if (deviceClass.decode.shape === 'fields') {
    const index = deviceClass.decode.fields.findIndex(({ port }) => !numbers.includes(port))
    const field = deviceClass.decode.fields[index]
    if (field !== undefined) {
      return { path: `body.decode.fields.${index}.port`, message: `${field.port} is not among the ports` }
    }
  }
  if (deviceClass.decode.shape === 'jsonata') {
    try {
      parseExpression(deviceClass.decode.expression)
    } catch (error) {
      return { path: 'body.decode.expression', message: `not a JSONata expression: ${presentable(error)}` }
    }
  }
  return undefined
}
