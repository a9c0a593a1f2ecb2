import type { Page, WebSocketRoute } from 'playwright-core'
import { z } from 'zod'

const requestSchema = z.tuple([
  z.literal('subscribe'),
  z.array(z.object({ devices: z.array(z.string()).optional(), events: z.array(z.string()).optional() })),
])

export interface LiveStandIn {
  /** Devices whose readings the page wants. */
  readonly watched: () => readonly string[]
  send(name: string, body: object): void
}

/** Stands in for the platform's live events on this page, so that a test says when what comes. Call it before the page opens. */
export async function standInForLive(page: Page): Promise<LiveStandIn> {
  let watched: readonly string[] = []
  const connected = new Set<WebSocketRoute>()
  await page.routeWebSocket(/\/socket\.io\/\?.*transport=websocket/, (socket) => {
    // The Dashboard's own goes through.
    if (socket.url().includes('/dashboard/')) {
      socket.connectToServer()
      return
    }
    socket.send('0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100000}')
    socket.onMessage((message) => {
      const text = message.toString()
      if (text.startsWith('40/live')) {
        socket.send('40/live,{"sid":"y"}')
        connected.add(socket)
      }
      const subscribed = /^42\/live,(\d*)(\[.*)$/.exec(text)
      if (subscribed === null) return
      const [, parts] = requestSchema.parse(JSON.parse(subscribed[2] ?? '[]'))
      watched = parts.flatMap(({ devices, events }) =>
        events?.includes('reading') === false ? [] : (devices ?? []),
      )
      socket.send(`43/live,${subscribed[1]}[{"subscribed":${watched.length}}]`)
    })
    socket.onClose(() => connected.delete(socket))
  })
  return {
    watched: () => watched,
    send(name, body) {
      for (const socket of connected) socket.send(`42/live,${JSON.stringify([name, body])}`)
    },
  }
}
