/** The process that evaluates what tenants wrote. It has no secret and may only read files. */
import { Evaluator } from './evaluate-turn.ts'
import type { FromEvaluator, Turn } from './protocol.ts'

const evaluator = new Evaluator(() => {
  const { system, user } = process.threadCpuUsage()
  return (user + system) / 1000
})

function tell(message: FromEvaluator): void {
  process.send?.(message)
}

// A signal to the whole group means a stop: whoever started this process says when it is not needed any more.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
process.on('disconnect', () => process.exit(0))
process.on('message', (turn: Turn) => {
  void evaluator.evaluateTurn(turn).then((results) => tell({ kind: 'done', results }))
})
tell({ kind: 'ready' })
