import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { Aedes } from 'aedes'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { temporaryDirectory } from '../engines/store/testing/processes.ts'
import { defaultActions } from '../nodes/schedules/schedules.ts'
import { weekdays } from '../nodes/schedules/window.ts'
import { startWorker, type Worker } from './harness/child-process.ts'
import { controlOrg, type ControlInstance, openControlInstance } from './harness/control-instance.ts'
import { seededRandom } from './harness/random.ts'
import { untilTrue } from './harness/until.ts'

const windows = Number(process.env['CONTROL_WINDOWS'] ?? 40)
const overrides = Number(process.env['CONTROL_OVERRIDES'] ?? 30)
const kills = Number(process.env['CONTROL_KILLS'] ?? 4)
const minuteMs = 60_000
/** On a machine that does much else. */
const makesOneMs = 80

const commandSchema = z.object({ commandId: z.string(), action: z.string(), value: z.number().optional() })

/** Purifiers that act once for each command, and answer each time. */
class Purifiers {
  /** What each has done, in order. */
  readonly done = new Map<string, string[]>()
  readonly #known = new Set<string>()
  repeats = 0

  constructor(client: MqttClient) {
    client.on('message', (topic, payload) => {
      const { action, commandId, value } = commandSchema.parse(JSON.parse(payload.toString()))
      const [, deviceId = ''] = topic.split('/')
      if (this.#known.has(commandId)) this.repeats += 1
      else {
        this.#known.add(commandId)
        const done = this.done.get(deviceId) ?? []
        done.push(value === undefined ? action : `${action} ${value}`)
        this.done.set(deviceId, done)
      }
      client.publish(`device/${deviceId}/ack`, JSON.stringify({ commandId, status: 'ok' }), { qos: 1 })
    })
  }
}

describe('two processes over one store and one broker, of which one is killed', () => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>
  let broker: Aedes
  let server: Server
  let devices: MqttClient
  let purifiers: Purifiers
  let instance: ControlInstance
  let workers: Worker[]
  let url: string
  beforeEach(async () => {
    folder = await temporaryDirectory()
    broker = await Aedes.createBroker()
    server = createServer(broker.handle).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    url = `mqtt://127.0.0.1:${address.port}`
    devices = await connectAsync(url, { clientId: 'purifiers' })
    purifiers = new Purifiers(devices)
    await devices.subscribeAsync('device/+/command', { qos: 1 })
    workers = []
    instance = await openControlInstance(folder.path, url, { works: false })
  })
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.kill('SIGKILL')))
    await instance[Symbol.asyncDispose]()
    await devices.endAsync()
    broker.close()
    server.close()
    await folder.remove()
  })
  const start = async (): Promise<Worker> => {
    const worker = await startWorker('control-child.ts', [folder.path, url])
    workers.push(worker)
    return worker
  }
  const doneBy = (kind: string, count: number): readonly string[] =>
    Array.from({ length: count }, (_, n) => (purifiers.done.get(`${kind}${n}`) ?? []).join(', '))
  const all = async (kind: string, count: number, commands: string): Promise<void> => {
    const lacking = (): readonly string[] =>
      doneBy(kind, count).filter((done) => done.length < commands.length)
    try {
      await untilTrue(`each ${kind} has done ${commands}`, () => lacking().length === 0, { seconds: 90 })
    } catch (error) {
      const done = [...new Set(lacking())].map((each) => each || 'nothing').join('; ')
      throw new Error(`${lacking().length} of ${count} have done only: ${done}`, { cause: error })
    }
  }

  it(
    `${windows} windows and ${overrides} overrides have each of their effects once, through ${kills} kills`,
    async () => {
      const random = seededRandom('control')
      await start()
      let victim = await start()
      for (let n = 0; n < overrides; n += 1)
        await instance.commands.issue(controlOrg, {
          deviceId: `o${n}`,
          action: 'setFanSpeed',
          value: 2,
          source: 'api',
        })
      await all('o', overrides, 'setFanSpeed 2')

      // They open at once, and close at a full minute half a minute or more after the last one was made.
      const makingMs = (windows + overrides) * makesOneMs
      const end = new Date(Math.ceil((Date.now() + makingMs) / minuteMs + 0.5) * minuteMs)
      const clockTime = (date: Date): string => date.toISOString().slice(11, 16)
      const actions = defaultActions(3)
      const beganMs = Date.now()
      const endings: number[] = []
      const create = async (): Promise<void> => {
        for (let n = 0; n < Math.max(windows, overrides); n += 1) {
          if (n < windows)
            await instance.schedules.create(controlOrg, {
              deviceId: `w${n}`,
              days: [...weekdays],
              startTime: clockTime(new Date(end.getTime() - 3_600_000)),
              endTime: clockTime(end),
              timeZone: 'UTC',
              start: [...actions.start],
              end: [...actions.end],
              isActive: true,
            })
          if (n >= overrides) continue
          const durationMs = random.between(15_000, 30_000)
          endings.push(Date.now() + durationMs)
          await instance.control.start(controlOrg, `o${n}`, { value: 5, durationMs, source: 'api' })
        }
      }
      const creating = create().then(() => Date.now())
      const pauseMs = Math.max(500, (end.getTime() + 5000 - beganMs) / kills)
      for (let kill = 0; kill < kills; kill += 1) {
        await delay(random.between(pauseMs * 0.7, pauseMs))
        await victim.kill('SIGKILL')
        workers = workers.filter((worker) => worker !== victim)
        victim = await start()
      }
      expect(await creating, 'a window that is made when it is over does not open').toBeLessThan(
        end.getTime() - 10_000,
      )
      await delay(Math.max(0, end.getTime() - Date.now(), ...endings.map((atMs) => atMs - Date.now())))
      const [window, override] = [
        'turnOn, setFanSpeed 3, turnOff',
        'setFanSpeed 2, setFanSpeed 5, setFanSpeed 2',
      ]
      await all('w', windows, window)
      await all('o', overrides, override)
      // Whatever were done twice would have been by now.
      await delay(8000)
      console.log(
        `${windows} windows, ${overrides} overrides, ${kills} kills: each effect once; ${purifiers.repeats} commands came again`,
      )
      expect(new Set(doneBy('w', windows))).toEqual(new Set([window]))
      expect(new Set(doneBy('o', overrides))).toEqual(new Set([override]))
    },
    240_000 + kills * 5000 + (windows + overrides) * makesOneMs,
  )
})
