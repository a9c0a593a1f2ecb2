import { describe, expect, it } from 'vitest'
import { MessageLog, portOf } from './harness/message-log.ts'
import { calibrations, compare, type Findings, nothingFound } from './harness/oracle.ts'
import type { StoredReading } from './harness/resources.ts'

const startMs = Date.parse('2025-09-06T12:00:00Z')
const iso = (ms: number): string => new Date(ms).toISOString()

/** Six messages, all but the last acknowledged. */
function givenLog(): MessageLog {
  const log = new MessageLog()
  for (let sequence = 0; sequence < 6; sequence += 1) {
    log.begin(startMs)
    if (sequence < 5) log.acknowledge(sequence)
  }
  return log
}

function asStored(sequence: number): StoredReading {
  const port = portOf(sequence)
  const { offset = 0, scaling = 1 } = calibrations[port] ?? {}
  return {
    ts: iso(startMs + sequence),
    port,
    rawValue: sequence,
    calibratedValue: sequence * scaling + offset,
    quality: 'good',
    ingestTs: iso(startMs + 1000 + sequence),
  }
}

function judged(readings: readonly StoredReading[]): Findings {
  const findings = nothingFound()
  compare(findings, 'd', givenLog(), readings)
  return findings
}

describe('the oracle of the system tests', () => {
  const all = [0, 1, 2, 3, 4].map(asStored)

  it('is content with everything acknowledged, stored once, with or without what was not', () => {
    expect(judged(all)).toEqual({ ...nothingFound(), stored: 5 })
    expect(judged([...all, asStored(5)])).toEqual({ ...nothingFound(), stored: 6 })
  })

  it('names what was acknowledged and is not stored', () => {
    expect(judged(all.toSpliced(2, 1)).lost).toEqual(['d #2'])
    expect(judged([]).lost).toHaveLength(5)
  })

  it('names what is stored twice', () => {
    expect(judged(all.toSpliced(3, 0, asStored(2))).storedTwice).toEqual([`d #2 ${iso(startMs + 2)}`])
  })

  it.each([
    { what: 'another time', change: { ts: iso(startMs + 500) } },
    { what: 'another port', change: { port: 7 } },
    { what: 'a wrong calibration', change: { calibratedValue: 3 } },
    { what: 'a value that was never sent', change: { rawValue: 99, calibratedValue: 208 } },
  ])('names what has $what', ({ change }) => {
    expect(judged(all.with(2, { ...asStored(2), ...change })).wrong).toHaveLength(1)
  })

  it('names what was received before something that was sent earlier', () => {
    const early = { ...asStored(3), ingestTs: iso(startMs) }
    expect(judged(all.with(3, early)).outOfOrder).toEqual([`d #3 ${iso(startMs + 3)}`])
  })
})
