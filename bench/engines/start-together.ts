import { startInstance, startPlatform } from '../ingest/targets/platform.ts'
import type { Fleet, RunningTarget, Stats } from '../ingest/targets/target.ts'

/** The platform in one process, or with its processing in processes of its own; their figures added up. */
export async function startTogether(
  fleet: Fleet,
  environment: Readonly<Record<string, string>>,
  processors: number,
): Promise<RunningTarget> {
  if (processors === 0) return startPlatform(fleet, environment)
  const front = await startPlatform(fleet, { ...environment, ROLES: 'ingest,serve' })
  const all: Pick<RunningTarget, 'stats' | 'stop'>[] = [front]
  const stop = async (): Promise<void> => {
    for (const one of all.toReversed()) await one.stop()
  }
  try {
    for (let count = 0; count < processors; count += 1) {
      all.push(await startInstance({ ...environment, ROLES: 'process' }))
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { ...front, stats: async () => sumOf(await Promise.all(all.map((one) => one.stats()))), stop }
}

const sumOf = (all: readonly Stats[]): Stats =>
  all.reduce((sum, one) => ({
    storedReadings: sum.storedReadings + one.storedReadings,
    ages: sum.ages.map((count, bucket) => count + (one.ages[bucket] ?? 0)),
    rssBytes: sum.rssBytes + one.rssBytes,
    cpuSeconds: sum.cpuSeconds + one.cpuSeconds,
  }))
