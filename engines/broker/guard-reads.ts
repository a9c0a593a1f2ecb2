import type { Duplex } from 'node:stream'
import type { AedesClient } from './aedes-internals.ts'
import type { ExpressLane } from './express-lane.ts'
import type { PacketLimit } from './packet-limit.ts'

/**
 * Stands between the socket and aedes' parser. aedes takes what has arrived with `conn.read(null)`, and the streams'
 * own calls carry a number or nothing; so this sees each chunk once, and can leave it in the socket's buffer, where it
 * holds the sender back. What goes by the express lane aedes never sees.
 */
export function guardReads(
  conn: Duplex,
  client: AedesClient,
  limit: PacketLimit,
  lane: ExpressLane,
  onViolation: (reason: string) => void,
): void {
  // oxlint-disable-next-line no-unsafe-type-assertion -- sockets give Buffers, and null is what aedes passes
  const read = conn.read.bind(conn) as (size?: number | null) => Buffer | null
  conn.read = (size?: number | null): Buffer | null => {
    if (size !== null) return read(size)
    if (lane.isFull) {
      // It is we who don't read on: whatever came is a sign of life (MQTT-3.1.2-24).
      client._keepaliveTimer?.refresh()
      return null
    }
    const beginsWithPacket = limit.isBetweenPackets
    const chunk = read(null)
    if (chunk === null) return null
    const problem = limit.inspect(chunk)
    if (problem === undefined) return beginsWithPacket ? lane.take(chunk) : chunk
    onViolation(problem)
    return null
  }
  guardParser(client)
}

/** mqtt-packet reports most malformed packets as events; what it throws instead would end the process. */
function guardParser(client: AedesClient): void {
  const parser = client._parser
  const parse = parser.parse.bind(parser)
  parser.parse = (chunk) => {
    try {
      return parse(chunk)
    } catch (error) {
      client.emit('error', error instanceof Error ? error : new Error(String(error)))
      return 0
    }
  }
}
