import { toBase64 } from '../platform/kit/bytes.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { CollectionSpec, Store } from '../platform/store/port.ts'
import { type DeadLetter, deadLetterSchema, type Reject } from './dead-letter.ts'

export const deadLetterCollection: CollectionSpec<DeadLetter> = {
  name: 'dead_letters',
  schema: deadLetterSchema,
  audit: { without: ['payloadBase64'] },
  indexes: [['receivedAt'], ['reason', 'receivedAt'], ['deviceId', 'receivedAt'], ['replayedAt']],
}

/** Keeps what could not be used, so that it can be looked at and replayed. */
export interface DeadLetterBox {
  /** Resolves when all are durable. The same reject twice (after a crash, say) is kept once. */
  put(rejects: readonly Reject[]): Promise<void>
}

export class StoreDeadLetterBox implements DeadLetterBox {
  readonly #store: Store
  readonly #newId: () => string
  readonly #onPut: (rejects: readonly Reject[]) => void

  /** @param onPut told of what was put, so that somebody sees to it that there is not too much */
  constructor(
    store: Store,
    newId: () => string,
    onPut: (rejects: readonly Reject[]) => void = () => undefined,
  ) {
    this.#store = store
    this.#newId = newId
    this.#onPut = onPut
  }

  async put(rejects: readonly Reject[]): Promise<void> {
    await Promise.all(
      rejects.map((reject) =>
        this.#store
          .organization(reject.orgId)
          .collection(deadLetterCollection)
          .insert({
            id: this.#idOf(reject),
            deviceId: reject.deviceId,
            topic: reject.topic,
            reason: reject.reason,
            detail: reject.detail.slice(0, 2000),
            payloadBase64: toBase64(reject.payload),
            payloadBytes: reject.payload.length,
            receivedAt: toIsoTime(reject.receivedAt),
            replayedAt: null,
          }),
      ),
    )
    this.#onPut(rejects)
  }

  /** The time is part of it because a power cut may give a place in the stream to another message. */
  #idOf({ offset, index, receivedAt }: Reject): string {
    return offset === '' ? this.#newId() : `${offset}.${index}.${receivedAt}`
  }
}
