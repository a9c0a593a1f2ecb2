import { describe, expect, it } from 'vitest'
import { organizationRetentionSchema } from '../identity/organization-retention.ts'
import { cutoffMs, retentionDaysOf } from './retention.ts'

describe('retention of a device', () => {
  const plain = { key: 'logger' }
  const own = { key: 'logger', retentionDays: 400 }

  it.each([
    ['90 days by default', undefined, plain, 90],
    ['90 days where the class is not known', {}, undefined, 90],
    ['what the organization says', { telemetryDays: 30 }, plain, 30],
    ['what its class says, rather than the organization', { telemetryDays: 30 }, own, 400],
    [
      'what the organization says of the class, before all',
      { telemetryDays: 30, classes: { logger: 7 } },
      own,
      7,
    ],
    [
      'nothing of the kind for a class called as what every object has',
      { classes: { logger: 7 } },
      { key: 'constructor' },
      90,
    ],
    ['not what the organization says of another class', { classes: { door: 7 } }, plain, 90],
  ])('is %s', (_, organization, deviceClass, days) => {
    expect(retentionDaysOf(organization, deviceClass)).toBe(days)
  })

  it.each([
    [{ telemetryDays: 0 }],
    [{ telemetryDays: 1.5 }],
    [{ classes: { 'not a key': 3 } }],
    [{ days: 3 }],
  ])('is not %j', (retention) => {
    expect(organizationRetentionSchema.safeParse(retention).success).toBe(false)
  })
})

it('lets a day go when its last reading is past retention', () => {
  const end = Date.UTC(2025, 8, 7)
  expect(cutoffMs(end + 90 * 86_400_000, 90)).toBe(end)
  expect(cutoffMs(end + 90 * 86_400_000 - 1, 90)).toBe(end - 86_400_000)
})
