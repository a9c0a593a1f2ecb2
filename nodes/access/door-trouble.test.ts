import { beforeEach, expect, test } from 'vitest'
import type { NewAlert } from '../alerts/alert-decider.ts'
import type { Alert } from '../alerts/alert.ts'
import type { DomainEvent } from '../platform/kit/events/event.ts'
import type { Filter } from '../platform/store/port.ts'
import { tellAlerts } from './door-trouble.ts'

let open: NewAlert[]
const alerts = {
  async fire(_: string, alert: NewAlert): Promise<Alert | undefined> {
    if (open.some(({ ruleId, deviceId }) => ruleId === alert.ruleId && deviceId === alert.deviceId))
      return undefined
    open.push(alert)
    // oxlint-disable-next-line no-unsafe-type-assertion -- that there is one is all that is asked
    return alert as Alert
  },
  async resolveAll(_: string, { deviceId, ruleId }: Filter) {
    open = open.filter((each) => each.ruleId !== ruleId || each.deviceId !== deviceId)
  },
}
beforeEach(() => {
  open = []
})
const event = (type: string, data: DomainEvent['data']): DomainEvent => ({
  id: 'e',
  orgId: 'acme',
  subject: { kind: 'keypads', id: 'p1' },
  aggregateId: 'p1',
  seq: 1,
  type,
  atMs: 5,
  at: '1970-01-01T00:00:00.005Z',
  data,
})
const tell = (type: string, data: DomainEvent['data'] = { podId: 'p1', bookingId: 'b1' }) =>
  tellAlerts(alerts, event(type, data), ['desk'])

test('a lock-out is one alert, told to whom the node says, until somebody ends it or a right code does', async () => {
  expect(await tell('KeypadLocked', { podId: 'p1', untilMs: 900_005 })).toBe('fired')
  expect(await tell('KeypadLocked', { podId: 'p1', untilMs: 900_005 })).toBe('nothing')
  expect(open).toMatchObject([
    { deviceId: 'p1', ruleId: 'access:lock-out', firedAtMs: 5, channels: ['desk'] },
  ])
  expect(await tell('BookingCompleted')).toBe('over')
  expect(open).toHaveLength(1)
  expect(await tell('CodeAccepted')).toBe('over')
  expect(open).toEqual([])
})

test('a guest who does not leave is one, until he has', async () => {
  await tell('BookingOverstayed')
  expect(open).toMatchObject([{ ruleId: 'access:overstay', deviceId: 'p1' }])
  await tell('BookingCompleted')
  expect(open).toEqual([])
  expect(await tell('BookingNoShow')).toBe('nothing')
  expect(await tell('KeypadLocked', null)).toBe('nothing')
})
