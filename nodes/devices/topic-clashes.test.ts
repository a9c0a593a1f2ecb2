import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aClass, aDevice, aRecord } from './device.fixture.ts'
import { topicFor } from './topic-template.ts'
import type { DeviceRecord } from './device.ts'
import { allTemplates, canClash, clashWithShipped, takenTopic } from './topic-clashes.ts'

const pods = aClass({
  key: 'pod',
  topics: { telemetry: 'cochilo/cabine/{device}/telemetry', command: 'cochilo/cabine/{device}/commands' },
})
const recordOf = (telemetry: string, id: string, orgId = 'evil'): DeviceRecord =>
  aRecord(aClass({ key: 'own', topics: { telemetry } }), aDevice({ id, classKey: 'own' }), orgId)

describe('a device whose topics another has', () => {
  const pod = aRecord(pods, aDevice({ id: 'press-7', classKey: 'pod' }))
  const taken = (record: DeviceRecord): string | undefined =>
    takenTopic(
      record,
      { byAddress: (address) => (address === 'press-7' ? [pod] : []), all: () => [pod] },
      allTemplates([pods, record.deviceClass]),
    )

  test('is found where its telemetry is the other’s command', () => {
    expect(taken(recordOf('cochilo/cabine/press-7/{device}', 'commands'))).toBe(
      'cochilo/cabine/press-7/commands',
    )
  })

  test('is found where it would hear as commands what the other reports', () => {
    const listener = aRecord(
      aClass({ key: 'own', topics: { telemetry: 'x/{device}', command: 'cochilo/cabine/press-7/{device}' } }),
      aDevice({ id: 'telemetry', classKey: 'own' }),
      'evil',
    )
    expect(taken(listener)).toBe('cochilo/cabine/press-7/telemetry')
  })

  test('is found where its open levels reach into the other’s, whatever device stands there', () => {
    expect(taken(recordOf('cochilo/cabine/{a}/{device}', 'commands'))).toBe('cochilo/cabine/{a}/commands')
    const open = aRecord(
      aClass({ key: 'open', topics: { telemetry: 'farm/{device}/{sensor}' } }),
      aDevice({ id: 'silo' }),
    )
    const late = recordOf('farm/silo/{device}', 'level')
    expect(
      takenTopic(
        late,
        { byAddress: (address) => (address === 'silo' ? [open] : []), all: () => [open] },
        allTemplates([open.deviceClass, late.deviceClass]),
      ),
    ).toBe('farm/silo/level')
  })

  test('is not found where only the shape is the same', () => {
    expect(taken(recordOf('cochilo/cabine/press-7/{device}', 'humidity'))).toBeUndefined()
    expect(taken(recordOf('cochilo/cabine/{device}/telemetry', 'press-8'))).toBeUndefined()
    expect(taken(pod)).toBeUndefined()
  })
})

describe('a class that reaches into the topics of those that come with the platform', () => {
  test.each([
    ['cochilo/cabine/press-7/{device}'],
    ['{org}/cabine/press-7/{device}'],
    ['cochilo/{device}/press-7/{org}'],
    ['org/acme/device/pod-1/{device}'],
    ['org/{org}/device/{org}/{device}'],
    ['cochilo/cabine/{any}/{device}'],
  ])('by %s is told', (telemetry) => {
    expect(clashWithShipped(aClass({ topics: { telemetry } }), [pods])).toBe(telemetry)
  })

  test.each([
    ['cochilo/cabine/{device}/telemetry'],
    ['cochilo/cabine/{device}/humidity'],
    ['cochilo/{any}/{device}/telemetry'],
    ['tele/{device}/SENSOR'],
    ['org/acme/device/{device}/telemetry'],
    ['cochilo/cabine/press 7/{device}'],
  ])('and by %s is not', (telemetry) => {
    expect(clashWithShipped(aClass({ topics: { telemetry } }), [pods])).toBeUndefined()
  })
})

test('whatever two templates make, two devices get one topic only where they can clash', () => {
  const level = fc.constantFrom('{org}', '{device}', 'a', 'b')
  const template = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'))
  const id = fc.constantFrom('a', 'b', 'c')
  fc.assert(
    fc.property(template, template, id, id, id, id, (one, other, org, device, otherOrg, otherDevice) => {
      fc.pre(one.includes('{device}') && other.includes('{device}') && device !== otherDevice)
      const isOneTopic = topicFor(one, org, device) === topicFor(other, otherOrg, otherDevice)
      expect(isOneTopic && !canClash(one, other)).toBe(false)
    }),
    { numRuns: 2000 },
  )
})
