import { z } from 'zod'
import { wholeNumber } from '../../platform/kit/endpoints/number-in-text.ts'
import type { DeviceRecord } from '../../devices/device.ts'
import { noSuchDevice, ownDevice } from '../../devices/operations/parts.ts'
import { defineOperation, refuse, replyStream } from '../../platform/kit/endpoints/operation.ts'
import { unreadable } from '../../platform/kit/endpoints/problem.ts'
import { toIsoTime } from '../../platform/kit/iso-time.ts'
import type { RangePage, RangeQuery, SeriesStore } from '../../platform/series/port.ts'
import { csvCells, csvRowEnd } from '../../platform/kit/csv.ts'
import { qualityQuery } from '../history-query.ts'
import { periodOf, periodQuery } from '../period.ts'
import { readingView, toReadingView } from '../reading-view.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'

/** Readings that are in memory at once. */
const pageRows = 2000
const csvColumns = ['ts', 'port', 'name', 'unit', 'rawValue', 'calibratedValue', 'quality', 'ingestTs']
const byteOrderMark = '\u{feff}'
const csvHeader = csvCells(csvColumns) + csvRowEnd
const mediaTypes = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson' } as const

export const operation = defineOperation({
  id: 'exportReadings',
  method: 'get',
  path: '/api/v1/devices/:id/readings/export',
  tag: 'history',
  summary: 'All readings of a period (default: the last 24 hours) as a download, by time; sent as it is read',
  access: 'modules:iot:readings:read',
  params: z.object({ id: z.string() }),
  query: periodQuery.extend({
    format: z.enum(['csv', 'ndjson']).default('csv'),
    port: wholeNumber(z.int().min(0).max(1023).optional()),
    quality: qualityQuery,
    /** Of CSV: a byte-order mark in front, without which spreadsheets garble what is not ASCII (°C). */
    bom: z.stringbool({ truthy: ['true'], falsy: ['false'], case: 'sensitive' }).default(false),
  }),
  responses: {
    200: {
      description:
        'CSV with a header row, or one JSON object a line. A transfer that is cut short is not complete',
      content: { 'text/csv': z.string(), 'application/x-ndjson': readingView },
    },
  },
  needs: { ...kit('clock', 'series'), devices: devicesDomain },
  async handle({ params, query, orgId }, { clock, devices, series }) {
    const record = ownDevice(devices, orgId, params.id)
    if (record === undefined) return noSuchDevice()
    const period = periodOf(query, clock.nowMs())
    if ('refusal' in period) return period.refusal
    const range = {
      orgId,
      deviceId: params.id,
      ...(query.port === undefined ? {} : { port: query.port }),
      ...(query.quality === undefined ? {} : { qualities: query.quality }),
      ...period,
      limit: pageRows,
    }
    if (query.bom && query.format !== 'csv')
      return refuse(unreadable('query.bom', 'is for CSV: JSON may not begin with a mark'))
    const pages = pagesOf(series, range)
    const body = query.format === 'csv' ? toCsv(pages, record.ports, query.bom) : toNdjson(pages)
    return replyStream(mediaTypes[query.format], body, {
      'content-disposition': `attachment; filename="${params.id.replaceAll(':', '_')}.${query.format}"`,
      'cache-control': 'no-store',
    })
  },
})

type Items = RangePage['items']

async function* pagesOf(series: Pick<SeriesStore, 'range'>, query: RangeQuery): AsyncGenerator<Items, void> {
  let page = await series.range(query)
  yield page.items
  while (page.nextCursor !== undefined) {
    page = await series.range({ ...query, cursor: page.nextCursor })
    yield page.items
  }
}

async function* toCsv(
  pages: AsyncIterable<Items>,
  ports: DeviceRecord['ports'],
  hasMark: boolean,
): AsyncGenerator<string, void> {
  yield hasMark ? byteOrderMark + csvHeader : csvHeader
  /** What is the same in all rows of a port: quoting it once is half the work. */
  const fixed = new Map<number, string>()
  const fixedOf = (port: number): string => {
    const known = fixed.get(port)
    if (known !== undefined) return known
    const { name = '', unit = '' } = ports[port] ?? {}
    const cells = csvCells([port, name, unit])
    fixed.set(port, cells)
    return cells
  }
  for await (const items of pages) {
    let piece = ''
    for (const { ts, port, rawValue, calibratedValue, quality, ingestTs } of items) {
      const values = `${rawValue},${calibratedValue},${quality}`
      piece += `${toIsoTime(ts)},${fixedOf(port)},${values},${toIsoTime(ingestTs)}${csvRowEnd}`
    }
    yield piece
  }
}

async function* toNdjson(pages: AsyncIterable<Items>): AsyncGenerator<string, void> {
  for await (const items of pages) {
    let piece = ''
    for (const item of items) piece += `${JSON.stringify(toReadingView(item))}\n`
    yield piece
  }
}
