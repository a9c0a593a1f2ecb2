import { existsSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import { type Answer, ChildEvaluator, spawnEvaluator } from './child-evaluator.ts'

const open: ChildEvaluator[] = []
const evaluator = (): ChildEvaluator => {
  const child = new ChildEvaluator(systemClock)
  open.push(child)
  return child
}
const evaluate = (child: ChildEvaluator, expression: string, input: unknown = {}): Promise<Answer> =>
  child.evaluate({ sources: [expression], items: [{ source: 0, text: JSON.stringify(input) }] })

afterEach(() => {
  for (const child of open.splice(0)) child.close()
})

describe('a process that evaluates', () => {
  test('gives what the expression gives, as JSON', async () => {
    expect(
      await evaluate(evaluator(), '{ "readings": v.{ "port": n } }', { v: [{ n: 1 }, { n: 2 }] }),
    ).toEqual({
      kind: 'done',
      results: [{ kind: 'value', text: '{"readings":[{"port":1},{"port":2}]}' }],
    })
  })

  test('says what an expression cannot digest, and when it gives nothing', async () => {
    const child = evaluator()
    expect(await evaluate(child, 't + 1', { t: 'warm' })).toMatchObject({ results: [{ kind: 'failed' }] })
    expect(await evaluate(child, 't')).toEqual({ kind: 'done', results: [{ kind: 'value' }] })
  })

  test.each([
    ['that never ends', '($f := function($x){ $f($x + 1) }; $f(1))', { isCostly: true }],
    ['that nests without end', '($f := function($x){ 1 + $f($x) }; $f(1))', { isCostly: false }],
    ['that makes too long a sequence', '[1..3000000]', { isCostly: false }],
    ['whose result is too large', '$pad("x", 600000)', { isCostly: false }],
  ])('ends an expression %s, and goes on', async (_, expression, limit) => {
    const child = evaluator()
    expect(await evaluate(child, expression)).toMatchObject({ results: [{ kind: 'limit', ...limit }] })
    expect(await evaluate(child, '1')).toEqual({ kind: 'done', results: [{ kind: 'value', text: '1' }] })
  })

  test.each([
    ['sorts', '$count($sort([1..900000]))'],
    [
      'makes one string that no heap holds',
      '($f := function($s, $n){ $n = 0 ? $s : $f($s & $s, $n - 1) }; $uppercase($f("xxxxxxxx", 25)))',
    ],
    ['is in one function for seconds', '$pad("x", 200000000)'],
  ])('is ended and started again when an expression %s, and nothing else ends', async (_, expression) => {
    const child = evaluator()
    expect(await evaluate(child, expression)).toMatchObject({ kind: 'overran' })
    expect(await evaluate(child, '1')).toEqual({ kind: 'done', results: [{ kind: 'value', text: '1' }] })
  })

  test.runIf(process.platform === 'linux')('never has more memory than the machine can spare', async () => {
    let mostKb = 0
    let pid: number | undefined
    const child = new ChildEvaluator(systemClock, () => {
      const spawned = spawnEvaluator()
      pid = spawned.pid
      return spawned
    })
    open.push(child)
    const watching = setInterval(() => {
      if (pid === undefined || !existsSync(`/proc/${pid}/status`)) return
      const [, peakKb] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
      mostKb = Math.max(mostKb, Number(peakKb ?? 0))
    }, 2)
    expect(await evaluate(child, '$pad("x", 500000000)')).toEqual({ kind: 'overran', limit: 'memory' })
    clearInterval(watching)
    expect(mostKb).toBeGreaterThan(100_000)
    expect(mostKb).toBeLessThan(450_000)
  })

  test('keeps nothing from one input to the next', async () => {
    const child = evaluator()
    const counting = '($n := $exists($n) ? $n + 1 : 1; $n)'
    for (let times = 0; times < 3; times += 1)
      expect(await evaluate(child, counting)).toMatchObject({ results: [{ text: '1' }] })
  })

  test('is not there when it cannot be started', async () => {
    const child = new ChildEvaluator(systemClock, () => {
      const spawned = spawnEvaluator()
      spawned.kill('SIGKILL')
      return spawned
    })
    expect(await evaluate(child, '1')).toEqual({ kind: 'not-started' })
  })
})
