/** Distances and search boxes on the sphere, degrees and metres. */
import { InvalidQuery } from '../../nodes/platform/store/errors.ts'
import type { GeoPoint } from '../../nodes/platform/store/port.ts'

/** Mean radius of WGS 84, R1 = (2a + b) / 3 (IUGG). */
export const EARTH_RADIUS_METERS = 6_371_008.8

const RADIANS = Math.PI / 180
// Slack for rounding, so that a box never cuts off a point whose exact distance is within the radius.
const SLACK_DEGREES = 1e-6

export interface Box {
  readonly south: number
  readonly north: number
  readonly west: number
  readonly east: number
}

/** Great-circle distance by the haversine formula (Sinnott 1984), accurate for small distances too. */
export function haversineMeters(from: GeoPoint, to: GeoPoint): number {
  const sinLatitude = Math.sin(((to.latitude - from.latitude) * RADIANS) / 2)
  const sinLongitude = Math.sin(((to.longitude - from.longitude) * RADIANS) / 2)
  const h =
    sinLatitude ** 2 + Math.cos(from.latitude * RADIANS) * Math.cos(to.latitude * RADIANS) * sinLongitude ** 2
  return 2 * EARTH_RADIUS_METERS * Math.asin(Math.min(1, Math.sqrt(h)))
}

/**
 * Boxes that together hold every point within the radius: one, or two where it crosses the antimeridian; all
 * longitudes where it reaches a pole. (Bounding coordinates after J. P. Matuschek.)
 */
export function boxesAround(center: GeoPoint, radiusMeters: number): readonly Box[] {
  const angle = radiusMeters / EARTH_RADIUS_METERS
  const angleDegrees = angle / RADIANS + SLACK_DEGREES
  const south = center.latitude - angleDegrees
  const north = center.latitude + angleDegrees
  if (south <= -90 || north >= 90) {
    return [{ south: Math.max(south, -90), north: Math.min(north, 90), west: -180, east: 180 }]
  }
  const ratio = Math.sin(angle) / Math.cos(center.latitude * RADIANS)
  const reach = Math.asin(Math.min(1, ratio)) / RADIANS + SLACK_DEGREES
  const west = center.longitude - reach
  const east = center.longitude + reach
  if (west < -180) {
    return [
      { south, north, west: -180, east },
      { south, north, west: west + 360, east: 180 },
    ]
  }
  if (east > 180) {
    return [
      { south, north, west, east: 180 },
      { south, north, west: -180, east: east - 360 },
    ]
  }
  return [{ south, north, west, east }]
}

/** @throws InvalidQuery */
export function assertSearch(point: GeoPoint, radiusMeters: number): void {
  if (!(Math.abs(point.latitude) <= 90)) throw new InvalidQuery('A latitude is from -90 to 90')
  if (!(Math.abs(point.longitude) <= 180)) throw new InvalidQuery('A longitude is from -180 to 180')
  if (!(radiusMeters >= 0) || !Number.isFinite(radiusMeters)) {
    throw new InvalidQuery('A radius is a number of metres')
  }
}
