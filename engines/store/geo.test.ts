import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boxesAround, EARTH_RADIUS_METERS, haversineMeters } from './geo.ts'

const point = fc.record({
  latitude: fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), fc.constantFrom(-90, 90, 0, 89.999)),
  longitude: fc.oneof(fc.double({ min: -180, max: 180, noNaN: true }), fc.constantFrom(-180, 180, 179.999)),
})

describe('distances on the sphere', () => {
  it('are zero to oneself, half the circumference to the antipode', () => {
    const rome = { latitude: 41.9, longitude: 12.5 }
    expect(haversineMeters(rome, rome)).toBe(0)
    const antipode = { latitude: -41.9, longitude: -167.5 }
    expect(haversineMeters(rome, antipode)).toBeCloseTo(Math.PI * EARTH_RADIUS_METERS, 0)
  })

  it('are one degree of latitude in 111.195 km everywhere', () => {
    const at = (latitude: number): number =>
      haversineMeters({ latitude, longitude: 7 }, { latitude: latitude + 1, longitude: 7 })
    expect(at(0)).toBeCloseTo(111_195, 0)
    expect(at(89)).toBeCloseTo(111_195, 0)
  })

  it('never leave a point within the radius outside of the boxes', () => {
    const outcome = fc.check(
      fc.property(point, point, fc.double({ min: 1, max: 1.1, noNaN: true }), (center, other, factor) => {
        const radius = haversineMeters(center, other) * factor
        return boxesAround(center, radius).some(
          ({ south, north, west, east }) =>
            other.latitude >= south &&
            other.latitude <= north &&
            other.longitude >= west &&
            other.longitude <= east,
        )
      }),
      { numRuns: 5_000 },
    )
    expect(outcome.counterexample).toBeNull()
  })
})
