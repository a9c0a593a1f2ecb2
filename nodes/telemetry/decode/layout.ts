import type { Layout } from '../../devices/class-decode.ts'

type Item = Layout[number]

const bytesOf = (type: Item['type']): number => Number(type.slice(1)) / 8

/** The values of a layout by their names; what lies outside of the bytes is left out. */
export function layoutReader(layout: Layout): (bytes: Uint8Array) => Readonly<Record<string, number>> {
  const items = layout.map((item) => ({
    ...item,
    size: bytesOf(item.type),
    isLittle: item.endian === 'little',
    read: rawOf[item.type],
    toValue: scaling(item),
  }))
  return (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const values: Record<string, number> = {}
    for (const { bits, isLittle, name, offset, read, size, toValue } of items) {
      const at = offset < 0 ? bytes.length + offset : offset
      if (at < 0 || at + size > bytes.length) continue
      const raw = read(view, at, isLittle)
      const whole = bits === undefined ? raw : Math.floor(raw / 2 ** bits.from) % 2 ** bits.count
      values[name] = toValue(whole)
    }
    return values
  }
}

/**
 * Scales are decimal, doubles are not: 3 × 0.1 is meant to be 0.3, and 3 / 10 is. Where the scale is no such part, or
 * something is added, the last digit of the sum is taken off.
 */
function scaling({ add, scale }: Pick<Item, 'scale' | 'add'>): (raw: number) => number {
  const parts = Math.round(1 / scale)
  const isPart = Math.abs(parts) > 1 && 1 / parts === scale
  if (add === 0 && scale === 1) return (raw) => raw
  if (add === 0 && isPart) return (raw) => raw / parts
  if (add === 0 && Number.isInteger(scale)) return (raw) => raw * scale
  return (raw) => {
    const value = raw * scale + add
    return Number.isFinite(value) ? Number(value.toPrecision(15)) : value
  }
}

type ReadRaw = (view: DataView, at: number, isLittle: boolean) => number

const rawOf: Readonly<Record<Item['type'], ReadRaw>> = {
  u8: (view, at) => view.getUint8(at),
  i8: (view, at) => view.getInt8(at),
  u16: (view, at, isLittle) => view.getUint16(at, isLittle),
  i16: (view, at, isLittle) => view.getInt16(at, isLittle),
  u24: (view, at, isLittle) => threeBytes(view, at, isLittle),
  i24: (view, at, isLittle) => (threeBytes(view, at, isLittle) << 8) >> 8,
  u32: (view, at, isLittle) => view.getUint32(at, isLittle),
  i32: (view, at, isLittle) => view.getInt32(at, isLittle),
  u64: (view, at, isLittle) => Number(view.getBigUint64(at, isLittle)),
  i64: (view, at, isLittle) => Number(view.getBigInt64(at, isLittle)),
  f32: (view, at, isLittle) => view.getFloat32(at, isLittle),
  f64: (view, at, isLittle) => view.getFloat64(at, isLittle),
}

function threeBytes(view: DataView, at: number, isLittle: boolean): number {
  const [first, middle, last] = [view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2)]
  return isLittle ? first | (middle << 8) | (last << 16) : last | (middle << 8) | (first << 16)
}
