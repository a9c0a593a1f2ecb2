import { expect, test } from 'vitest'
import type { ScheduleView } from '../../../dashboards/kit/views.ts'
import { changed, daysText } from './week.ts'

test('days in a row are said by the first and the last', () => {
  expect(daysText(['mon', 'tue', 'wed', 'thu', 'fri'], 'en-US')).toBe('Mon–Fri')
  expect(daysText(['sat', 'sun'], 'en-US')).toBe('Sat, Sun')
  expect(daysText(['sun', 'mon', 'wed', 'thu', 'fri'], 'en-US')).toBe('Mon, Wed–Fri, Sun')
  expect(daysText([], 'en-US')).toBe('')
  expect(daysText(['mon'], 'fr')).toBe('lun.')
})

test('a change keeps what it says nothing of, the commands above all', () => {
  const schedule: ScheduleView = {
    id: 's1',
    deviceId: 'd1',
    days: ['mon'],
    startTime: '08:00',
    endTime: '09:00',
    timeZone: 'Europe/Rome',
    start: [{ action: 'setFanSpeed', value: 3 }],
    end: [{ action: 'turnOff' }],
    isActive: true,
    isOpen: false,
    createdAt: '2026-01-01T00:00:00.000Z',
    lastExecuted: null,
  }
  expect(changed(schedule, { isActive: false })).toEqual({
    deviceId: 'd1',
    days: ['mon'],
    startTime: '08:00',
    endTime: '09:00',
    timeZone: 'Europe/Rome',
    start: [{ action: 'setFanSpeed', value: 3 }],
    end: [{ action: 'turnOff' }],
    isActive: false,
  })
  expect(changed(schedule, { days: ['sun'], endTime: '10:00' })).toMatchObject({
    days: ['sun'],
    startTime: '08:00',
    endTime: '10:00',
    isActive: true,
  })
})
