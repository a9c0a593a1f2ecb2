import { reactive } from 'vue'
import type { Tried } from './tried.ts'

/** A message that a class is tried on. */
export interface Sample {
  topic: string
  payload: string
  /** Instead of `payload`, for bytes that are no text. */
  readonly payloadBase64: string
  /** Empty: as if it came now. */
  readonly receivedAt: string
  /** The dead letter that it is; empty for one that somebody wrote. */
  readonly letterId: string
  tried: Tried | undefined
}

export interface Letter {
  readonly id: string
  readonly topic: string
  readonly payloadBase64: string
  readonly receivedAt: string
}

export function sampleOfLetter({ id, payloadBase64, receivedAt, topic }: Letter): Sample {
  const text = textOf(payloadBase64)
  return reactive({
    topic,
    payload: text ?? '',
    payloadBase64: text === undefined ? payloadBase64 : '',
    receivedAt,
    letterId: id,
    tried: undefined,
  })
}

/** As the API takes it. */
export const sampleOf = ({ payload, payloadBase64, receivedAt, topic }: Sample): object => ({
  topic,
  ...(payloadBase64 === '' ? { payload } : { payloadBase64 }),
  ...(receivedAt === '' ? {} : { receivedAt }),
})

function textOf(base64: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
