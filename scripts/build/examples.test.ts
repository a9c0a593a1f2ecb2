import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { flowNodesSchema } from '../../editor/flow-storage/flow-node.ts'
import { lintFlows } from '../../editor/flow-lint/lint.ts'
import { discoverNodes, filesOf } from './discover.ts'
import { nodesDir } from './editor.fixture.ts'
import { wireTypesOf } from './node-types.ts'
import { scanOperations } from './operations.ts'

const { nodes } = await discoverNodes(nodesDir)
const types = new Map(nodes.map((node) => [node.definition.type, wireTypesOf(node)]))
const scanned = await scanOperations(nodesDir)
const operations = new Map(scanned.operations.map((operation) => [operation.id, operation]))
const files = await filesOf(nodesDir, 'examples/*.json')
const examples = await Promise.all(
  files.map(async (file) => ({
    file,
    flows: flowNodesSchema.parse(JSON.parse(await readFile(join(nodesDir, file), 'utf8'))),
  })),
)

test.each(examples)('$file can be imported as it is: the flow lint has nothing against it', ({ flows }) => {
  expect(lintFlows(flows, types, { operations })).toEqual([])
})

test('the examples name operations that exist', () => {
  const named = examples
    .flatMap(({ flows }) => flows)
    .flatMap(({ operation }) => (typeof operation === 'string' && operation !== '' ? [operation] : []))

  expect(named.length).toBeGreaterThan(0)
  expect(named.filter((id) => !operations.has(id))).toEqual([])
})

test('every palette category has an example', () => {
  const shown = new Set(examples.flatMap(({ flows }) => flows).map(({ type }) => type))
  const all = new Set(nodes.map(({ definition }) => definition.category))
  const covered = nodes.filter(({ definition }) => shown.has(definition.type))

  expect(
    [...all].filter((category) => !covered.some(({ definition }) => definition.category === category)),
  ).toEqual([])
})
