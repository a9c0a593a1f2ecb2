import type { Outgoing, OutgoingAnswer, OutgoingRequest } from '../../platform/outgoing/port.ts'
import { RefusedAddress } from '../../platform/outgoing/port.ts'
import { Undeliverable } from './sender.ts'

const gone = 410

/** Sends, and takes 2xx for taken. @throws Undeliverable for an address that must not be reached, and one that is gone */
export async function taken(
  outgoing: Outgoing,
  request: OutgoingRequest,
  isGone: (answer: OutgoingAnswer) => boolean = ({ status }) => status === gone,
): Promise<OutgoingAnswer> {
  const answer = await outgoing.send(request).catch((error: unknown) => {
    throw error instanceof RefusedAddress ? new Undeliverable(error.message) : error
  })
  if (answer.status >= 200 && answer.status < 300) return answer
  if (isGone(answer)) throw new Undeliverable(`answered ${answer.status}: gone`, true)
  throw new Error(`answered ${answer.status}${answer.text === '' ? '' : `: ${answer.text.slice(0, 200)}`}`)
}
