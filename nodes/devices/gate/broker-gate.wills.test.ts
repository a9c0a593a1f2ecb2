import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aClass, aDevice, aRecord } from '../device.fixture.ts'
import { openTestBroker } from '../../../engines/broker/aedes.fixture.ts'
import type { AedesBroker } from '../../../engines/broker/aedes.ts'
import { WireClient } from '../../platform/broker/wire-client.fixture.ts'
import { nodeSecrets } from '../../platform/secrets.ts'
import { gateOver, type TestRegistry } from './broker-gate.fixture.ts'
import type { GateParts } from './broker-gate.ts'

const password = 'correct-horse'
const credential = nodeSecrets.hashDevicePassword(password)
const telemetry = 'org/acme/device/d1/telemetry'

let folder: string
let registry: TestRegistry
let sent: string[]
let opened: AedesBroker[]

const open = async (name: string): Promise<AedesBroker> => {
  const intake: GateParts['intake'] = {
    accept(_, data, done) {
      sent.push(data.toString())
      done()
    },
  }
  const gate = gateOver(registry, {
    intake,
    counts: { deadLetters: 0, messagesIgnored: 0, publishesRefused: 0 },
  })
  const broker = await openTestBroker(gate, { dataFile: path.join(folder, name, 'broker.db') })
  opened.push(broker)
  return broker
}

/** What is on disk when the process is killed now. */
const killed = (): Promise<void> =>
  cp(path.join(folder, 'before'), path.join(folder, 'after'), { recursive: true })

const connectWithWill = async (): Promise<void> => {
  const { port } = await open('before')
  const will = { topic: telemetry, payload: Buffer.from('gone'), qos: 1 as const, retain: false }
  const [, connack] = await WireClient.connect(port, { username: 'd1', clientId: 'd1', password, will })
  expect(connack.returnCode).toBe(0)
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fleetloom-wills-'))
  opened = []
  sent = []
  registry = { devices: new Map([['d1', aRecord(aClass(), aDevice({ credential }))]]), revision: 1 }
})
afterEach(async () => {
  for (const broker of opened) await broker.close()
  await rm(folder, { recursive: true })
})

test('the last will of a connection that a SIGKILL ended is published at the next start', async () => {
  await connectWithWill()
  await killed()
  await open('after')
  expect(sent).toContain('gone')
})

test('that of a device which was removed meanwhile is not', async () => {
  await connectWithWill()
  await killed()
  registry.devices.clear()
  await open('after')
  expect(sent).not.toContain('gone')
})

test('nothing of the device’s credential is on disk with it', async () => {
  await connectWithWill()
  await killed()
  const file = path.join(folder, 'after', 'broker.db')
  const database = new DatabaseSync(file)
  const [will] = database.prepare('SELECT header FROM will').all()
  database.close()
  expect(String(will?.['header'])).toContain('d1')
  expect(String(will?.['header'])).not.toContain(credential.hash)
  expect((await readFile(file)).includes(credential.hash)).toBe(false)
})
