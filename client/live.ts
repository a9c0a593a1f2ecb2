import { io, type Socket } from 'socket.io-client'
import type { CommandView } from '../nodes/commands/command.ts'
import type { StateEvent as DeviceStateEvent } from '../nodes/devices/live-state.ts'
import type { ReadingEvent as DeviceReadingEvent } from '../nodes/telemetry/live-reading.ts'
import type { Client } from './client.ts'

export type ReadingEvent = Omit<DeviceReadingEvent, 'name'>
export type StateEvent = Omit<DeviceStateEvent, 'name'>
export type CommandEvent = CommandView
export type LiveStatus = 'connecting' | 'live' | 'lost'

export interface Watcher {
  readonly onReading?: (event: ReadingEvent) => void
  readonly onState?: (event: StateEvent) => void
  readonly onCommand?: (event: CommandEvent) => void
  /** Any other event by its name, such as `alert`. */
  readonly onEvent?: (name: string, body: { readonly deviceId?: string }) => void
  /** Names of the events that `onEvent` wants; undefined: all there are, readings too. */
  readonly events?: readonly string[]
  /** Events were missed since then (epoch milliseconds): ask the API for what happened, events go on. */
  readonly onResumed?: (sinceMs: number) => void
  /** A watched device is not there (any more). */
  readonly onRefused?: () => void
}

export interface Watch {
  /** From now on these devices instead. */
  follow(devices: readonly string[] | 'all'): void
  stop(): void
}

const retryMs = 3000
/** A phone that sleeps and wakes does not say so: what came shortly before the break may be lost as well. */
const overlapMs = 5000

/** Of which events a watcher is told: no others are asked for. */
function eventsOf(watcher: Watcher): readonly string[] | 'all' {
  if (watcher.onEvent !== undefined && watcher.events === undefined) return 'all'
  return [
    ...(watcher.onReading === undefined ? [] : ['reading']),
    ...(watcher.onState === undefined ? [] : ['state']),
    ...(watcher.onCommand === undefined ? [] : ['command']),
    ...(watcher.events ?? []),
  ].sort()
}

/** As the server reads it: what is left out is wanted whole. */
interface Part {
  readonly devices?: readonly string[]
  readonly events?: readonly string[]
}

interface WantedPart {
  readonly events: readonly string[] | 'all'
  devices: Set<string> | 'all'
}

function partOf({ devices, events }: WantedPart): Part {
  const named = devices === 'all' ? {} : { devices: [...devices].sort() }
  return events === 'all' ? named : { ...named, events }
}

/**
 * The platform's live events for one user and organization. However many watch, there is one connection, and one
 * subscription to all that is watched; it is opened with the first and closed after the last.
 */
export class Live {
  readonly #client: Client
  readonly #watchers = new Map<Watcher, ReadonlySet<string> | 'all'>()
  readonly #statusListeners = new Set<(status: LiveStatus) => void>()
  #socket: Socket | undefined
  #status: LiveStatus = 'connecting'
  #lostMs: number | undefined
  #subscribed = ''
  #isPlanned = false
  #retry: ReturnType<typeof setTimeout> | undefined

  constructor(client: Client) {
    this.#client = client
  }

  get status(): LiveStatus {
    return this.#status
  }

