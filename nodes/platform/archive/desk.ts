/** A day that somebody wants back in the series, or has there. */
export interface Hold {
  readonly id: string
  /** `2025-09-06`, UTC. */
  readonly day: string
  /** All devices when absent. */
  readonly deviceId?: string | undefined
  readonly state: 'requested' | 'restored'
  /** When it may be archived again, epoch milliseconds. */
  readonly keepUntilMs: number
}

/** How far retention is with an organization. */
export interface RetentionState {
  readonly dueAtMs: number | null
  readonly startedAt: string | null
  readonly endedAt: string | null
  /** Of the last run that got through. */
  readonly done: {
    readonly days: number
    readonly readings: number
    readonly files: number
    readonly bytes: number
    readonly restored: number
  } | null
  /** What the last run failed with; null when it did not. */
  readonly error: string | null
  /** Runs that have failed since one got through. */
  readonly failures: number
}

/** A day of an organization in the archive. */
export interface ArchivedDay {
  readonly day: string
  readonly readings: number
  readonly files: number
  readonly bytes: number
  readonly devices: number
  readonly archivedAtMs: number
  /** What of it is back in the series, or on its way. */
  readonly holds: readonly Hold[]
}

/** What operations may ask of the archive. */
export interface ArchiveDesk {
  /** Newest first. */
  days(orgId: string): Promise<readonly ArchivedDay[]>
  /**
   * Has the days from `fromDay` to `toDay` (both inclusive) that are archived brought back into the series, of all devices
   * or one, and kept there for so long.
   */
  restore(orgId: string, wanted: RestoreRequest): Promise<readonly Hold[]>
  state(orgId: string): Promise<RetentionState>
  /** Has readings past retention archived now. */
  run(orgId: string): Promise<void>
}

export interface RestoreRequest {
  readonly fromDay: string
  readonly toDay: string
  readonly deviceId?: string
  readonly keepDays: number
}
