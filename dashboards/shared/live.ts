import { io, type Socket } from 'socket.io-client'
import type { ReadingEvent, StateEvent } from './api-types.ts'

export type LiveStatus = 'connecting' | 'live' | 'lost'

export interface LiveListener {
  onReading(event: ReadingEvent): void
  onState(event: StateEvent): void
  onStatus(status: LiveStatus): void
  /** A watched device is not there (any more). */
  onRefused(): void
}

export interface Live {
  /** From now on exactly these devices. */
  watch(deviceIds: readonly string[]): void
  close(): void
}

const retryMs = 3000

/** The platform's live events with the session's rights: the server decides what this user may hear of. */
export function openLive(organization: string | undefined, listener: LiveListener): Live {
  let watched: readonly string[] | undefined
  let retry: number | undefined
  // Polling would come without an Origin header, which the server wants to see beside a cookie.
  const socket: Socket = io('/live', {
    transports: ['websocket'],
    auth: organization === undefined ? {} : { organization },
    reconnectionDelay: 500,
    reconnectionDelayMax: 5000,
  })
  const subscribe = (): void => {
    if (watched === undefined || !socket.connected) return
    socket.emit('subscribe', { devices: watched }, (answer: { readonly error?: string }) => {
      if (answer.error !== undefined) listener.onRefused()
    })
  }
  // The client gives up by itself when the server ends the connection or refuses it; a restart does both.
  const retryUnlessActive = (): void => {
    if (socket.active) return
    window.clearTimeout(retry)
    retry = window.setTimeout(() => socket.connect(), retryMs)
  }
  socket.on('connect', () => {
    subscribe()
    listener.onStatus('live')
  })
  socket.on('disconnect', () => {
    listener.onStatus('lost')
    retryUnlessActive()
  })
  socket.on('connect_error', () => {
    listener.onStatus('lost')
    retryUnlessActive()
  })
  socket.on('reading', (event: ReadingEvent) => listener.onReading(event))
  socket.on('state', (event: StateEvent) => listener.onState(event))
  listener.onStatus('connecting')

  return {
    watch(deviceIds) {
      if (watched?.length === deviceIds.length && watched.every((id, index) => id === deviceIds[index]))
        return
      watched = deviceIds
      subscribe()
    },
    close() {
      window.clearTimeout(retry)
      socket.removeAllListeners()
      socket.disconnect()
    },
  }
}
