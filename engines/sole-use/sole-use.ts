import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { CollectionSpec, Store } from '../../nodes/platform/store/port.ts'
import { EngineRefused } from './engine-refused.ts'

/** Says that an engine is in use, until then; false when somebody else does. */
export type TakeForSelf = (owner: string, nowMs: number, untilMs: number) => Promise<boolean>

const usedForMs = 15_000
const useSchema = z.object({ id: z.string(), owner: z.string(), untilMs: z.int() })
export const soleUseCollection: CollectionSpec<z.output<typeof useSchema>> = {
  name: 'sole_use',
  audit: 'none',
  schema: useSchema,
}

export function takeStore(store: Store): TakeForSelf {
  const uses = store.platform(soleUseCollection)
  return async (owner, nowMs, untilMs) => {
    const mine = { id: 'platform', owner, untilMs }
    const before = await uses.get(mine.id)
    if (before === undefined) return (await uses.insert(mine)).kind === 'inserted'
    if (before.document.owner !== owner && before.document.untilMs > nowMs) return false
    return (await uses.replace(mine, before.version)).kind === 'replaced'
  }
}

const takeScript = `
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`

export function takeRedis(redis: Redis, key: string): TakeForSelf {
  return async (owner, nowMs, untilMs) => (await redis.eval(takeScript, 1, key, owner, untilMs - nowMs)) === 1
}

/** Who this process is after a restart too: one process at a time uses a data directory. */
export const ownerOf = (dataDir: string): string =>
  createHash('sha256')
    .update(JSON.stringify([hostname(), dataDir]))
    .digest('base64url')

export interface SoleUseParts {
  readonly take: TakeForSelf
  readonly owner: string
  readonly nowMs: () => number
  /** The setting that is given, and the one that would let several processes share. */
  readonly setting: string
  readonly missing: string
}

/**
 * Two processes that share one engine and not the other would each have half of everything: the second is refused. The
 * result ends the use.
 * @throws EngineRefused
 */
export async function useAlone({
  missing,
  nowMs,
  owner,
  setting,
  take,
}: SoleUseParts): Promise<() => Promise<void>> {
  const renew = (): Promise<boolean> => take(owner, nowMs(), nowMs() + usedForMs)
  if (!(await renew()))
    throw new EngineRefused(
      setting,
      `another process uses it alone; several can share it with ${missing} set, and the same for all of them`,
    )
  // A renewal that fails is made good by the next, or the engine is away for everybody.
  const timer = setInterval(() => void renew().catch(() => undefined), usedForMs / 3).unref()
  return async () => {
    clearInterval(timer)
    await take(owner, nowMs(), nowMs() + 1).catch(() => undefined)
  }
}
