import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { AedesCore } from './aedes-core.ts'
import { createHooks } from './aedes-hooks.ts'
import { SqlitePersistence } from './sqlite-persistence.ts'
import { SubscriptionIndex } from './subscription-index.ts'

it('what a QoS 2 message causes and its identifier are stored together, so a crash between cannot double it', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'fleetloom-broker-'))
  const dataFile = path.join(folder, 'broker.db')
  const index = new SubscriptionIndex()
  const persistence = new SqlitePersistence({ dataFile, index })
  const hooks = createHooks(() => {
    throw new Error('no hook is called here')
  })
  const core = new AedesCore({ ...hooks, persistence }, index)
  await core.listen()
  await persistence.addSubscriptions({ id: 'reader' }, [{ topic: 'a', qos: 2 }])
  const message = { cmd: 'publish', topic: 'a', payload: Buffer.from('x'), qos: 2, retain: true }
  await core.accept(message, { clientId: 'writer', messageId: 7 })
  await new Promise<void>((resolve) => core.close(resolve))
  await persistence.destroy()

  const after = new SqlitePersistence({ dataFile })
  expect(after.outgoing.packets('reader')).toMatchObject([{ topic: 'a', qos: 2 }])
  expect(await after.createRetainedStream('a').toArray()).toHaveLength(1)
  expect(after.hasIncoming('writer', 7)).toBe(true)
  await after.destroy()
  await rm(folder, { recursive: true })
})
