/**
 * Commands whose time on the log is over: an object for each day on which they were asked for (by their order), or several where they ended
 * late, of lines of JSON, gzipped: `commands/org=acme/day=2026-01-31/0f3c….ndjson.gz`.
 */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { z } from 'zod'
import type { Archive } from '../platform/archive/port.ts'
import type { Clock } from '../platform/clock.ts'
import { parseIsoTime, toIsoTime } from '../platform/kit/iso-time.ts'
import { type Command, commandSchema, withOrder } from './command.ts'
import type { CommandQuery } from './command-log.ts'

/** Those of before have no order of their own. */
const lineSchema = z.preprocess(
  (line) => ({ ...withOrder({ ...Object(line) }), ...Object(line) }),
  z.object(commandSchema.shape),
)
const dayMs = 24 * 3_600_000
/** A page looks into so many days; where it finds little, its cursor goes on from there. */
const maxDays = 31
/** After a clock was set back, what is asked for has the order of a later day. */
const setBackMs = dayMs
/** What another instance has archived meanwhile is seen within this time. */
const knownForMs = 60_000
const pack = promisify(gzip)
const unpack = promisify(gunzip)

/** Where a page begins: behind this command, newest first. */
export interface ArchivePlace {
  /** Its order. */
  readonly atMs: number
  readonly id: string
}
export const archiveStart: ArchivePlace = { atMs: Number.MAX_SAFE_INTEGER, id: '' }

export const archiveCursor = ({ atMs, id }: ArchivePlace): string => `archive~${atMs}~${id}`

/** Undefined for a cursor of the log. */
export function archivePlaceOf(cursor: string | undefined): ArchivePlace | undefined {
  const match = /^archive~(\d{1,16})~(.*)$/s.exec(cursor ?? '')
  return match === null ? undefined : { atMs: Number(match[1]), id: match[2] ?? '' }
}

export interface ArchivedPage {
  readonly items: readonly Command[]
  readonly nextCursor?: string
}

const dayOf = (ms: number): string => toIsoTime(ms).slice(0, 10)

export class CommandArchive {
  readonly #objects: Pick<Archive, 'get' | 'list' | 'put'>
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #known = new Map<string, { readonly atMs: number; readonly keys: readonly string[] }>()

  constructor(objects: Pick<Archive, 'get' | 'list' | 'put'>, clock: Pick<Clock, 'monotonicMs'>) {
    this.#objects = objects
    this.#clock = clock
  }

  /** Resolves when they are durable there; the same ones again make the same objects. @throws ArchiveUnavailable */
  async keep(orgId: string, commands: readonly Command[]): Promise<void> {
    const days = Map.groupBy(commands, ({ order }) => dayOf(order))
    for (const [day, ofDay] of days) {
      const lines = ofDay
        .toSorted((one, other) => (one.id < other.id ? -1 : 1))
        .map((command) => `${JSON.stringify(lineSchema.parse(command))}\n`)
        .join('')
      const name = createHash('sha256').update(lines).digest('hex').slice(0, 32)
      await this.#objects.put(`${prefixOf(orgId)}day=${day}/${name}.ndjson.gz`, await pack(lines))
    }
    this.#known.delete(orgId)
  }

  /** Of a device, newest first. @throws ArchiveUnavailable */
  async page(
    orgId: string,
    deviceId: string,
    query: CommandQuery,
    place: ArchivePlace,
  ): Promise<ArchivedPage> {
    const items: Command[] = []
    let looked = 0
    for (const [day, keys] of await this.#days(orgId, query, place)) {
      if (looked === maxDays)
        return { items, nextCursor: archiveCursor({ atMs: startOf(day) + dayMs, id: '' }) }
      looked += 1
      const found = (await this.#read(keys))
        .filter(
          (command) => command.deviceId === deviceId && fits(command, query) && isBehind(command, place),
        )
        .toSorted((one, other) => other.order - one.order || (one.id < other.id ? 1 : -1))
      const room = query.limit - items.length
      items.push(...found.slice(0, room))
      const last = items.at(-1)
      if (found.length > room && last !== undefined)
        return { items, nextCursor: archiveCursor({ atMs: last.order, id: last.id }) }
    }
    return { items }
  }

  /** Those in which there may be something of the page, the newest first, with their objects. */
  async #days(
    orgId: string,
    { from, to }: CommandQuery,
    { atMs }: ArchivePlace,
  ): Promise<readonly (readonly [string, readonly string[]])[]> {
    const fromMs = from === undefined ? 0 : parseIsoTime(from)
    const toMs = Math.min(to === undefined ? Infinity : parseIsoTime(to) + setBackMs, atMs + 1)
    const days = new Map<string, string[]>()
    for (const key of await this.#keys(orgId)) {
      const day = /\/day=(\d{4}-\d{2}-\d{2})\//.exec(key)?.[1]
      if (day === undefined || startOf(day) >= toMs || startOf(day) + dayMs <= fromMs) continue
      days.set(day, [...(days.get(day) ?? []), key])
    }
    return [...days].toSorted(([one], [other]) => (one < other ? 1 : -1))
  }

  async #keys(orgId: string): Promise<readonly string[]> {
    const atMs = this.#clock.monotonicMs()
    const known = this.#known.get(orgId)
    if (known !== undefined && atMs - known.atMs < knownForMs) return known.keys
    const keys: string[] = []
    for await (const { key } of this.#objects.list(prefixOf(orgId))) keys.push(key)
    this.#known.set(orgId, { atMs, keys })
    return keys
  }

  /** Each once: what was archived and not yet removed when a process died is archived again with what came later. */
  async #read(keys: readonly string[]): Promise<readonly Command[]> {
    const commands = new Map<string, Command>()
    for (const key of keys) {
      const packed = await this.#objects.get(key)
      if (packed === undefined) continue
      for (const line of (await unpack(packed)).toString().split('\n')) {
        if (line === '') continue
        const command = lineSchema.parse(JSON.parse(line))
        commands.set(command.id, command)
      }
    }
    return [...commands.values()]
  }
}

const prefixOf = (orgId: string): string => `commands/org=${orgId}/`
const startOf = (day: string): number => parseIsoTime(`${day}T00:00:00.000Z`)

const isBehind = ({ id, order }: Command, place: ArchivePlace): boolean =>
  order < place.atMs || (order === place.atMs && id < place.id)

const fits = (command: Command, { action, from, source, status, to }: CommandQuery): boolean =>
  (status === undefined || command.status === status) &&
  (source === undefined || command.source === source) &&
  (action === undefined || command.action === action) &&
  (from === undefined || command.createdAtMs >= parseIsoTime(from)) &&
  (to === undefined || command.createdAtMs < parseIsoTime(to))
