import path from 'node:path'
import type { SeriesReading } from '../../nodes/platform/series/port.ts'
import { openSqliteSeries } from '../../engines/series/sqlite.ts'

const batchRows = 20_000

/** Stores readings in the files of a platform that is not running. */
export async function fillSeries(dataDir: string, readings: Iterable<SeriesReading>): Promise<void> {
  const series = await openSqliteSeries({ directory: path.join(dataDir, 'series'), quietMs: 0 })
  try {
    let batch: SeriesReading[] = []
    for (const reading of readings) {
      batch.push(reading)
      if (batch.length < batchRows) continue
      await series.append(batch)
      batch = []
    }
    await series.append(batch)
    await series.settled()
  } finally {
    await series.close()
  }
}
