import type { SeriesReading, SeriesStore } from '../../platform/series/port.ts'
import type { Store } from '../../platform/store/port.ts'
import type { ArchiveIndex, OrganizationArchive } from './archive-index.ts'
import type { ArchivedReadings } from './archived-readings.ts'
import { dayStart } from './days.ts'
import type { DeviceNotes } from './device-notes.ts'
import { type Hold, holdCollection } from './holds.ts'

export interface RestorerParts {
  readonly store: Store
  readonly live: Pick<SeriesStore, 'append' | 'flush' | 'rawValues'>
  readonly index: ArchiveIndex
  readonly readings: ArchivedReadings
  readonly notes: DeviceNotes
}

const batchReadings = 5000

/** Brings archived days back into the live series. The archive keeps them; what is there already is not stored twice. */
export class Restorer {
  readonly #parts: RestorerParts

  constructor(parts: RestorerParts) {
    this.#parts = parts
  }

  /** How many readings came back; they are durable when it resolves. May be repeated after a failure. */
  async restore(orgId: string, hold: Hold): Promise<number> {
    const { index, live, store } = this.#parts
    const organization = await index.organization(orgId)
    const day = dayStart(hold.day)
    const archived = new Set(organization.parts(day).flatMap(({ devices }) => devices))
    const devices = [...archived].filter((id) => hold.deviceId === undefined || hold.deviceId === id)
    let restored = 0
    for (const deviceId of devices) restored += await this.#restoreDevice(organization, deviceId, day)
    // There is no stream that would bring them again.
    await live.flush()
    await store
      .organization(orgId)
      .collection(holdCollection)
      .update(hold.id, (current) => ({ ...current, state: 'restored' }))
    return restored
  }

  async #restoreDevice(organization: OrganizationArchive, deviceId: string, day: number): Promise<number> {
    const { live, notes, readings } = this.#parts
    const { orgId } = organization
    const removedAtMs = await notes.removedAtMs(orgId, deviceId)
    const points = await readings.day(
      organization,
      deviceId,
      day,
      undefined,
      (part) => part.archivedAtMs > removedAtMs,
    )
    let restored = 0
    for (let at = 0; at < points.length; at += batchReadings) {
      const batch: SeriesReading[] = []
      for (const point of points.slice(at, at + batchReadings)) batch.push({ orgId, deviceId, ...point })
      const there = await live.rawValues(batch)
      const missing = batch.filter((_, i) => there[i] === undefined)
      await live.append(missing)
      restored += missing.length
    }
    return restored
  }
}