  /** Called at once and with every change; the result takes the listener away. */
  onStatus(listener: (status: LiveStatus) => void): () => void {
    this.#statusListeners.add(listener)
    listener(this.#status)
    return () => this.#statusListeners.delete(listener)
  }

  watch(devices: readonly string[] | 'all', watcher: Watcher): Watch {
    const follow = (ids: readonly string[] | 'all'): void => {
      this.#watchers.set(watcher, ids === 'all' ? 'all' : new Set(ids))
      this.#plan()
    }
    follow(devices)
    this.#open()
    return {
      follow,
      stop: () => {
        this.#watchers.delete(watcher)
        if (this.#watchers.size === 0) this.close()
        else this.#plan()
      },
    }
  }

  close(): void {
    clearTimeout(this.#retry)
    this.#watchers.clear()
    this.#socket?.removeAllListeners()
    this.#socket?.disconnect()
    this.#socket = undefined
    this.#subscribed = ''
    this.#lostMs = undefined
    this.#status = 'connecting'
  }

  #open(): void {
    if (this.#socket !== undefined) return
    const { organization, credentials, url } = this.#client
    // Polling would come without an Origin header, which the server wants to see beside a cookie.
    const socket = io(`${url}/live`, {
      transports: ['websocket'],
      // Asked for at each connection: by then the token may be another.
      auth: (give) => {
        const { token } = credentials
        give({
          ...(organization === undefined ? {} : { organization }),
          ...(token === undefined ? {} : { token }),
        })
      },
      reconnectionDelay: 500,
      reconnectionDelayMax: 5000,
      forceNew: true,
    })
    this.#socket = socket
    socket.on('connect', () => {
      this.#subscribed = ''
      this.#subscribe()
      this.#tell('live')
      const since = this.#lostMs
      this.#lostMs = undefined
      if (since === undefined) return
      for (const { onResumed } of this.#watchers.keys()) onResumed?.(since - overlapMs)
    })
    socket.on('disconnect', () => this.#lost(socket))
    socket.on('connect_error', () => {
      const refused = credentials.token
      this.#lost(socket)
      if (refused !== undefined && !socket.active) void credentials.renew(refused)
    })
    socket.onAny((name: string, body: { readonly deviceId?: string }) => this.#hear(name, body))
  }

  #lost(socket: Socket): void {
    this.#lostMs ??= this.#client.nowMs()
    this.#tell('lost')
    // The library gives up by itself when the server ends the connection or refuses it; a restart does both.
    if (socket.active) return
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => socket.connect(), retryMs)
  }

  #tell(status: LiveStatus): void {
    if (status === this.#status) return
    this.#status = status
    for (const listener of this.#statusListeners) listener(status)
  }

  #hear(name: string, body: { readonly deviceId?: string }): void {
    for (const [watcher, devices] of this.#watchers) {
      if (devices !== 'all' && body.deviceId !== undefined && !devices.has(body.deviceId)) continue
      // oxlint-disable typescript/no-unsafe-type-assertion -- the platform's events have the types of their names
      if (name === 'reading') watcher.onReading?.(body as ReadingEvent)
      else if (name === 'state') watcher.onState?.(body as StateEvent)
      else if (name === 'command') watcher.onCommand?.(body as CommandEvent)
      else if (watcher.events?.includes(name) !== false) watcher.onEvent?.(name, body)
      // oxlint-enable typescript/no-unsafe-type-assertion
    }
  }

  /** What changes together is asked for together. */
  #plan(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    queueMicrotask(() => {
      this.#isPlanned = false
      this.#subscribe()
    })
  }

  #subscribe(): void {
    if (this.#socket?.connected !== true) return
    const wanted = this.#wanted()
    const key = JSON.stringify(wanted)
    if (key === this.#subscribed) return
    this.#subscribed = key
    this.#socket.emit('subscribe', wanted, (answer: { readonly error?: string }) => {
      if (answer.error === undefined) return
      this.#subscribed = ''
      for (const { onRefused } of this.#watchers.keys()) onRefused?.()
    })
  }

  /** What wants the same events is one part, so that there are few however many watch. */
  #wanted(): readonly Part[] {
    const parts = new Map<string, WantedPart>()
    for (const [watcher, devices] of this.#watchers) {
      const events = eventsOf(watcher)
      if (events.length === 0 || (devices !== 'all' && devices.size === 0)) continue
      const part = parts.get(String(events))
      if (part === undefined)
        parts.set(String(events), { events, devices: devices === 'all' ? 'all' : new Set(devices) })
      else if (devices === 'all') part.devices = 'all'
      else if (part.devices !== 'all') for (const id of devices) part.devices.add(id)
    }
    return [...parts.values()].map(partOf)
  }
}
