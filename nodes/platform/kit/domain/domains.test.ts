import { expect, test } from 'vitest'
import type { Platform } from '../../platform.ts'
import { type Domain, defineDomain } from './domain.ts'
import { Domains, inOrder } from './domains.ts'
import { given, kit, type Needs } from './need.ts'

function domainOf(id: string, needs: Needs, log: string[] = []): Domain<string> {
  return defineDomain({
    id,
    needs,
    start: () => {
      log.push(`start ${id}`)
      return { service: id, stop: () => void log.push(`stop ${id}`) }
    },
  })
}
// oxlint-disable-next-line no-unsafe-type-assertion -- what these domains ask for
const platform = { info: { version: '1', publicUrl: 'http://here' } } as Platform

test('each starts when what it needs has started, and stops before it', async () => {
  const log: string[] = []
  const alerts = domainOf('alerts', {}, log)
  const notify = domainOf('notify', { alerts }, log)
  const booking = domainOf('booking', { notify, alerts }, log)
  const domains = new Domains()
  await domains.start([booking, notify, alerts], platform)
  await domains.stop()
  expect(log).toEqual([
    'start alerts',
    'start notify',
    'start booking',
    'stop booking',
    'stop notify',
    'stop alerts',
  ])
})

test('it is handed what it named and nothing else', async () => {
  const alerts = domainOf('alerts', {})
  let handed: object | undefined
  const notify = defineDomain({
    id: 'notify',
    needs: { ...kit('info'), alerts },
    start(needed) {
      handed = needed
      return { service: undefined }
    },
  })
  await new Domains().start([alerts, notify], platform)
  expect(handed).toEqual({ info: platform.info, alerts: 'alerts' })
})

test('a circle, one that is missing and two of one name are told by name', () => {
  const needs: Record<string, Domain> = {}
  const a = domainOf('a', needs)
  const b = domainOf('b', { a })
  needs['b'] = b
  expect(() => inOrder([a, b])).toThrow('a → b → a')
  expect(() => inOrder([b])).toThrow('b needs a, which is not there')
  expect(() => inOrder([domainOf('a', {}), domainOf('a', {})])).toThrow('two domains are named a')
})

test('when one cannot start, those before it are stopped', async () => {
  const log: string[] = []
  const alerts = domainOf('alerts', {}, log)
  const broken = defineDomain({
    id: 'broken',
    needs: { alerts },
    start: (): never => {
      throw new Error('no disk')
    },
  })
  await expect(new Domains().start([broken, alerts], platform)).rejects.toThrow('no disk')
  expect(log).toEqual(['start alerts', 'stop alerts'])
})

test('what nobody brings is no service', async () => {
  const domains = new Domains()
  await domains.start([], platform)
  expect(() => domains.supply({ ghost: domainOf('ghost', {}) })).toThrow('there is no domain ghost')
})

test('what only the opening of the process knows is handed in, or the domain that needs it does not start', async () => {
  const limits = given<{ readonly perDay: number }>('limits of alerts')
  let perDay = 0
  const alerts = defineDomain({
    id: 'alerts',
    needs: { limits },
    start(needed) {
      perDay = needed.limits.perDay
      return { service: undefined }
    },
  })
  await new Domains().start([alerts], platform, [limits.as({ perDay: 7 })])
  expect(perDay).toBe(7)
  await expect(new Domains().start([alerts], platform)).rejects.toThrow(
    'nobody has handed in limits of alerts',
  )
})

test('what they have accepted is waited for, of all of them', async () => {
  const accepted = Promise.withResolvers<void>()
  const log: string[] = []
  const intake = defineDomain({
    id: 'intake',
    needs: {},
    start: () => ({ service: undefined, settle: () => accepted.promise }),
  })
  const domains = new Domains()
  await domains.start([intake, domainOf('alerts', {})], platform)
  const settled = domains.settle().then(() => log.push('settled'))
  log.push('accepted')
  accepted.resolve()
  await settled
  expect(log).toEqual(['accepted', 'settled'])
})
