import { expect, test } from 'vitest'
import { aClass, aDevice, aRecord } from '../devices/device.fixture.ts'
import type { OutboundPublish } from '../platform/broker/port.ts'
import { CommandPublisher } from './command-publisher.ts'

const record = aRecord(aClass({ commands: [{ name: 'blink' }] }), aDevice())
const nowMs = Date.UTC(2026, 2, 1, 12)

test.each([
  ['for as long as it is waited for', null, 30_000],
  ['until the command expires, if that is sooner', nowMs + 4000, 4000],
  ['not at all once it has', nowMs - 1, 0],
])('an attempt may be handed to its device %s', async (_, expiresAtMs, expiryMs) => {
  const published: OutboundPublish[] = []
  // oxlint-disable-next-line no-unsafe-type-assertion -- what publishing needs of the platform
  const parts = {
    broker: { publish: async (message: OutboundPublish) => void published.push(message) },
    clock: { nowMs: () => nowMs },
    directory: { lookup: () => record },
  } as unknown as ConstructorParameters<typeof CommandPublisher>[0]
  // oxlint-disable-next-line no-unsafe-type-assertion -- what is sent of a command
  const command = {
    id: 'c1',
    deviceId: 'd1',
    action: 'blink',
    value: null,
    ackTimeoutMs: 30_000,
    expiresAtMs,
  } as Parameters<CommandPublisher['publish']>[1]
  await new CommandPublisher(parts).publish('acme', command)
  expect(published).toMatchObject([{ topic: 'org/acme/device/d1/command', qos: 1, expiryMs }])
})
