import type { z } from 'zod'
import type { overviewView } from '../../nodes/telemetry/operations/get-overview.ts'
import type { deviceView, stateView } from '../../nodes/devices/views.ts'
import type { StateEvent as DeviceStateEvent } from '../../nodes/devices/live-state.ts'
import type { ReadingEvent as DeviceReadingEvent } from '../../nodes/telemetry/live-reading.ts'
import type { Quality } from '../../nodes/platform/series/port.ts'
import type { bucketView } from '../../nodes/telemetry/reading-view.ts'

/** What the API answers, by the very schemas that it answers with; only types cross over, nothing of the server is served. */
export type DeviceView = z.output<typeof deviceView>
export type StateView = z.output<typeof stateView>
export type BucketView = z.output<typeof bucketView>
export type OverviewView = z.output<typeof overviewView>
export type PortSettings = DeviceView['ports'][number]
export type ReadingEvent = Omit<DeviceReadingEvent, 'name'>
export type StateEvent = Omit<DeviceStateEvent, 'name'>
export type { Quality }

export interface ReadingView {
  readonly ts: string
  readonly port: number
  readonly calibratedValue: number
  readonly quality: string
}

export interface LatestView extends ReadingView {
  readonly name: string
  readonly unit: string
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly nextCursor?: string
}

export interface OrganizationView {
  readonly id: string
  readonly name: string
}

export interface UserView {
  readonly email: string
  readonly name: string
  readonly role: string
  /** Null for those who look after several organizations. */
  readonly orgId: string | null
}
