import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { pack, unpack } from './packed.ts'

const finite = fc.double({ noDefaultInfinity: true, noNaN: true })
const value = fc.record({
  port: fc.nat(1023),
  ts: fc.integer(),
  rawValue: finite,
  calibratedValue: finite,
  quality: fc.constantFrom('good' as const, 'out-of-range' as const, 'late' as const, 'suspect' as const),
  ingestTs: fc.integer(),
})

test('what was packed comes out as it went in', () => {
  fc.assert(
    fc.property(value, (given) => {
      // Text knows no negative zero, and nobody measures one.
      const expected = { ...given, rawValue: given.rawValue + 0, calibratedValue: given.calibratedValue + 0 }
      expect(unpack(String(given.port), pack(given))).toEqual(expected)
    }),
  )
})

test.each(['', '1', '1,2,3,good', '1,2,3,fine,4', 'x,2,3,good,4', '1,,3,good,4', '1,Infinity,3,good,4'])(
  'anything else is nothing: %j',
  (packed) => {
    expect(unpack('1', packed)).toBeUndefined()
  },
)
