import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { buildNodes } from '../../scripts/build/build-nodes.ts'
import { lintDirectory, readNodeTypes, readOperations } from '../../settings/commands/flows.ts'
import { toFlows } from '../flow-storage/canonical.ts'
import { readFlowDirectory } from '../flow-storage/flow-directory.ts'
import { isTab } from '../flow-storage/flow-node.ts'
import { boxOf } from './canvas/node-box.ts'
import { isOnCanvas } from './graph.ts'

const projectDir = path.join(import.meta.dirname, '../..')
const flowsDir = path.join(projectDir, 'flows')
await buildNodes(path.join(projectDir, 'nodes'))
const flows = toFlows((await readFlowDirectory(flowsDir)).content)
const placed = flows.filter(isOnCanvas)

describe('the shipped flows', () => {
  test('have nothing against them', async () => {
    expect(await lintDirectory(flowsDir)).toEqual([])
  })

  test('have a place for each node of a tab, which is what their layout is judged by', () => {
    const tabs = new Set(flows.filter(isTab).map(({ id }) => id))
    const onTabs = flows.filter(({ type, z }) => type !== 'group' && tabs.has(String(z)))
    expect(onTabs.length).toBeGreaterThan(0)
    expect(onTabs.filter((node) => !placed.includes(node)).map(({ id }) => id)).toEqual([])
  })

  test('fit a window 1,400 px wide', async () => {
    const drawing = { nodeTypes: await readNodeTypes(), operations: await readOperations() }
    const tooFar = placed.filter((node) => boxOf(node, drawing).right > 1400)
    expect(tooFar.map(({ id }) => id)).toEqual([])
  })

  test('serve nothing but declared operations', () => {
    expect(placed.filter(({ type }) => type === 'http in')).toEqual([])
  })
})
