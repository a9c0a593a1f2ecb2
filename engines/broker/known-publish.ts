/** Where the parts of a publish lie in its chunk. */
export interface KnownPublish {
  messageId: number
  payloadStart: number
  /** One past its last byte. */
  end: number
}

/** PUBLISH with QoS 1, not retained, apart from the DUP flag (MQTT 3.1.1, 3.3.1). */
const PUBLISH_QOS_1 = 0x32
const DUP = 0x08

/**
 * Reads a whole QoS 1 publish on the given topic, without making anything of it but numbers.
 * @param into receives them; one object serves all calls
 * @returns false when there stands anything else, or only part of one: then nothing was read
 */
export function readKnownPublish(
  chunk: Uint8Array,
  start: number,
  topic: Uint8Array,
  into: KnownPublish,
): boolean {
  if (((chunk[start] ?? 0) & ~DUP) !== PUBLISH_QOS_1) return false
  // Remaining length (2.2.3): one byte or two, up to 16,383; longer ones are rare enough to go the long way.
  let length = chunk[start + 1] ?? 0
  let at = start + 2
  if (length > 127) {
    const high = chunk[at] ?? 0
    if (high === 0 || high > 127) return false
    length = (length & 127) + high * 128
    at += 1
  }
  const end = at + length
  const topicStart = at + 2
  const messageIdAt = topicStart + topic.length
  const payloadStart = messageIdAt + 2
  if (end > chunk.length || payloadStart > end) return false
  if ((((chunk[at] ?? 0) << 8) | (chunk[at + 1] ?? 0)) !== topic.length) return false
  // From its end, where the topics of devices differ.
  for (let i = topic.length - 1; i >= 0; i--) if (chunk[topicStart + i] !== topic[i]) return false
  const messageId = ((chunk[messageIdAt] ?? 0) << 8) | (chunk[messageIdAt + 1] ?? 0)
  if (messageId === 0) return false
  into.messageId = messageId
  into.payloadStart = payloadStart
  into.end = end
  return true
}
