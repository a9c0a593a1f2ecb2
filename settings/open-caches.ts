import type { Logger } from '../nodes/platform/logger.ts'
import type { Caches } from './caches.ts'
import type { Engines } from './engines.ts'
import { openOwnCaches } from './own-caches.ts'

export async function openCaches(engines: Engines, log: Logger): Promise<Caches> {
  if (engines.redis === undefined) return openOwnCaches(engines)
  // Only where it is needed: the drivers take a process longer to load than to start.
  const { openSharedCaches } = await import('./shared-caches.ts')
  return openSharedCaches(engines, engines.redis, log)
}
