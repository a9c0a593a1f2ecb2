import type { Page } from 'playwright-core'
import { z } from 'zod'

const pageSize = 1000

const requestSchema = z.tuple([
  z.literal('subscribe'),
  z.array(z.object({ devices: z.array(z.string()).optional(), events: z.array(z.string()).optional() })),
])

/** What the API says of one of them. */
const device = (index: number): object => ({
  id: `many-${index}`,
  orgId: 'demo',
  classKey: 'air-purifier',
  name: `Unit ${index}`,
  tags: [],
  ports: [{ port: 1, name: 'temperature', unit: '°C', min: -40, max: 85, scaling: 1, offset: 0 }],
  isEnabled: true,
  createdAt: '2026-11-21T08:00:00.000Z',
  online: index % 10 !== 0,
  lastSeen: new Date().toISOString(),
})

/**
 * Stands in for a platform with that many devices, so that what is measured is the page: lists, newest values, and so
 * many readings a second of whatever it watches.
 */
export async function pretendMany(page: Page, count: number, readingsPerSecond: number): Promise<void> {
  await page.route('**/api/v1/devices?**', async (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0)
    const to = Math.min(from + pageSize, count)
    const items = Array.from({ length: to - from }, (_, index) => device(from + index))
    await route.fulfill({ json: { items, ...(to < count ? { nextCursor: String(to) } : {}) } })
  })
  await page.route('**/api/v1/devices/*/latest', (route) =>
    route.fulfill({
      json: {
        items: [
          {
            port: 1,
            name: 'temperature',
            unit: '°C',
            ts: new Date().toISOString(),
            rawValue: 20,
            calibratedValue: 20,
            quality: 'good',
          },
        ],
      },
    }),
  )
  await page.routeWebSocket(/\/socket\.io\/\?.*transport=websocket/, (socket) => {
    // The Dashboard's own goes through.
    if (socket.url().includes('/dashboard/')) {
      socket.connectToServer()
      return
    }
    let watched: readonly string[] = []
    let sent = 0
    socket.send('0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100000}')
    socket.onMessage((message) => {
      const text = message.toString()
      if (text.startsWith('40/live')) socket.send('40/live,{"sid":"y"}')
      const subscribed = /^42\/live,(\d*)(\[.*)$/.exec(text)
      if (subscribed === null) return
      const parts = requestSchema.parse(JSON.parse(subscribed[2] ?? '[]'))[1]
      watched = parts.flatMap(({ devices, events }) =>
        events?.includes('reading') === false ? [] : (devices ?? []),
      )
      socket.send(`43/live,${subscribed[1]}[{"subscribed":${watched.length}}]`)
    })
    const timer = setInterval(() => {
      sent += 1
      const deviceId = watched[sent % Math.max(watched.length, 1)]
      if (deviceId === undefined) return
      const calibratedValue = Math.round(2000 + (sent % 400)) / 100
      const reading = {
        deviceId,
        port: 1,
        ts: new Date().toISOString(),
        rawValue: 1,
        calibratedValue,
        quality: 'good',
      }
      socket.send(`42/live,${JSON.stringify(['reading', reading])}`)
    }, 1000 / readingsPerSecond)
    socket.onClose(() => clearInterval(timer))
  })
}
