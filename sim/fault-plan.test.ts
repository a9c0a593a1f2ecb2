import { describe, expect, it } from 'vitest'
import { parseFaults } from './fault-plan.ts'

describe('--fault', () => {
  it('reads names with their shares', () => {
    expect(parseFaults(['lost-acks=0.1', 'duplicates=1', 'offline=.5'])).toEqual({
      plan: { 'lost-acks': 0.1, duplicates: 1, offline: 0.5 },
      mistakes: [],
    })
  })

  it.each(['lost-acks', 'lost-acks=', 'lost-acks=2', 'lost-acks=-1', 'lost-acks=10%', 'lost-acks=0.1=2'])(
    'names %s and what to write instead',
    (entry) => {
      const { mistakes } = parseFaults([entry])
      expect(mistakes).toEqual([`--fault ${entry}: give a share from 0 to 1, such as lost-acks=0.1`])
    },
  )

  it('tells all mistakes at once', () => {
    const { mistakes } = parseFaults(['nonsense=1', 'offline=7', 'duplicates=1', 'duplicates=0'])
    expect(mistakes).toHaveLength(3)
    expect(mistakes[0]).toContain('there is no fault "nonsense"; choose from lost-acks')
    expect(mistakes[2]).toContain('duplicates is given twice')
  })
})
