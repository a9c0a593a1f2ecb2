import { describe, expect, it } from 'vitest'
import { boundedExpression } from './bounded-expression.ts'

describe('a bounded expression', () => {
  /** Every step takes a millisecond. */
  const ticking = (): (() => number) => {
    let nowMs = 0
    return () => (nowMs += 1)
  }
  const still = (): number => 0

  it('gives what the expression gives, again and again', async () => {
    const evaluate = boundedExpression('{ "readings": v.{ "port": n, "value": x * 10 } }', still)
    for (let times = 0; times < 1000; times += 1)
      expect(await evaluate({ v: [{ n: 1, x: 2 }] })).toEqual({ readings: { port: 1, value: 20 } })
  })

  it('ends one that calls itself for ever', async () => {
    const evaluate = boundedExpression('($f := function($x){ $f($x + 1) }; $f(1))', ticking())
    await expect(evaluate({})).rejects.toThrow('the expression takes longer than 50 ms')
  })

  it('ends one that nests without end', async () => {
    const evaluate = boundedExpression('($f := function($x){ 1 + $f($x) }; $f(1))', still)
    await expect(evaluate({})).rejects.toThrow('the expression nests deeper than 500')
  })

  it('begins afresh after one that failed', async () => {
    const evaluate = boundedExpression('deep ? ($f := function(){ 1 + $f() }; $f()) : 7', still)
    await expect(evaluate({ deep: true })).rejects.toThrow('deeper')
    expect(await evaluate({ deep: false })).toBe(7)
  })
})
