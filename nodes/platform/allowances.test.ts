import { expect, test } from 'vitest'
import { Allowances } from './allowances.ts'

function watched(limits: { readonly perSecond: number; readonly burst: number }): {
  readonly offences: Allowances
  readonly pass: (ms: number) => void
} {
  let nowMs = 0
  return {
    offences: new Allowances({ ...limits, monotonicMs: () => nowMs }),
    pass: (ms) => void (nowMs += ms),
  }
}

test('an address is turned away once it has had its burst, and let in again as time passes', () => {
  const { offences, pass } = watched({ perSecond: 2, burst: 3 })
  for (let i = 0; i < 3; i += 1) {
    expect(offences.admits('192.0.2.1')).toBe(true)
    offences.spend('192.0.2.1')
  }
  expect(offences.admits('192.0.2.1')).toBe(false)
  pass(499)
  expect(offences.admits('192.0.2.1')).toBe(false)
  pass(1)
  expect(offences.admits('192.0.2.1')).toBe(true)
  offences.spend('192.0.2.1')
  expect(offences.admits('192.0.2.1')).toBe(false)
})

test('who has nothing left waits for a turn, and is turned away when too many wait before it', () => {
  const { offences, pass } = watched({ perSecond: 10, burst: 1 })
  expect(offences.waitMs('192.0.2.1')).toBe(0)
  offences.spend('192.0.2.1')
  expect([offences.waitMs('192.0.2.1'), offences.waitMs('192.0.2.1')]).toEqual([100, 200])
  expect(offences.waitMs('192.0.2.2')).toBe(0)
  for (let i = 0; i < 18; i += 1) offences.waitMs('192.0.2.1')
  expect(offences.waitMs('192.0.2.1')).toBeUndefined()
  offences.spend('192.0.2.1')
  expect(offences.waitMs('192.0.2.1')).toBeUndefined()
  pass(2100)
  expect(offences.waitMs('192.0.2.1')).toBe(0)
})

test('what costs more to open comes as much more seldom, whether it waits for its turn or comes by itself', () => {
  const { offences, pass } = watched({ perSecond: 10, burst: 8 })
  for (let i = 0; i < 2; i += 1) {
    expect(offences.waitMs('192.0.2.1')).toBe(0)
    offences.spend('192.0.2.1', 4)
  }
  expect(offences.waitMs('192.0.2.1')).toBe(400)
  pass(100)
  expect(offences.admits('192.0.2.1')).toBe(true)
  offences.spend('192.0.2.1', 4)
  pass(300)
  expect(offences.admits('192.0.2.1')).toBe(false)
  pass(100)
  expect(offences.waitMs('192.0.2.1')).toBe(0)
})

test('who is turned away is counted, and told about once a minute', () => {
  let nowMs = 0
  const told: string[] = []
  const offences = new Allowances({
    perSecond: 0,
    burst: 1,
    monotonicMs: () => nowMs,
    onTurnedAway: (address) => told.push(address),
  })
  offences.spend('192.0.2.1')
  for (const atMs of [0, 1, 59_999, 60_000]) {
    nowMs = atMs
    offences.waitMs('192.0.2.1')
  }
  expect(offences.turnedAway).toBe(4)
  expect(told).toEqual(['192.0.2.1', '192.0.2.1'])
})

test('another address is not concerned', () => {
  const { offences } = watched({ perSecond: 1, burst: 1 })
  offences.spend('192.0.2.1')
  expect(offences.admits('192.0.2.1')).toBe(false)
  expect(offences.admits('192.0.2.2')).toBe(true)
})

test('however many connections were open at the same time, nobody is shut out for longer than the burst takes', () => {
  const { offences, pass } = watched({ perSecond: 10, burst: 5 })
  for (let i = 0; i < 10_000; i += 1) offences.spend('192.0.2.1')
  pass(100)
  expect(offences.admits('192.0.2.1')).toBe(true)
})

test('what comes from ever new addresses is forgotten, the oldest first', () => {
  const { offences } = watched({ perSecond: 1, burst: 1 })
  for (let i = 0; i <= 10_000; i += 1) offences.spend(`address-${i}`)
  expect(offences.admits('address-0')).toBe(true)
  expect(offences.admits('address-1')).toBe(false)
  expect(offences.admits('address-10000')).toBe(false)
})
