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
export function encodeRoute({ key, orgId, type }: Route): EncodedRoute {
  const texts = [orgId, key, type] as const
  let end = lengthsBytes
  for (const text of texts) end += Buffer.byteLength(text, encodingOf(text))
  const bytes = Buffer.allocUnsafe(end)
  let at = lengthsBytes
  for (const [index, text] of texts.entries()) {
    const encoding = encodingOf(text)
    const length = bytes.write(text, at, encoding)
    bytes.writeUInt32LE(length * 2 + (encoding === 'utf8' ? 0 : 1), index * 4)
    at += length
  }
  return { bytes, batch: -1, index: 0 }
}

/** UTF-8 has no lone surrogates: such a text would come back changed. */
const encodingOf = (text: string): 'utf8' | 'utf16le' => (text.isWellFormed() ? 'utf8' : 'utf16le')

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
