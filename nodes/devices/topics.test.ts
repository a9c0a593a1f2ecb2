import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aClass } from './device.fixture.ts'
import { canonicalTopics } from './device-class.ts'
import { topicFor } from './topic-template.ts'
import { filterOf, namedBy, publishTemplates } from './topics.ts'

describe('the topics that devices publish on', () => {
  test('are those of every class but its commands, each once', () => {
    const purifier = aClass({
      topics: { telemetry: 'device/{device}/data', command: 'device/{device}/command' },
    })
    const monitor = aClass({ topics: canonicalTopics })
    expect(publishTemplates([purifier, monitor, monitor]).map(filterOf)).toEqual([
      'device/+/data',
      'org/+/device/+/telemetry',
      'org/+/device/+/lifecycle',
      'org/+/device/+/events',
      'org/+/device/+/cmdres',
    ])
  })

  test('name the device, and the organization where it is in them', () => {
    expect(namedBy('org/{org}/device/{device}/telemetry', 'org/acme/device/d1/telemetry')).toEqual({
      address: 'd1',
      orgId: 'acme',
    })
    expect(namedBy('device/{device}/data', 'device/d1/data')).toEqual({ address: 'd1', orgId: undefined })
  })

  test.each([
    ['device/{device}/data', 'device/d1/data/more'],
    ['device/{device}/data', 'device/d1'],
    ['device/{device}/data', 'Device/d1/data'],
    ['{device}/x/{device}', 'd1/x/d2'],
    ['x/{device}/{sensor}', 'x/d1/'],
  ])('made by %j are told from %j', (template, topic) => {
    expect(namedBy(template, topic)).toBeUndefined()
  })

  test('give back whom they were made for, whatever the template', () => {
    const level = fc.constantFrom('{org}', '{device}', 'a', 'b')
    const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,10}$/)
    fc.assert(
      fc.property(fc.array(level, { maxLength: 6 }), id, id, (levels, orgId, deviceId) => {
        const template = [...levels, '{device}'].join('/')
        expect(namedBy(template, topicFor(template, orgId, deviceId))).toEqual({
          address: deviceId,
          orgId: levels.includes('{org}') ? orgId : undefined,
        })
      }),
    )
  })
})
