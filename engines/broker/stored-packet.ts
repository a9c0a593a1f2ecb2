import { z } from 'zod'

/** What aedes hands to its persistence: a PUBLISH or PUBREL with the broker's own origin mark. */
export interface StoredPacket {
  cmd: string
  brokerId?: string | undefined
  brokerCounter?: number | undefined
  topic?: string | undefined
  payload?: string | Uint8Array | undefined
  qos?: number | undefined
  retain?: boolean | undefined
  dup?: boolean | undefined
  messageId?: number | undefined
  /** When nobody is to get it any more, epoch milliseconds; aedes' packets carry it along. */
  messageExpiry?: number | undefined
}

/** A last will as aedes stores it; `principal` is ours, so that a will can be judged after a crash. */
export interface StoredWill {
  topic: string
  payload: string | Uint8Array
  qos: number
  retain: boolean
  brokerId?: string
  clientId?: string
  principal?: string
  /** How long its client may take to come back. */
  delayMs?: number | undefined
}

export interface StoredSubscription {
  readonly topic: string
  readonly qos: number
  readonly rh?: number | undefined
  readonly rap?: boolean | undefined
  readonly nl?: boolean | undefined
  readonly subscriptionIdentifier?: number | undefined
}

export const isPast = ({ messageExpiry }: StoredPacket, nowMs: number): boolean =>
  messageExpiry !== undefined && nowMs >= messageExpiry

/** A copy for a queue. The packet identifier is given when it is sent (MQTT 3.1.1, 2.3.1), so it is left open. */
export function forQueue(packet: StoredPacket, qos: number): StoredPacket {
  return {
    cmd: packet.cmd,
    brokerId: packet.brokerId,
    brokerCounter: packet.brokerCounter,
    topic: packet.topic ?? '',
    payload: ownPayload(packet.payload ?? ''),
    qos,
    retain: packet.retain ?? false,
    dup: packet.dup ?? false,
    messageId: undefined,
    ...(packet.messageExpiry === undefined ? {} : { messageExpiry: packet.messageExpiry }),
  }
}

/** What a stored row keeps beside its payload: JSON that this module wrote, checked on its way back. */
export const packetHeader: z.ZodType<StoredPacket> = z.object({
  cmd: z.string(),
  brokerId: z.string().optional(),
  brokerCounter: z.number().optional(),
  topic: z.string().optional(),
  qos: z.number().optional(),
  retain: z.boolean().optional(),
  dup: z.boolean().optional(),
  messageExpiry: z.number().optional(),
})

export const willHeader = z.object({
  topic: z.string(),
  qos: z.number(),
  retain: z.boolean(),
  brokerId: z.string(),
  clientId: z.string(),
  principal: z.string(),
  delayMs: z.number().optional(),
})

export const subscriptionOptions = z.object({
  qos: z.number(),
  rh: z.number().optional(),
  rap: z.boolean().optional(),
  nl: z.boolean().optional(),
  subscriptionIdentifier: z.number().optional(),
})

/** A payload to keep: what arrives is a view of a whole read's memory, which it would hold on to. */
export function ownPayload(payload: string | Uint8Array): string | Uint8Array {
  if (typeof payload === 'string' || payload.buffer.byteLength === payload.length) return payload
  const own = Buffer.allocUnsafeSlow(payload.length)
  own.set(payload)
  return own
}

/** A payload as SQLite gives it back, without a copy. */
export function storedPayload(payload: unknown): string | Buffer {
  return payload instanceof Uint8Array
    ? Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
    : String(payload)
}
