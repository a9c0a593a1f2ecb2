import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'

const registrySchema = z.object({
  devices: z.array(
    z.object({
      id: z.string(),
      org: z.string(),
      passwordSha256: z.hex(),
      ports: z.array(z.object({ port: z.int().min(0).max(65_535), scaling: z.number(), offset: z.number() })),
    }),
  ),
})

export type RegistryFile = z.input<typeof registrySchema>

export interface Port {
  /** The small number under which readings of this (device, port) are stored; the same after a restart. */
  readonly series: number
  readonly scaling: number
  readonly offset: number
}

export interface Device {
  /** The small number that stands for the device in the log; the same after a restart. */
  readonly number: number
  readonly id: string
  /** `org/{org}/device/{id}/`; beneath it lies everything the device may touch. */
  readonly topicPrefix: string
  readonly telemetryTopic: string
  readonly passwordSha256: Buffer
  readonly ports: ReadonlyMap<number, Port>
}

export interface Registry {
  readonly seriesCount: number
  byId(id: string): Device | undefined
  byNumber(number: number): Device | undefined
}

/** Reads the devices and gives each device and series its stored number, a new one to those not seen before. */
export function loadRegistry(file: string, db: DatabaseSync): Registry {
  db.exec(`
    CREATE TABLE IF NOT EXISTS device (number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS series (
      number INTEGER PRIMARY KEY, device INTEGER NOT NULL, port INTEGER NOT NULL, UNIQUE (device, port)) STRICT`)
  // The update that changes nothing makes RETURNING answer for a row that is already there.
  const numberOfDevice = numbering(
    db,
    'INSERT INTO device (id) VALUES (?) ON CONFLICT DO UPDATE SET id = id RETURNING number',
  )
  const numberOfSeries = numbering(
    db,
    'INSERT INTO series (device, port) VALUES (?, ?) ON CONFLICT DO UPDATE SET port = port RETURNING number',
  )
  const byId = new Map<string, Device>()
  const byNumber = new Map<number, Device>()
  let seriesCount = 0
  db.exec('BEGIN')
  for (const entry of registrySchema.parse(JSON.parse(readFileSync(file, 'utf8'))).devices) {
    const number = numberOfDevice(entry.id)
    const ports = new Map<number, Port>()
    for (const { port, scaling, offset } of entry.ports) {
      const series = numberOfSeries(number, port)
      seriesCount = Math.max(seriesCount, series + 1)
      ports.set(port, { series, scaling, offset })
    }
    const topicPrefix = `org/${entry.org}/device/${entry.id}/`
    const passwordSha256 = Buffer.from(entry.passwordSha256, 'hex')
    const device = {
      number,
      id: entry.id,
      topicPrefix,
      telemetryTopic: `${topicPrefix}telemetry`,
      passwordSha256,
      ports,
    }
    byId.set(entry.id, device)
    byNumber.set(number, device)
  }
  db.exec('COMMIT')
  return { seriesCount, byId: (id) => byId.get(id), byNumber: (number) => byNumber.get(number) }
}

function numbering(db: DatabaseSync, sql: string): (...key: (string | number)[]) => number {
  const statement = db.prepare(sql)
  return (...key) => Number(statement.get(...key)?.['number'])
}

export function passwordMatches(device: Device, password: Uint8Array): boolean {
  return timingSafeEqual(createHash('sha256').update(password).digest(), device.passwordSha256)
}
