const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * A class of version 1 had one telemetry topic, among the others, and one way to decode it. Any other is given back as
 * it is.
 */
export function upcastClass(document: unknown): unknown {
  if (!isRecord(document) || !('decode' in document) || 'telemetry' in document) return document
  const { decode, topics, ...others } = document
  if (!isRecord(topics)) return document
  const { telemetry, ...rest } = topics
  return { ...others, topics: rest, telemetry: [{ topic: telemetry, decode: upcastDecode(decode) }] }
}

function upcastDecode(decode: unknown): unknown {
  if (!isRecord(decode) || !('tsPath' in decode)) return decode
  const { tsPath, ...others } = decode
  return { ...others, time: { path: tsPath, format: 'standard' } }
}
