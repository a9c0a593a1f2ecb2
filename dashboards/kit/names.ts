import type { PortSettings, Quality } from './views.ts'
import { texts } from './texts.ts'
import { decimalsOf, formatNumber, type Locale } from './format.ts'

const known: ReadonlyMap<string, string> = new Map([
  ['pm1', 'PM1'],
  ['pm25', 'PM2.5'],
  ['pm10', 'PM10'],
  ['co', 'CO'],
  ['co2', 'CO₂'],
  ['voc', 'VOC'],
  ['tvoc', 'TVOC'],
  ['rssi', 'RSSI'],
  ['not-json', 'Not JSON'],
  ['not-utf8', 'Not UTF-8'],
])

/** `networkStrength` and `air-purifier` as people write them; names that somebody wrote for people stay. */
export function readable(name: string): string {
  const abbreviation = known.get(name.toLowerCase())
  if (abbreviation !== undefined) return abbreviation
  if (name.includes(' ')) return name
  const words = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/[-_.]+/g, ' ')
    .trim()
    .toLowerCase()
  return words === '' ? name : `${words[0]?.toUpperCase() ?? ''}${words.slice(1)}`
}

/** A port that is 0 or 1 and has no unit says yes or no. */
export function isSwitch(port: Pick<PortSettings, 'min' | 'max' | 'unit'> | undefined): boolean {
  return port !== undefined && port.min === 0 && port.max === 1 && port.unit === ''
}

export function formatValue(
  value: number,
  port: Pick<PortSettings, 'min' | 'max' | 'unit'> | undefined,
  decimals: number = decimalsOf(value),
  locale?: Locale,
): string {
  if (isSwitch(port) && (value === 0 || value === 1)) return value === 1 ? texts.yes : texts.no
  return formatNumber(value, decimals, locale)
}

/** The percent sign stands close to its number, as English has it. */
export const withUnit = (text: string, unit: string): string =>
  unit === '' ? text : `${text}${unit === '%' ? '' : ' '}${unit}`

const qualityNames = {
  good: texts.good,
  'out-of-range': texts.outOfRange,
  late: texts.late,
  suspect: texts.suspect,
} satisfies Record<Quality, string>

const isQuality = (text: string): text is Quality => Object.hasOwn(qualityNames, text)

export function qualityName(quality: string): string {
  return isQuality(quality) ? qualityNames[quality] : readable(quality)
}

/** A reported field for people: `true` is yes, nested values stay JSON. */
export function formatField(value: unknown, locale?: Locale): string {
  if (value === true) return texts.yes
  if (value === false) return texts.no
  if (value === null || value === undefined) return '–'
  if (typeof value === 'number') return formatNumber(value, decimalsOf(value), locale)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Ports that tell most at a glance: measured ones with a unit and a range first, yes-or-no ones last. */
export function keyPorts(ports: readonly PortSettings[], count: number): readonly PortSettings[] {
  const rank = (port: PortSettings): number => {
    if (isSwitch(port)) return 3
    if (port.unit === '') return 2
    return port.min === undefined && port.max === undefined ? 1 : 0
  }
  return ports
    .map((port, index) => ({ port, index }))
    .toSorted((a, b) => rank(a.port) - rank(b.port) || a.index - b.index)
    .slice(0, count)
    .map(({ port }) => port)
}
