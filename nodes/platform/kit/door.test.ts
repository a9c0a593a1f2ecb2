import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { checkAtTheDoor } from './door.ts'
import { anyMessage, defineMessage, oneOf } from './message-type.ts'
import { distrust, isTrusted, trust } from './trust.ts'

const point = defineMessage('point', z.object({ x: z.number(), at: z.object({ port: z.int() }).optional() }))
const label = defineMessage('label', z.object({ text: z.string() }))
const good = { x: 1 }

describe("at a node's door", () => {
  test('one item is a batch of one, and remembered as single', () => {
    expect(checkAtTheDoor(good, point)).toEqual({ kind: 'batch', items: [good], wasSingle: true })
  })

  test('a batch is a batch, also an empty one', () => {
    expect(checkAtTheDoor([good, { x: 2 }], point)).toEqual({
      kind: 'batch',
      items: [good, { x: 2 }],
      wasSingle: false,
    })
    expect(checkAtTheDoor([], point)).toEqual({ kind: 'batch', items: [], wasSingle: false })
  })

  test.each([
    ['a field', { x: 'high' }, 'payload.x'],
    ['a field within', { x: 1, at: { port: 1.5 } }, 'payload.at.port'],
    ['a field of one in a batch', [good, { x: null }], 'payload.1.x'],
    ['something that is no item', 'text', 'payload'],
    ['nothing', undefined, 'payload'],
  ])('%s that is wrong is named', (_, payload, path) => {
    expect(checkAtTheDoor(payload, point)).toMatchObject({
      kind: 'refused',
      error: { path, message: expect.stringContaining(`expected point: ${path}: `) },
    })
  })

  test('an input of several types takes each of them', () => {
    const either = oneOf<object>(point, label)
    expect(checkAtTheDoor([good, { text: 'a' }], either)).toMatchObject({ kind: 'batch' })
    expect(checkAtTheDoor({ y: 1 }, either)).toMatchObject({
      kind: 'refused',
      error: { message: expect.stringContaining('expected point or label') },
    })
  })

  test('an input of anything takes anything as it is', () => {
    const payload = ['a', 'b']
    expect(checkAtTheDoor(payload, anyMessage)).toEqual({ kind: 'batch', items: [payload], wasSingle: true })
  })

  test('no payload whatever is thrown over', () => {
    fc.assert(
      fc.property(fc.anything(), (payload) => {
        expect(['batch', 'refused']).toContain(checkAtTheDoor(payload, point).kind)
      }),
    )
  })
})

describe('trust', () => {
  test('spares a check: what a typed node sent comes in as the same object', () => {
    const batch = [good]
    trust(batch, point)
    expect(checkAtTheDoor(batch, point)).toEqual({ kind: 'batch', items: batch, wasSingle: false })
    const checked = checkAtTheDoor(batch, point)
    expect(checked.kind === 'batch' && checked.items).toBe(batch)
  })

  test('is for one type, and those inputs that take it among others', () => {
    const batch = [good]
    trust(batch, point)
    expect(isTrusted(batch, point)).toBe(true)
    expect(isTrusted(batch, oneOf<object>(point, label))).toBe(true)
    expect(isTrusted(batch, label)).toBe(false)
  })

  test('is not inherited by a clone', () => {
    const batch = [{ x: 1 }]
    trust(batch, point)
    expect(isTrusted(structuredClone(batch), point)).toBe(false)
  })

  test('ends in foreign hands: what they change is checked again', () => {
    const batch: { x: unknown }[] = [{ x: 1 }]
    trust(batch, point)
    distrust(batch)
    batch[0] = { x: 'changed' }
    expect(checkAtTheDoor(batch, point)).toMatchObject({ kind: 'refused', error: { path: 'payload.0.x' } })
  })

  test('is only for objects', () => {
    expect(() => {
      trust('text', point)
      distrust(undefined)
    }).not.toThrow()
  })
})
