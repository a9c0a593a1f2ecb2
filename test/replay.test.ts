import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { replaySchema } from '../nodes/telemetry/replay-job.ts'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import { fleetloom } from './harness/fleetloom.ts'
import { registerFleet, report } from './harness/fleet.ts'
import { judge, kept } from './harness/oracle.ts'
import { Publisher } from './harness/publisher.ts'
import { createOrganization, deadLettersOf, readingsOf, registerDevice } from './harness/resources.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'
import { addUser } from './harness/users.ts'

const replays = '/api/v1/replays'
const ask = (api: ApiClient, body: object) => api.expect(replaySchema, 'POST', replays, { body })
const ended = (api: ApiClient, id: string) =>
  until(
    `replay ${id} has ended`,
    async () => {
      const job = await api.get(replaySchema, `${replays}/${id}`)
      return job.endedAt === null ? undefined : job
    },
    { seconds: 60 },
  )

/** A tab of somebody who tries a change: replays of the target `trial`, decoded and calibrated, and not stored. */
function addTrialTab(flowsDir: string): void {
  const tab = 'a0000000000000a0'
  const place = { z: tab, y: 100, configVersion: 1 }
  const nodes = [
    { id: tab, type: 'tab', label: 'trial', disabled: false, info: '', env: [] },
    {
      ...place,
      id: 'a0000000000000a1',
      type: 'replay',
      name: 'trial',
      target: 'trial',
      x: 100,
      wires: [['a0000000000000a2']],
    },
    {
      ...place,
      id: 'a0000000000000a2',
      type: 'decode',
      name: 'trial',
      x: 300,
      wires: [['a0000000000000a3'], [], [], [], []],
    },
    { ...place, id: 'a0000000000000a3', type: 'calibrate', name: 'trial', x: 500, wires: [[], []] },
  ]
  writeFileSync(path.join(flowsDir, 'trial.json'), JSON.stringify(nodes))
  const order = path.join(flowsDir, 'tab-order.json')
  writeFileSync(
    order,
    JSON.stringify([...z.array(z.string()).parse(JSON.parse(readFileSync(order, 'utf8'))), 'trial']),
  )
}

async function itemsOf(url: string, type: string, node: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(
    new RegExp(`^fleetloom_node_items_received{type="${type}",node="${node}"} (.+)$`, 'm').exec(text)?.[1],
  )
}

