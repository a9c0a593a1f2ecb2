import { expect, test } from 'vitest'
import type { DeviceReport } from './device-report.ts'
import { composeReports } from './compose-reports.ts'

const nowMs = 1_000_000_000
const dayMs = 86_400_000
const report = (receivedAt: number, more: Partial<DeviceReport> = {}): DeviceReport => ({
  orgId: 'acme',
  deviceId: 'd1',
  receivedAt,
  ...more,
})

test('the newer one counts, whichever comes first, and fields that it does not name stay', () => {
  const older = report(nowMs - 20, { reported: { fan: 1, mode: 'eco' }, online: false })
  const newer = report(nowMs - 10, { reported: { fan: 2 }, online: true })
  const both = report(nowMs - 10, { reported: { fan: 2, mode: 'eco' }, online: true })
  expect(composeReports(older, newer, nowMs)).toEqual(both)
  expect(composeReports(newer, older, nowMs)).toEqual(both)
})

test('one alone is itself, and no later than now', () => {
  expect(composeReports(undefined, report(nowMs - 5), nowMs)).toEqual(report(nowMs - 5))
  expect(composeReports(undefined, report(nowMs + dayMs), nowMs)).toEqual(report(nowMs))
})

test('a time that has not come yet outranks nothing that comes after it', () => {
  const ahead = report(nowMs + dayMs, { reported: { fan: 1 }, online: false })
  const right = report(nowMs - 10, { reported: { fan: 2 }, online: true })
  expect(composeReports(ahead, right, nowMs)).toEqual(right)
  expect(composeReports(right, ahead, nowMs)).toEqual({ ...ahead, receivedAt: nowMs })
})
