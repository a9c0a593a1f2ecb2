/** What live subscribers are told: each domain has its own. The name is that of the Socket.IO event. */
export interface LiveEvent {
  readonly name: string
  /** Without one, those are told who watch everything of the organization. */
  readonly deviceId?: string
  /** For this user's own connections, whatever they watch, and nobody else's. */
  readonly userId?: string
}

/** Pushes to whoever watches, on every instance. */
export interface LiveChannel {
  /** Whether anybody watches anything. */
  hasWatchers(): boolean
  /** Whether anybody watches this device for events of that name: asked before one is built. */
  isWatched(orgId: string, deviceId: string, name: string): boolean
  publish(orgId: string, event: LiveEvent): void
}
