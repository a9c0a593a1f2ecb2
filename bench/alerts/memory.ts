/** Run with --expose-gc: prints how many bytes of heap so many rules take in the book of an instance. */
import process from 'node:process'
import { RuleBook } from '../../nodes/alerts/rule-book.ts'
import { ruleBody } from '../../nodes/alerts/rule.ts'

const count = Number(process.argv[2])
const heap = (): number => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
const book = new RuleBook()
const before = heap()
for (let n = 0; n < count; n += 1) {
  const body = ruleBody.parse(
    // Parsed from text, as it comes from the store, so that nothing is shared.
    JSON.parse(
      JSON.stringify({
        name: `rule ${n}`,
        severity: 'warning',
        scope: { deviceId: `device-${n % 33_333}` },
        condition: { kind: 'above', port: (n % 8) + 1, value: n, clearAt: n - 1 },
        sustainedForMs: 60_000,
        message: '{device} is at {value}',
        channels: ['ops'],
      }),
    ),
  )
  const times = { createdAtMs: n, sinceMs: n, changedAtMs: n, removedAtMs: null }
  book.put('acme', { ...body, id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`, ...times })
}
process.stdout.write(String(heap() - before))
// Not before here may it be thrown away.
if (book.size !== count) throw new Error('rules are missing')
