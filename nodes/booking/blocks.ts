import type { Platform } from '../platform/platform.ts'
import type { Calendars } from './calendars.ts'
import type { PodBlock, Pods } from './pods.ts'

export interface BlockParts extends Pick<Platform, 'clock'> {
  readonly calendars: Pick<Calendars, 'claim' | 'release'>
  readonly pods: Pick<Pods, 'addBlock' | 'block' | 'removeBlock'>
}

/** Times at which pods are not to be booked. */
export class Blocks {
  readonly #parts: BlockParts

  constructor(parts: BlockParts) {
    this.#parts = parts
  }

  /** Undefined when the pod is booked or blocked then. Takes the time first: there is no block that keeps nobody out. */
  async make(
    orgId: string,
    block: Omit<PodBlock, 'createdAtMs'>,
    actor: string,
  ): Promise<PodBlock | undefined> {
    const { calendars, clock, pods } = this.#parts
    const { fromMs: startMs, id: holder, podId, toMs: endMs } = block
    const claimed = await calendars.claim(orgId, podId, {
      holder,
      startMs,
      endMs,
      kind: 'block',
      bufferMs: 0,
      takenAtMs: clock.nowMs(),
      userId: actor,
    })
    return claimed.kind === 'taken' ? undefined : pods.addBlock(orgId, block)
  }

  /** False when the pod has no such block. */
  async remove(orgId: string, podId: string, id: string): Promise<boolean> {
    const { calendars, pods } = this.#parts
    const block = await pods.block(orgId, id)
    if (block?.podId !== podId) return false
    await pods.removeBlock(orgId, id)
    const { fromMs: startMs, toMs: endMs } = block
    await calendars.release(orgId, podId, { startMs, endMs, bufferMs: 0, holder: id })
    return true
  }
}
