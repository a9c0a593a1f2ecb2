import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'

const nodesSchema = z.array(
  z.looseObject({ id: z.string(), type: z.string(), wires: z.array(z.array(z.string())).optional() }),
)

/**
 * Puts a function node behind the first output of the first node of type `after` on the ingestion tab, as somebody
 * might in the editor.
 */
export function insertFunction(flowsDir: string, after: string, code: string): void {
  const file = path.join(flowsDir, 'ingestion.json')
  const nodes = nodesSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  const before = nodes.find(({ type }) => type === after)
  const [first, ...others] = before?.wires ?? []
  if (before === undefined || first === undefined) throw new Error(`no ${after} with a wire`)
  const inserted = {
    id: '00000000feedbeef',
    type: 'function',
    z: String(before['z']),
    name: 'for the test',
    func: code,
    outputs: 1,
    timeout: 0,
    noerr: 0,
    initialize: '',
    finalize: '',
    libs: [],
    x: 600,
    y: 420,
    wires: [first],
  }
  before.wires = [[inserted.id], ...others]
  writeFileSync(file, JSON.stringify([...nodes, inserted], null, 2))
}
