import type { Socket } from 'socket.io'
import type { Logger } from '../../nodes/platform/logger.ts'
import { FrameRate } from '../../nodes/platform/frame-rate.ts'

type Listen = (name: string, handler: (...args: unknown[]) => unknown) => unknown

const maxArguments = 8
const maxIdLength = 200
const maxDepth = 32

/**
 * What is wrong with an event of a dashboard's page; undefined when nothing is. The first argument of each of the
 * Dashboard's own events is a widget's id, which it uses as a string without looking.
 */
export function faultOfEvent([name, ...args]: readonly unknown[]): string | undefined {
  if (typeof name !== 'string' || name.length > maxIdLength) return 'no name of an event'
  const values = args.filter((each) => typeof each !== 'function')
  if (values.length > maxArguments) return 'too many arguments'
  if (name.startsWith('widget-') && !(typeof values[0] === 'string' && values[0].length <= maxIdLength))
    return 'no id of a widget'
  return values.every((value) => isShallow(value, maxDepth)) ? undefined : 'nested too deep'
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (levels === 0 || Object.hasOwn(value, '__proto__')) return false
  return Object.values(value).every((each) => isShallow(each, levels - 1))
}

/** It may also be a number, whatever Socket.IO's types say. */
const nameOf = ([name]: readonly unknown[]): unknown =>
  typeof name === 'string' ? name.slice(0, 100) : typeof name

/**
 * Stands between the pages of the Dashboard and its handlers: a handler of a third party that throws, at once or later,
 * would end the process, so what it is handed is checked and what it throws is logged.
 */
export function guardFrames(log: Logger): (socket: Socket, next: (error?: Error) => void) => void {
  return (socket, next) => {
    const rate = new FrameRate()
    socket.use((event, proceed) => {
      const fault = rate.take() ? faultOfEvent(event) : 'too many events'
      if (fault === undefined) return proceed()
      log.warn({ event: nameOf(event), fault }, 'a page of the dashboard sent rubbish')
      socket.disconnect(true)
    })
    const failed = (name: string, error: unknown): void =>
      log.error({ err: error, event: name }, 'a handler of the dashboard failed')
    const listen: Listen = socket.on.bind(socket)
    const listenSafely: Listen = (name, handler) =>
      listen(name, (...args) => {
        try {
          Promise.resolve(handler(...args)).catch((error: unknown) => failed(name, error))
        } catch (error) {
          failed(name, error)
        }
      })
    Object.assign(socket, { on: listenSafely })
    next()
  }
}
