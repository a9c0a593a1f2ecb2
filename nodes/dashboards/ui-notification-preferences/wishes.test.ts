import { expect, test } from 'vitest'
import type { PreferencesView } from '../../../dashboards/kit/views.ts'
import { isTold, preferencesOf, toggled, wishesOf } from './wishes.ts'

const nobody: PreferencesView = {
  channels: { info: [], warning: [], critical: [] },
  quietHours: null,
  language: 'en',
}

test('who has said nothing is told nothing, and would be left alone at night in their own zone', () => {
  const wishes = wishesOf(nobody, 'Europe/Rome')
  expect(isTold(wishes)).toBe(false)
  expect(wishes).toMatchObject({ isQuiet: false, quietHours: { timeZone: 'Europe/Rome', from: '22:00' } })
  expect(preferencesOf(wishes)).toEqual(nobody)
  expect(preferencesOf({ ...wishes, isQuiet: true }).quietHours).toEqual(wishes.quietHours)
})

test('a way is chosen for one severity, and taken back', () => {
  const wishes = toggled(wishesOf(nobody, 'UTC'), 'critical', 'in-app')
  expect(wishes.channels).toEqual({ info: [], warning: [], critical: ['in-app'] })
  expect([isTold(wishes), isTold(wishes, 'email')]).toEqual([true, false])
  const both = toggled(wishes, 'critical', 'email')
  expect(both.channels.critical).toEqual(['in-app', 'email'])
  expect(toggled(both, 'critical', 'in-app').channels.critical).toEqual(['email'])
})

test('quiet hours that were set stay in the form when they are switched off', () => {
  const quietHours: PreferencesView['quietHours'] = {
    timeZone: 'Asia/Tokyo',
    days: ['sat'],
    from: '00:00',
    to: '12:00',
  }
  const wishes = wishesOf({ ...nobody, quietHours }, 'UTC')
  expect(wishes.isQuiet).toBe(true)
  expect(preferencesOf({ ...wishes, isQuiet: false }).quietHours).toBeNull()
  expect({ ...wishes, isQuiet: false }.quietHours).toEqual(quietHours)
})