describe('a replay', () => {
  const running = usePlatform({ prepareFlows: addTrialTab })

  it('brings back what was lost, doubles nothing, goes on after a SIGKILL, and lets live readings through', async () => {
    const platform = running()
    const { api, devices } = await registerFleet(platform.api, 10)
    const publisher = await Publisher.connect(platform.mqttPort, devices)
    publisher.publish()
    await publisher.whenAcknowledged(20_000)
    await publisher.drain()
    expect(await judge(api, publisher)).toMatchObject(kept)

    // A clean stop has all in the series, and the group past it: only a replay can bring it back.
    await platform.kill('SIGTERM')
    rmSync(path.join(platform.dataDir, 'series'), { recursive: true })
    await platform.start()
    const [first] = devices
    expect(await readingsOf(api, first?.id ?? '')).toEqual([])

    const job = await ask(api, {})
    await until(
      'some of it is replayed',
      async () => {
        const replayed = await platform.metric('fleetloom_messages_replayed_total')
        return replayed > 2000 ? replayed : undefined
      },
      { everyMs: 10 },
    )
    await platform.kill('SIGKILL')
    await platform.start()
    // The lease of the instance that was killed has to run out first.
    await publisher.whenConnected()
    publisher.publish()
    await publisher.whenAcknowledged(1000)
    await publisher.drain()
    const done = await ended(api, job.id)
    expect(done).toMatchObject({ state: 'done' })
    const verdict = await judge(api, publisher)
    report('replay after losing all series', verdict)
    expect(verdict).toMatchObject(kept)
    expect(verdict.stored).toBe(verdict.sent)

    // Everything is there by now: once more changes nothing.
    const storedBefore = await platform.metric('fleetloom_readings_stored_total')
    const again = await ended(api, (await ask(api, { deviceId: first?.id })).id)
    expect(again).toMatchObject({ state: 'done' })
    // Beside what the device sent there is what was noted of its connection.
    const { sent = 0 } = publisher.connections[0]?.log ?? {}
    expect(again.messages).toBeGreaterThan(sent)
    expect(await platform.metric('fleetloom_readings_stored_total')).toBe(storedBefore)

    // Into a flow on another tab it goes without the pipeline's taking notice.
    const trial = await ended(api, (await ask(api, { deviceId: first?.id, target: 'trial' })).id)
    expect(trial).toMatchObject({ state: 'done', messages: again.messages })
    expect(await itemsOf(platform.url, 'calibrate', 'trial')).toBe(sent)
    expect(await platform.metric('fleetloom_readings_stored_total')).toBe(storedBefore)
    publisher.stop()
  })

  it('keeps to its period and its device, and leaves dead letters as they are', async () => {
    const platform = running()
    const api = await createOrganization(platform.api, 'period')
    const [one, other] = [await registerDevice(api, 'period-1'), await registerDevice(api, 'period-2')]
    for (const device of [one, other]) {
      const client = await connectDevice(platform.mqttPort, device)
      await publishAndWait(client, device.topic, '{"readings":[{"port":1,"value":1}]}')
      await publishAndWait(client, device.topic, 'not json')
      await client.disconnect()
    }
    await until('both dead letters', async () => ((await deadLettersOf(api)).length === 2 ? true : undefined))
    const whole = await ended(api, (await ask(api, { deviceId: one.id })).id)
    expect(whole.messages).toBeGreaterThanOrEqual(2)
    const none = await ended(api, (await ask(api, { to: '2020-01-01T00:00:00Z' })).id)
    expect(none).toMatchObject({ state: 'done', messages: 0 })
    expect(await deadLettersOf(api)).toHaveLength(2)
    expect(await readingsOf(api, one.id)).toHaveLength(1)
  })

  it('goes over every organization for platform administrators only', async () => {
    const platform = running()
    const [one, other] = [
      await createOrganization(platform.api, 'every-1'),
      await createOrganization(platform.api, 'every-2'),
    ]
    const device = await registerDevice(other, 'every-device')
    const client = await connectDevice(platform.mqttPort, device)
    await publishAndWait(client, device.topic, '{"readings":[{"port":1,"value":1}]}')
    await client.disconnect()
    const email = 'admin@every-1.example'
    const password = 'administers-one-42'
    await addUser(one, email, 'org-admin', password)
    const insider = platform.api.signedInAs(email, password)
    const body = { everyOrganization: true, target: 'trial' }
    expect((await insider.call('POST', replays, { body })).status).toBe(403)
    // Within the own organization there is nothing.
    expect(await ended(insider, (await ask(insider, { target: 'trial' })).id)).toMatchObject({ messages: 0 })
    const all = await ended(one, (await ask(one, body)).id)
    expect(all.messages).toBeGreaterThan(0)
  })

  it('is asked for on the command line, too', async () => {
    const platform = running()
    const own = await createOrganization(platform.api, 'command-line')
    const { code, text } = await fleetloom(
      ['replay', '--url', platform.url, '--organization', own.organization ?? '', '--wait'],
      { FLEETLOOM_TOKEN: await own.token() },
    )
    expect(text).toContain('done: 0 messages')
    expect(code).toBe(0)
  })

  it('is cancelled by DELETE, and forgotten by another', async () => {
    const { api } = running()
    const own = await createOrganization(api, 'cancel')
    // Nobody has a node of this target: it waits.
    const { id } = await ask(own, { target: 'nowhere' })
    expect((await own.call('DELETE', `${replays}/${id}`)).status).toBe(204)
    expect(await own.get(replaySchema, `${replays}/${id}`)).toMatchObject({ state: 'cancelled' })
    expect((await own.call('DELETE', `${replays}/${id}`)).status).toBe(204)
    expect((await own.call('GET', `${replays}/${id}`)).status).toBe(404)
    expect(await own.all(replaySchema, replays)).toEqual([])
  })

  it.each([
    [{ deviceId: 'nobody' }, 422, 'body.deviceId'],
    [{ from: '2026-01-01T00:00:00Z', fromOffset: '1' }, 422, 'body.fromOffset'],
    [{ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }, 422, 'body.to'],
    [{ fromOffset: 'x' }, 400, 'body.fromOffset'],
    [{ target: 'No' }, 400, 'body.target'],
    [{ from: 'yesterday' }, 400, 'body.from'],
    [{ deviceId: 'x', everyOrganization: true }, 422, 'body.deviceId'],
  ])('is refused when asked for as %j', async (body, status, field) => {
    const own = await createOrganization(running().api, `refused-${Math.random().toString(36).slice(2)}`)
    const answer = await own.call('POST', replays, { body })
    expect(answer.status).toBe(status)
    const { errors } = z.object({ errors: z.array(z.object({ path: z.string() })) }).parse(answer.body)
    expect(errors.map((error) => error.path)).toContain(field)
  })
})
