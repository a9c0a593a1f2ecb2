import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aClass, aDevice, aRecord } from './device.fixture.ts'
import { overlap, topicFor, topicTemplateSchema } from './topic-template.ts'
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
    // A friendly name: a pod may have such an address.
    ['cochilo/cabine/press 7/{device}'],
  ])('by %s is told', (telemetry) => {
    expect(clashWithShipped(aClass({ topics: { telemetry } }), [pods])).toBe(telemetry)
  })

  test.each([
    ['cochilo/cabine/{device}/telemetry'],
    ['cochilo/cabine/{device}/humidity'],
    ['cochilo/{any}/{device}/telemetry'],
    ['tele/{device}/SENSOR'],
    ['org/acme/device/{device}/telemetry'],
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

/** All topics there are with these words as levels, for templates with some left open. */
const words = ['a', 'b', 'org'] as const
function expanded(topic: string): readonly string[] {
  let prefixes: readonly string[] = ['']
  for (const [depth, level] of topic.split('/').entries()) {
    const fillings = /^\{.*\}$/.test(level) ? words : [level]
    prefixes = prefixes.flatMap((prefix) =>
      fillings.map((filling) => (depth === 0 ? filling : `${prefix}/${filling}`)),
    )
  }
  return prefixes
}
const meet = (some: Iterable<string>, others: Iterable<string>): boolean => {
  const known = new Set(some)
  return [...others].some((other) => known.has(other))
}
const allOf = ({ commandTopics, patterns, topics }: DeviceRecord): readonly string[] =>
  [...topics.keys(), ...patterns.map(({ topic }) => topic), ...commandTopics]
    .filter((topic) => !topic.startsWith('$'))
    .flatMap(expanded)

/** Templates that the schema takes: begun by no open level, each name once, the device among them. */
const openTemplate = fc
  .array(fc.constantFrom('{org}', '{device}', '{x}', '{y}', 'a', 'b'), { minLength: 1, maxLength: 3 })
  .map((levels) => levels.join('/'))
  .filter((template) => topicTemplateSchema.safeParse(template).success)

describe('against all topics written out', { timeout: 30_000 }, () => {
  test('overlap is that there is a topic that is both', () => {
    const topic = openTemplate.map((template) => topicFor(template, 'org', 'b'))
    fc.assert(
      fc.property(topic, topic, (one, other) => {
        expect(overlap(one, other)).toBe(meet(expanded(one), expanded(other)))
      }),
      { numRuns: 1000, seed: 7 },
    )
  })

  test('a taken topic is found where there is one, and only there', () => {
    const device = fc.record({
      templates: fc.array(openTemplate, { minLength: 1, maxLength: 2 }),
      command: fc.option(
        openTemplate.filter((template) => !/\{[xy]\}/.test(template)),
        { nil: undefined },
      ),
      address: fc.constantFrom(...words),
      orgId: fc.constantFrom('org', 'a'),
    })
    fc.assert(
      fc.property(fc.array(device, { minLength: 1, maxLength: 4 }), device, (fleet, late) => {
        const [record, ...records] = [late, ...fleet].map(({ address, command, orgId, templates }, index) =>
          aRecord(
            aClass({
              key: `class-${index}`,
              telemetry: templates.map((topic) => ({ topic, decode: { shape: 'none' } })),
              topics: command === undefined ? {} : { command },
            }),
            aDevice({ id: `device-${index}`, classKey: `class-${index}`, address }),
            orgId,
          ),
        )
        if (record === undefined) throw new Error('no record')
        const directory = {
          byAddress: (address: string) => records.filter(({ device: each }) => each.address === address),
          all: () => records,
        }
        const templates = allTemplates([record, ...records].map(({ deviceClass }) => deviceClass))
        const isTaken = takenTopic(record, directory, templates) !== undefined
        const own = allOf(record)
        expect(isTaken).toBe(records.some((other) => meet(own, allOf(other))))
      }),
      { numRuns: 400, seed: 7 },
    )
  })

  test('two classes that can clash are told, whatever their devices are called', () => {
    const name = fc.constantFrom(...words)
    fc.assert(
      fc.property(
        openTemplate,
        openTemplate,
        name,
        name,
        name,
        name,
        (one, other, org, device, its, theirs) => {
          fc.pre(device !== theirs)
          const [ours, others] = [topicFor(one, org, device), topicFor(other, its, theirs)]
          expect(canClash(one, other) || !meet(expanded(ours), expanded(others))).toBe(true)
        },
      ),
      { numRuns: 2000, seed: 7 },
    )
  })

  // Two devices of different classes may have one address.
  test('and of those told there are two devices that show it', () => {
    fc.assert(
      fc.property(openTemplate, openTemplate, (one, other) => {
        fc.pre(canClash(one, other) && !hasTwice(one) && !hasTwice(other))
        const pairs = words.flatMap((device) => words.map((theirs) => [device, theirs] as const))
        const shows = pairs.some(([device, theirs]) =>
          pairs.some(([org, its]) =>
            meet(expanded(topicFor(one, org, device)), expanded(topicFor(other, its, theirs))),
          ),
        )
        expect(shows).toBe(true)
      }),
      { numRuns: 400, seed: 7 },
    )
  })
})

/** With one name in two places more is told than is so. */
const hasTwice = (template: string): boolean => {
  const names = template.split('/').filter((level) => level.startsWith('{'))
  return new Set(names).size < names.length
}
