import { z } from 'zod'
import type { Bus } from '../nodes/platform/bus/port.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import type { FlowStorage } from './flow-storage/storage.ts'
import type { EmbeddedNodeRed } from './node-red.ts'

const topic = 'flows'
const deploySchema = z.object({ digest: z.string() })
/** A shared folder may show late what another machine has written. */
const triesMs = [0, 100, 500, 1000, 2000, 5000]

export interface FlowSharingParts {
  readonly bus: Bus
  readonly storage: Pick<FlowStorage, 'digests'>
  readonly nodeRed: Pick<EmbeddedNodeRed, 'reload'>
  readonly log: Logger
}

export interface SharedFlows {
  /** Called with what a deploy has left in the files. */
  announce(digest: string): void
  stop(): void
}

/**
 * A deploy on one instance reaches the others: they are told, and load the files of the flows folder, which all of them
 * share, again; after a gap they look whether they have to.
 */
export function shareFlows({ bus, log, nodeRed, storage }: FlowSharingParts): SharedFlows {
  let turn = Promise.resolve()
  let isStopped = false

  /** @param expected what the files should be; undefined when any change will do */
  const follow = async (expected: string | undefined): Promise<void> => {
    for (const waitMs of triesMs) {
      await new Promise((resolve) => setTimeout(resolve, waitMs).unref())
      if (isStopped) return
      const { disk, loaded } = await storage.digests()
      if (expected !== undefined && disk !== expected) continue
      if (disk !== loaded) {
        log.info({}, 'flows were deployed on another instance; loading them')
        await nodeRed.reload()
      }
      return
    }
    log.warn(
      {},
      'flows were deployed on another instance, but the files here are not those: FLOWS_DIR must be shared',
    )
  }
  const inTurn = (expected: string | undefined): void => {
    turn = turn
      .then(() => follow(expected))
      .catch((error: unknown) => log.error({ err: error }, 'flows of another instance could not be loaded'))
  }
  const stops = [
    bus.subscribe(topic, (event) => {
      const deploy = deploySchema.safeParse(event)
      if (deploy.success) inTurn(deploy.data.digest)
    }),
    bus.onGap(() => inTurn(undefined)),
  ]
  return {
    announce(digest) {
      // Who is not told looks for itself once it hears again.
      void bus.publish(topic, { digest }).catch(() => undefined)
    },
    stop() {
      isStopped = true
      for (const stop of stops) stop()
    },
  }
}
