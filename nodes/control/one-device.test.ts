import { beforeEach, expect, test } from 'vitest'
import type { DeviceState } from '../devices/state.ts'
import { unseenDevice } from '../devices/state.ts'
import { changesOf } from './device-changes.ts'
import oneDevice from './one-device/node.ts'
import { type TestControl, useControl } from './world.fixture.ts'

const world = useControl(Date.parse('2026-01-05T06:00:00Z'))
let one: TestControl
beforeEach(() => {
  one = world.open('a')
})

test('what has changed is named field by field', () => {
  const before = { deviceId: 'd1', online: false, reported: { a: 1, gone: 2, list: [1] }, desired: {} }
  expect(changesOf(before, before)).toEqual([])
  expect(
    changesOf(before, { deviceId: 'd1', online: true, reported: { a: 2, list: [1] }, desired: { b: null } }),
  ).toEqual(['online', 'reported.a', 'reported.gone', 'desired.b'])
})

test('the node tells what becomes of its device, and sends it what comes in', async () => {
  const sent: unknown[] = []
  let tell: (state: DeviceState) => void = () => undefined
  let state: DeviceState = { ...unseenDevice('acme', 'd1'), online: true, reported: { fanSpeed: 0 } }
  const { close, process } = oneDevice.definition.start({
    config: { deviceId: 'd1' },
    // oxlint-disable-next-line no-unsafe-type-assertion -- only this is asked for
    needed: {
      commands: one.commands,
      control: one.control,
      devices: {
        directory: one.directory,
        states: {
          get: () => Promise.resolve(state),
          onNews(listener: (state: DeviceState) => void) {
            tell = listener
            return () => undefined
          },
        },
      },
    } as unknown as Parameters<typeof oneDevice.definition.start>[0]['needed'],
    nodeId: 'n1',
    name: '',
    emit: ([items]) => sent.push(...(items ?? [])),
    status: () => undefined,
    serveHttp: () => undefined,
    fault: (error) => {
      throw error
    },
  })
  await world.clock.pass(100)
  expect(sent).toEqual([])
  state = { ...state, reported: { fanSpeed: 2 } }
  tell({ ...state, id: 'another' })
  tell(state)
  await world.clock.pass(100)
  expect(sent).toMatchObject([{ deviceId: 'd1', reported: { fanSpeed: 2 }, changed: ['reported.fanSpeed'] }])
  await process?.([{ value: 4 }], {})
  await world.clock.pass(500)
  expect(world.purifier.fanSpeed).toBe(4)
  expect(sent.slice(1)).toMatchObject([{ desired: { fanSpeed: 4 }, changed: ['desired.fanSpeed'] }])
  await expect(async () => process?.([{ value: 9 }], {})).rejects.toThrow('value')
  await one.control.start('acme', 'd1', { value: 5, durationMs: 60_000, source: 'api' })
  await world.clock.pass(500)
  expect(sent.slice(2)).toMatchObject([{ desired: { fanSpeed: 5 } }])
  await close?.(true)
  state = { ...state, online: false }
  tell(state)
  await world.clock.pass(100)
  expect(sent).toHaveLength(3)
})
