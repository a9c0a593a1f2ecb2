import type { Page } from 'playwright-core'
import { standInForLive } from './live-stand-in.ts'

const pageSize = 1000

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
  const live = await standInForLive(page)
  let sent = 0
  const timer = setInterval(() => {
    sent += 1
    const watched = live.watched()
    const deviceId = watched[sent % Math.max(watched.length, 1)]
    if (deviceId === undefined) return
    live.send('reading', {
      deviceId,
      port: 1,
      ts: new Date().toISOString(),
      rawValue: 1,
      calibratedValue: Math.round(2000 + (sent % 400)) / 100,
      quality: 'good',
    })
  }, 1000 / readingsPerSecond)
  page.on('close', () => clearInterval(timer))
}
