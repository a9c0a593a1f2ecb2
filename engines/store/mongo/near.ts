/** `near`: the server narrows down, the exact distance decides. */
import type { Document as Bson } from 'mongodb'

import { assertSearch, boxesAround, EARTH_RADIUS_METERS, haversineMeters } from '../geo.ts'
import type { GeoPoint } from '../../../nodes/platform/store/port.ts'
import { parseLimit } from '../query.ts'
import { fieldOf } from './filter-to-mongo.ts'
import { valueAt } from '../../../nodes/platform/store/value-at.ts'

export interface NearPlan {
  /** Finds what may be within the radius; with a 2dsphere index nearest first and no more than asked for. */
  readonly pipeline: readonly Bson[]
  readonly distanceOf: (row: Bson) => number
  readonly limit: number
}

// What MongoDB takes for the earth's radius; the port's is the mean radius.
const MONGO_RADIUS_METERS = 6_378_100
// Slack for rounding, so that the server never cuts off what lies exactly within the radius.
const SLACK_METERS = 0.01

export interface NearScope {
  readonly where: Bson
  readonly location: string
  readonly hasGeoIndex: boolean
}

/** Checks the options at once. @throws InvalidQuery */
export function planNear(
  { where, location, hasGeoIndex }: NearScope,
  point: GeoPoint,
  options: { readonly radiusMeters: number; readonly limit?: number },
): NearPlan {
  const limit = parseLimit(options.limit)
  assertSearch(point, options.radiusMeters)
  const distanceOf = (row: Bson): number => distanceTo(point, row, location)
  if (!hasGeoIndex) {
    const boxes = boxesAround(point, options.radiusMeters).map((box) => ({
      [`${fieldOf(location)}.latitude`]: { $gte: box.south, $lte: box.north },
      [`${fieldOf(location)}.longitude`]: { $gte: box.west, $lte: box.east },
    }))
    return { pipeline: [{ $match: { $and: [where, { $or: boxes }] } }], distanceOf, limit }
  }
  const angle = Math.min(Math.PI, options.radiusMeters / EARTH_RADIUS_METERS)
  const near = { type: 'Point', coordinates: [point.longitude, point.latitude] }
  const maxDistance = angle * MONGO_RADIUS_METERS + SLACK_METERS
  const search = { near, maxDistance, key: 'g', spherical: true, query: where, distanceField: 'distance' }
  // Both measures order alike, so the nearest by one are the nearest by the other.
  return { pipeline: [{ $geoNear: search }, { $limit: limit }], distanceOf, limit }
}

function distanceTo(point: GeoPoint, row: Bson, location: string): number {
  const place = valueAt(row['d'], location)
  const latitude = Number(Object(place)['latitude'])
  const longitude = Number(Object(place)['longitude'])
  return haversineMeters(point, { latitude, longitude })
}
