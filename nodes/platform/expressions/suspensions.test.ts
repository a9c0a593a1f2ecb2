import { describe, expect, test } from 'vitest'
import { forgetAfterMs, maxOverrunsOfClass, maxOverrunsOfOrganization } from './limits.ts'
import { Suspensions } from './suspensions.ts'

const owner = { orgId: 'acme', classKey: 'silo', version: 1 }

function world(): {
  readonly suspensions: Suspensions
  readonly lifted: () => number
  readonly pass: (ms: number) => void
  readonly overruns: (times: number, of?: typeof owner) => void
} {
  let nowMs = 0
  let lifted = 0
  const suspensions = new Suspensions(
    () => nowMs,
    () => (lifted += 1),
  )
  return {
    suspensions,
    lifted: () => lifted,
    pass: (ms) => (nowMs += ms),
    overruns(times, of = owner) {
      for (let i = 0; i < times; i += 1) suspensions.overran(of)
    },
  }
}

describe('a class whose expression overruns', () => {
  test('is suspected at once, and suspended when it does so again and again', () => {
    const { overruns, suspensions } = world()
    expect(suspensions.isSuspect(owner)).toBe(false)
    overruns(maxOverrunsOfClass - 1)
    expect([suspensions.isSuspect(owner), suspensions.isSuspended(owner)]).toEqual([true, false])
    expect(suspensions.overran(owner)).toBe('acme/silo')
    expect(suspensions.isSuspended(owner)).toBe(true)
    expect(suspensions.all).toEqual(['acme/silo'])
  })

  test('is not suspended when it does so only now and then', () => {
    const { overruns, pass, suspensions } = world()
    for (let i = 0; i < 50; i += 1) {
      overruns(maxOverrunsOfClass - 1)
      pass(forgetAfterMs)
    }
    expect(suspensions.all).toEqual([])
    expect(suspensions.isSuspect(owner)).toBe(false)
  })

  test('is evaluated again after a while, and then has to do it as often again', () => {
    const { overruns, pass, suspensions } = world()
    overruns(maxOverrunsOfClass)
    pass(forgetAfterMs - 1)
    expect(suspensions.isSuspended(owner)).toBe(true)
    pass(1)
    expect([suspensions.isSuspended(owner), suspensions.all]).toEqual([false, []])
    overruns(maxOverrunsOfClass - 1)
    expect(suspensions.isSuspended(owner)).toBe(false)
  })

  test('is lifted with its change, which is told, and what still comes of its former version is not counted', () => {
    const { lifted, overruns, suspensions } = world()
    overruns(maxOverrunsOfClass)
    const changed = { ...owner, version: 2 }
    expect(suspensions.isSuspended(changed)).toBe(false)
    expect([lifted(), suspensions.all]).toEqual([1, []])
    overruns(1, changed)
    overruns(maxOverrunsOfClass)
    expect([suspensions.isSuspended(owner), suspensions.isSuspended(changed)]).toEqual([false, false])
    expect(suspensions.isSuspect(changed)).toBe(true)
  })

  test('is meant alone, and no other class or organization', () => {
    const { overruns, suspensions } = world()
    overruns(maxOverrunsOfClass)
    for (const other of [
      { ...owner, classKey: 'barn' },
      { ...owner, orgId: 'other' },
    ])
      expect(suspensions.isSuspended(other)).toBe(false)
  })

  test('cannot go on by being changed again and again: its organization is suspended', () => {
    const { overruns, pass, suspensions } = world()
    for (let version = 1; version <= maxOverrunsOfOrganization; version += 1)
      overruns(1, { ...owner, version })
    expect(suspensions.isSuspended({ ...owner, classKey: 'barn' })).toBe(true)
    expect(suspensions.isSuspended({ ...owner, orgId: 'other' })).toBe(false)
    pass(forgetAfterMs)
    expect(suspensions.all).toEqual([])
  })
})
