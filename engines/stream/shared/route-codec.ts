import type { Route } from '../../../nodes/platform/stream/port.ts'

/** Routes are few and reused for years; past this many the table starts afresh rather than grow. */
const internedMax = 200_000
const lengthsBytes = 12

/** The encoded form of a route, and where it stands in the batch that is being encoded. */
export interface EncodedRoute {
  readonly bytes: Uint8Array
  batch: number
  index: number
}

/** Three lengths (the lowest bit set when the text is UTF-16), then three texts. */
export function encodeRoute(route: Route): EncodedRoute {
  const texts = [route.orgId, route.key, route.type].map((text) => {
    // UTF-8 has no lone surrogates: such a text would come back changed.
    const wide = !text.isWellFormed()
    return { wide, bytes: Buffer.from(text, wide ? 'utf16le' : 'utf8') }
  })
  const lengths = Buffer.alloc(lengthsBytes)
  for (const [index, text] of texts.entries()) {
    lengths.writeUInt32LE(text.bytes.length * 2 + (text.wide ? 1 : 0), index * 4)
  }
  return { bytes: Buffer.concat([lengths, ...texts.map((text) => text.bytes)]), batch: -1, index: 0 }
}

/** Equal routes come back as one object, for as long as the decoder lives. */
export class RouteDecoder {
  readonly #interned = new Map<string, Route>()

  /** The route that begins at `start`, and where it ends; throws a RangeError past the buffer's end. */
  decode(buffer: Buffer, start: number): { readonly route: Route; readonly end: number } {
    const lengths = [
      buffer.readUInt32LE(start),
      buffer.readUInt32LE(start + 4),
      buffer.readUInt32LE(start + 8),
    ]
    const end = lengths.reduce((at, length) => at + (length >>> 1), start + lengthsBytes)
    if (end > buffer.length) throw new RangeError('a route runs past the end of its batch')
    const encoded = buffer.toString('latin1', start, end)
    const known = this.#interned.get(encoded)
    if (known !== undefined) return { route: known, end }
    let at = start + lengthsBytes
    const [orgId = '', key = '', type = ''] = lengths.map((length) => {
      const from = at
      at += length >>> 1
      return buffer.toString(length % 2 === 1 ? 'utf16le' : 'utf8', from, at)
    })
    const route = { orgId, key, type }
    if (this.#interned.size >= internedMax) this.#interned.clear()
    this.#interned.set(encoded, route)
    return { route, end }
  }
}
