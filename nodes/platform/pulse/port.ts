/**
 * The port of signs of life: what changes with every message of a device, and is too much for the store. Kept for all
 * instances to see, at most seconds old; the store knows it too, a minute old.
 */
export interface Pulse {
  /** Devices heard of, with the time; never rejects, since the next one tells it again. */
  seen(devices: readonly SeenDevice[]): Promise<void>
  /** Devices that hold a connection here; to be repeated every {@link connectedForMs} / 3. */
  connected(deviceIds: readonly string[], nowMs: number): Promise<void>
  /** In the order of the ids. @throws Unavailable */
  of(deviceIds: readonly string[], nowMs: number): Promise<readonly DevicePulse[]>
  forget(deviceId: string): Promise<void>
}

export interface SeenDevice {
  readonly deviceId: string
  /** Epoch milliseconds. */
  readonly seenAt: number
}

export interface DevicePulse {
  readonly seenAt: number | undefined
  readonly isConnected: boolean
}

/** A connection that was not told of for so long is none any more: its instance has died. */
export const connectedForMs = 90_000
