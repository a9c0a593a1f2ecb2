import { describe, expect, it } from 'vitest'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import { insertFunction } from './harness/flow-file.ts'
import { createOrganization, deadLettersOf, readingsOf, registerDevice } from './harness/resources.ts'
import { until, untilTrue } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const poisonousValue = 666
const goodReadings = 40
const lives = 5
const inWork = 'the poison is in work'

/** Stands for what blocks the event loop or eats all memory: it never lets go of the batch, and is killed for it. */
const holdPoison = `
  if (!msg.payload.some(({ rawValue }) => rawValue === ${poisonousValue})) return msg
  node.warn('${inWork}')
  await new Promise(() => undefined)`

describe('a message on which the process is killed whenever it is in work', () => {
  const running = usePlatform({ prepareFlows: (flowsDir) => insertFunction(flowsDir, 'dedupe', holdPoison) })

  it(`is a dead letter after ${lives} lives, and every other message is through`, async () => {
    const platform = running()
    const api = await createOrganization(platform.api, 'killed')
    const device = await registerDevice(api, 'killer-1')
    const client = await connectDevice(platform.mqttPort, device)
    const values = Array.from({ length: goodReadings }, (_, index) => index)
    const startMs = Date.now() - goodReadings
    for (const [index, value] of values.toSpliced(goodReadings / 2, 0, poisonousValue).entries()) {
      const ts = new Date(startMs + index).toISOString()
      await publishAndWait(client, device.topic, `{"ts":"${ts}","readings":[{"port":1,"value":${value}}]}`)
    }
    await client.disconnect()

    for (let life = 1; life <= lives; life += 1) {
      await untilTrue(`life ${life} has it in work`, () => platform.process.log.includes(inWork))
      await platform.kill('SIGKILL')
      await platform.start()
    }

    const [letter] = await until('the dead letter', async () => {
      const found = await deadLettersOf(api, '&reason=poison')
      return found.length > 0 ? found : undefined
    })
    expect(letter?.detail).toBe(`given up after ${lives} tries: the process ended whenever this was in work`)
    expect(Buffer.from(letter?.payloadBase64 ?? '', 'base64').toString()).toContain(
      `"value":${poisonousValue}`,
    )
    await untilTrue(
      'all others are stored',
      async () => (await readingsOf(api, device.id)).length >= goodReadings,
    )
    const stored = (await readingsOf(api, device.id)).map(({ rawValue }) => rawValue)
    expect(stored.toSorted((a, b) => a - b)).toEqual(values)
    expect(await deadLettersOf(api)).toHaveLength(1)
  }, 90_000)
})
