import { z } from 'zod'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { RangePage, SeriesBucket } from '../platform/series/port.ts'
import { qualities } from './reading.ts'

export const readingView = z.object({
  ts: z.iso.datetime(),
  port: z.int(),
  rawValue: z.number(),
  calibratedValue: z.number(),
  quality: z.enum(qualities),
  ingestTs: z.iso.datetime(),
})

export const bucketView = z.object({
  /** Where the bucket begins. */
  ts: z.iso.datetime(),
  min: z.number(),
  max: z.number(),
  avg: z.number(),
  count: z.int(),
  last: z.number(),
})

export const toReadingView = (point: RangePage['items'][number]): z.output<typeof readingView> => ({
  ts: toIsoTime(point.ts),
  port: point.port,
  rawValue: point.rawValue,
  calibratedValue: point.calibratedValue,
  quality: point.quality,
  ingestTs: toIsoTime(point.ingestTs),
})

export const toBucketView = ({
  ts,
  min,
  max,
  avg,
  count,
  last,
}: SeriesBucket): z.output<typeof bucketView> => ({ ts: toIsoTime(ts), min, max, avg, count, last })
