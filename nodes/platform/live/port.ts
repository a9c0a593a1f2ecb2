/** What live subscribers are told; the names are those of the Socket.IO events. */
export type LiveEvent =
  | {
      readonly name: 'reading'
      readonly deviceId: string
      readonly port: number
      readonly ts: string
      readonly rawValue: number
      readonly calibratedValue: number
      readonly quality: string
    }
  | {
      readonly name: 'state'
      readonly deviceId: string
      readonly online: boolean
      readonly lastSeen: string | null
      readonly reported: Readonly<Record<string, unknown>>
    }
  | ({ readonly name: 'command'; readonly deviceId: string } & Readonly<Record<string, unknown>>)

/** Pushes to whoever watches, on every instance. */
export interface LiveChannel {
  /** Whether anybody watches anything. */
  hasWatchers(): boolean
  /** Whether anybody watches this device: asked before an event is built. */
  isWatched(orgId: string, deviceId: string): boolean
  publish(orgId: string, event: LiveEvent): void
}
