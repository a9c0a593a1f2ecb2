import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { operation as adopt } from './adopt-device-class-template.ts'
import { useFleet } from './fleet.fixture.ts'
import { operation as listTemplates } from './list-device-class-templates.ts'

const fleet = useFleet()
const { call } = fleet

describe('templates of device classes', () => {
  test('are listed with what is to be done, and with samples', async () => {
    const { body, status } = await call(listTemplates)
    const { items } = z.object({ items: z.array(z.looseObject({ key: z.string() })) }).parse(body)
    expect(status).toBe(200)
    expect(items.find(({ key }) => key === 'tasmota')).toMatchObject({
      isShipped: false,
      class: { topics: { lifecycle: 'tele/{device}/LWT' } },
      samples: expect.arrayContaining([
        expect.objectContaining({ topic: 'tele/tas1/LWT', payload: 'Online' }),
      ]),
    })
  })

  test('become a class of the organization by one call, under another key if need be', async () => {
    const params = { key: 'tasmota' }
    expect(await call(adopt, { params, body: {} })).toMatchObject({
      status: 201,
      body: { key: 'tasmota', version: 1 },
      headers: { location: '/api/v1/device-classes/tasmota' },
    })
    expect(fleet.directory.deviceClass('acme', 'tasmota')?.telemetry).toHaveLength(3)
    expect(await call(adopt, { params, body: {} })).toMatchObject({ status: 409 })
    expect(await call(adopt, { params, body: { key: 'plugs', name: 'Plugs' } })).toMatchObject({
      body: { key: 'plugs', name: 'Plugs' },
    })
    expect(fleet.directory.deviceClass('other', 'tasmota')).toBeUndefined()
  })

  test('have the level that they ask for in their topics, and the commands that need it', async () => {
    const params = { key: 'chirpstack' }
    expect(await call(adopt, { params, body: { levels: { tenant: 'x' } } })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'body.levels.tenant' }] },
    })
    expect((await call(adopt, { params, body: { levels: { application: 'a/+' } } })).status).toBe(400)
    expect((await call(adopt, { params, body: {} })).status).toBe(201)
    expect(fleet.directory.deviceClass('acme', 'chirpstack')?.commands).toEqual([])
    expect(
      (await call(adopt, { params, body: { key: 'valves', levels: { application: '17c8' } } })).status,
    ).toBe(201)
    const adopted = fleet.directory.deviceClass('acme', 'valves')
    expect(adopted?.telemetry[0]?.topic).toBe('application/17c8/device/{device}/event/up')
    expect(adopted?.commands[0]?.send?.topic).toBe('application/17c8/device/{device}/command/down')
  })

  test('that there are not cannot be adopted', async () => {
    expect((await call(adopt, { params: { key: 'toaster' }, body: {} })).status).toBe(404)
  })
})
