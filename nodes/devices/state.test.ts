import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DeviceReport } from './device-report.ts'
import { type DeviceState, evolveDeviceState, hasBeenSilent, isNewsTo, unseenDevice } from './state.ts'

const unseen = unseenDevice('acme', 'd1')
const report = (receivedAt: number, changes: Partial<DeviceReport> = {}): DeviceReport => ({
  orgId: 'acme',
  deviceId: 'd1',
  receivedAt,
  ...changes,
})
/** Long after all that the tests tell of. */
const nowMs = 1e12
const evolve = (state: DeviceState, told: DeviceReport): DeviceState => evolveDeviceState(state, told, nowMs)
const after = (...reports: DeviceReport[]): DeviceState => reports.reduce(evolve, unseen)

describe('the state of a device', () => {
  test('anything heard of it shows that it is online', () => {
    expect(after(report(10))).toEqual({ ...unseen, online: true, onlineChangedAt: 10, lastSeenAt: 10 })
  })

  test('it is offline when it says so, until it is heard of again', () => {
    expect(after(report(10), report(20, { online: false }))).toMatchObject({
      online: false,
      onlineChangedAt: 20,
    })
    expect(after(report(10), report(20, { online: false }), report(30))).toMatchObject({
      online: true,
      onlineChangedAt: 30,
    })
  })

  test('staying online is no change', () => {
    expect(after(report(10), report(20)).onlineChangedAt).toBe(10)
  })

  test('a report from before the last change does not turn it back', () => {
    const late = after(report(10), report(30, { online: false }), report(20))
    expect(late).toMatchObject({ online: false, onlineChangedAt: 30, lastSeenAt: 30 })
  })

  test('reported fields add up, and repeating them is no news', () => {
    const before = after(report(10, { reported: { fan: 1, mode: 'auto' } }))
    const same = evolve(before, report(20, { reported: { fan: 1 } }))
    expect(same.reported).toBe(before.reported)
    expect(evolve(before, report(30, { reported: { fan: 2 } })).reported).toEqual({
      fan: 2,
      mode: 'auto',
    })
  })
})

describe('fields of a replayed report', () => {
  test('do not replace newer ones, but are taken where nothing newer is known', () => {
    const state = after(
      report(20, { reported: { fan: 3 } }),
      report(30),
      report(10, { reported: { fan: 1, mode: 'auto' } }),
    )
    expect(state.reported).toEqual({ fan: 3, mode: 'auto' })
  })

  test('are not late only because a reading was seen meanwhile', () => {
    expect(after(report(30), report(20, { reported: { fan: 3 } })).reported).toEqual({ fan: 3 })
  })
})

describe('in whatever order reports arrive', () => {
  const reports = fc.uniqueArray(
    fc.record({ receivedAt: fc.nat(1000), online: fc.option(fc.boolean(), { nil: undefined }) }),
    { selector: ({ receivedAt }) => receivedAt, minLength: 1, maxLength: 12 },
  )
  const toReports = (list: readonly { receivedAt: number; online: boolean | undefined }[]): DeviceReport[] =>
    list.map(({ receivedAt, online }) => report(receivedAt, online === undefined ? {} : { online }))

  test('last seen is the newest of them, and the last change never moves back', () => {
    fc.assert(
      fc.property(reports, (list) => {
        let state: DeviceState = unseen
        for (const each of toReports(list)) {
          const next = evolve(state, each)
          expect(next.onlineChangedAt ?? 0).toBeGreaterThanOrEqual(state.onlineChangedAt ?? 0)
          state = next
        }
        expect(state.lastSeenAt).toBe(Math.max(...list.map(({ receivedAt }) => receivedAt)))
      }),
    )
  })

  test('what is older than the last change leaves a state as it was', () => {
    fc.assert(
      fc.property(reports, reports, (list, late) => {
        const state = after(...toReports(list))
        const before = state.onlineChangedAt ?? 0
        const old = toReports(late.filter(({ receivedAt }) => receivedAt < before))
        expect(old.reduce(evolve, state)).toEqual(state)
      }),
    )
  })
})

describe('silence', () => {
  test('is noted of whoever is online and was not heard of since, and ends with whatever is heard', () => {
    const online = after(report(1000))
    const note = { ...report(1000), isSilent: true }
    const silent = evolveDeviceState(online, note, 9000)
    expect(silent).toEqual({ ...online, isSilent: true })
    expect(isNewsTo(online, silent)).toBe(true)
    expect(evolveDeviceState(silent, report(2000), 9000)).toEqual({ ...online, lastSeenAt: 2000 })
    expect(evolveDeviceState(silent, report(900), 9000).isSilent).toBe(true)
    expect(evolveDeviceState(silent, report(2000, { online: false }), 9000).isSilent).toBeUndefined()
    expect(evolveDeviceState(after(report(1001)), note, 9000).isSilent).toBeUndefined()
    expect(evolveDeviceState(after(report(1000, { online: false })), note, 9000)).toMatchObject({
      online: false,
    })
  })

  test('is longer than the class allows, of a device that counts as online', () => {
    const online = after(report(1000))
    expect(hasBeenSilent(online, 500, 1500)).toBe(false)
    expect(hasBeenSilent(online, 500, 1501)).toBe(true)
    expect(hasBeenSilent(after(report(1000, { online: false })), 500, 9999)).toBe(false)
    expect(hasBeenSilent(unseen, 500, 9999)).toBe(false)
  })
})

describe('a clock that was ahead and is set right', () => {
  const day = 86_400_000
  const ahead = after(
    report(nowMs + day, { reported: { fan: 3 } }),
    report(nowMs + day + 1, { online: false }),
  )
  const before: DeviceState = {
    ...ahead,
    lastSeenAt: nowMs + day + 1,
    onlineChangedAt: nowMs + day + 1,
    reportedAt: nowMs + day,
  }

  test('does not keep a device offline, nor what it reported then, until its time has come', () => {
    expect(evolve(before, report(nowMs - 50, { reported: { fan: 4 } }))).toMatchObject({
      online: true,
      onlineChangedAt: nowMs - 50,
      lastSeenAt: nowMs,
      reported: { fan: 4 },
    })
  })

  test('what was received by it counts as received now', () => {
    expect(evolve(unseen, report(nowMs + day))).toMatchObject({ lastSeenAt: nowMs, onlineChangedAt: nowMs })
  })

  test('a little ahead is another instance’s clock', () => {
    expect(evolve(unseen, report(nowMs + 30_000)).lastSeenAt).toBe(nowMs + 30_000)
  })
})
