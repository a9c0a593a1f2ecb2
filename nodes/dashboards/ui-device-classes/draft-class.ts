/*
 * A device class from one message of a device that nobody has written a class for yet. It is a draft: whoever looks at it
 * mends names, units and ranges, and tries it on more messages before it counts.
 */

export interface FirstMessage {
  readonly key: string
  readonly name: string
  readonly topic: string
  /** Which level of the topic is the device, from 0. */
  readonly deviceLevel: number
  readonly payload: string
  /** Of times without one. */
  readonly zone: string
}

interface Field {
  readonly path: string
  readonly port: number
}

interface Port {
  readonly port: number
  readonly name: string
  readonly unit: string
}

interface Found {
  readonly fields: Field[]
  readonly ports: Port[]
  readonly reported: string[]
  readonly words: Record<string, number>
  readonly rules: { numericText?: boolean; decimalComma?: boolean; unitSuffix?: boolean }
  time: { path: string; format: 'auto'; zone?: string } | undefined
}

const maxFields = 64
/** Which no path may have. */
const prototypes = new Set(['__proto__', 'constructor', 'prototype'])
const maxDepth = 6
const plainKey = /^[\p{L}\p{N}_$-]+$/u
const timeKey = /^@?(?:ts|time|timestamp|date_?time|last_?seen|zeit|uhrzeit|hora|heure)$/i
const isoTime = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/
const hasZone = /(?:z|[+-]\d\d:?\d\d)$/i
const number = /^[+-]?\d+(?:[.,]\d+)?$/
const numberWithUnit = /^([+-]?\d+(?:[.,]\d+)?)\s*(\p{L}[\p{L}\p{N}/³²]{0,7}|[%°µ]\S{0,7})$/u

/** What words mean that switches and contacts say nearly everywhere. */
const knownWords: Readonly<Record<string, number>> = {
  on: 1,
  off: 0,
  open: 1,
  opened: 1,
  closed: 0,
  close: 0,
  true: 1,
  false: 0,
  yes: 1,
  no: 0,
  active: 1,
  inactive: 0,
}

/** As the API takes it. */
export function draftClass({ deviceLevel, key, name, payload, topic, zone }: FirstMessage): object {
  const levels = topic.split('/').map((level, depth) => (depth === deviceLevel ? '{device}' : level))
  const text = payload.replace(/^\ufeff/, '').trim()
  const value = parsed(text)
  const isJson = typeof value === 'object' && value !== null
  const found: Found = { fields: [], ports: [], reported: [], words: {}, rules: {}, time: undefined }
  if (isJson) walk(found, value, [], zone)
  else leaf(found, text, ['value'], zone)
  const values = {
    ...found.rules,
    ...(Object.keys(found.words).length === 0 ? {} : { words: found.words }),
  }
  return {
    key,
    name,
    telemetry: [
      {
        topic: levels.join('/'),
        decode: {
          shape: found.fields.length === 0 ? 'none' : 'fields',
          ...(isJson ? {} : { payload: { kind: 'text' } }),
          ...(found.time === undefined ? {} : { time: found.time }),
          ...(Object.keys(values).length === 0 ? {} : { values }),
          ...(found.fields.length === 0 ? {} : { fields: found.fields }),
        },
      },
    ],
    ports: found.ports,
    reported: found.reported,
    unknownTopics: 'ignore',
    clientIds: 'any',
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

function walk(found: Found, value: object, path: readonly string[], zone: string): void {
  for (const [key, inside] of Object.entries(value) as readonly [string, unknown][]) {
    if (found.fields.length >= maxFields || prototypes.has(key) || key.includes('"')) continue
    const here = [...path, key]
    if (typeof inside === 'object' && inside !== null) {
      if (here.length < maxDepth) walk(found, inside, here, zone)
    } else leaf(found, inside, here, zone)
  }
}

function leaf(found: Found, value: unknown, path: readonly string[], zone: string): void {
  const joined = path.map((key) => (plainKey.test(key) ? key : `"${key}"`)).join('.')
  if (found.time === undefined && timeKey.test(path.at(-1) ?? '') && isTime(value)) {
    const isLocal = typeof value === 'string' && isoTime.test(value) && !hasZone.test(value)
    found.time = { path: joined, format: 'auto', ...(isLocal ? { zone } : {}) }
  } else if (typeof value === 'number' || typeof value === 'boolean') addField(found, joined, path, '')
  else if (typeof value === 'string' && value !== '') addText(found, value, joined, path)
}

function addText(found: Found, value: string, joined: string, path: readonly string[]): void {
  const meaning = knownWords[value.toLowerCase()]
  const [, amount, unit = ''] = numberWithUnit.exec(value.trim()) ?? []
  if (meaning !== undefined) {
    const pair = value.toLowerCase()
    for (const [word, number_] of Object.entries(knownWords))
      if (word === pair || word === opposite[pair]) found.words[word] = number_
    addField(found, joined, path, '')
  } else if (number.test(value.trim()) || amount !== undefined) {
    found.rules.numericText = true
    if ((amount ?? value).includes(',')) found.rules.decimalComma = true
    if (amount !== undefined) found.rules.unitSuffix = true
    addField(found, joined, path, unit)
  } else found.reported.push(joined)
}

const opposite: Readonly<Record<string, string>> = {
  on: 'off',
  off: 'on',
  open: 'closed',
  opened: 'closed',
  closed: 'open',
  close: 'open',
  true: 'false',
  false: 'true',
  yes: 'no',
  no: 'yes',
  active: 'inactive',
  inactive: 'active',
}

function addField(found: Found, joined: string, path: readonly string[], unit: string): void {
  const port = found.ports.length + 1
  found.fields.push({ path: joined, port })
  found.ports.push({ port, name: path.join(' ').slice(0, 100), unit })
}

const isTime = (value: unknown): boolean =>
  (typeof value === 'string' && (isoTime.test(value) || /^\d{10,}$/.test(value))) ||
  (typeof value === 'number' && value > 1e9)
