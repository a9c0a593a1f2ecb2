import { describe, expect, it } from 'vitest'
import { createCounts, noteProblem } from './counts.ts'
import { formatProgress, takeProblems } from './progress.ts'

describe('the progress line', () => {
  it('leaves out what has not happened', () => {
    expect(formatProgress({ ...createCounts(3), connected: 2, sent: 10, acknowledged: 9 })).toBe(
      '2 of 3 connected · sent 10 · acknowledged 9 · commands 0 · answered 0',
    )
  })

  it('shows trouble', () => {
    const counts = { ...createCounts(1), lost: 1, ignoredCommands: 2, skipped: 3, reconnects: 4 }
    expect(formatProgress(counts)).toContain(
      'acks lost on purpose 1 · commands ignored 2 · readings skipped 3 · reconnects 4',
    )
  })

  it('tells a problem once, however many devices have it', () => {
    const counts = createCounts(3)
    noteProblem(counts, 'connect ECONNREFUSED')
    noteProblem(counts, 'connect ECONNREFUSED')
    noteProblem(counts, 'Not authorized')
    expect(takeProblems(counts)).toEqual(['connect ECONNREFUSED (2 times)', 'Not authorized'])
    expect(takeProblems(counts)).toEqual([])
  })
})
