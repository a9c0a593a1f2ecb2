import { describe, expect, it } from 'vitest'
import { Trial } from './trial.ts'

describe('the trial of what was in work when a process ended', () => {
  const afterEndIn = (trial: Trial, from: number, to: number, isAlone = false): Trial => {
    trial.begin(from, to, isAlone)
    return new Trial(100, trial.keep(0))
  }

  it('suspects all of a batch, and nothing beside it', () => {
    const trial = afterEndIn(new Trial(100), 10, 20)
    expect([trial.isSuspect(0, 10), trial.isSuspect(0, 11), trial.isSuspect(19, 30)]).toEqual([
      false,
      true,
      true,
    ])
    expect(trial.isSuspect(20, 30)).toBe(false)
    expect(trial.endsAlone(15)).toBe(0)
  })

  it('holds against an entry only what happened while it was alone', () => {
    let trial = afterEndIn(new Trial(100), 10, 20)
    for (let times = 0; times < 2; times += 1) trial = afterEndIn(trial, 15, 16, true)
    expect([14, 15, 16].map((position) => trial.endsAlone(position))).toEqual([0, 2, 0])
  })

  it('suspects nothing that came back before the end', () => {
    const trial = new Trial(100)
    trial.begin(10, 20, false)
    trial.end()
    expect(trial.keep(0)).toBeUndefined()
  })

  it('forgets what is durable', () => {
    const trial = afterEndIn(new Trial(100), 10, 20)
    expect(trial.keep(19)).toContain('"to":20')
    expect(trial.keep(20)).toBeUndefined()
  })

  it.each(['', 'nonsense', '{}', '{"inWork":7}'])('begins anew when what was kept is %j', (text) => {
    expect(new Trial(100, text).suspects).toEqual([])
  })
})
