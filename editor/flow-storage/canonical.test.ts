import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NO_FILES, toFiles, toFlows } from './canonical.ts'
import type { FlowFiles } from './canonical.ts'
import { textsOf } from './flow-directory.ts'
import type { FlowNode } from './flow-node.ts'
import { anyFlows, twoTabs, withChange } from './flows.fixture.ts'
import { formatNodes } from './format.ts'
import { parseNodes } from './parse.ts'

function throughText(files: FlowFiles): FlowFiles {
  const parsed = [...files.files].map(
    ([name, nodes]) => [name, parseNodes(name, formatNodes(nodes))] as const,
  )
  return { ...files, files: new Map(parsed) }
}

function byId(flows: readonly FlowNode[]): Map<string, FlowNode> {
  return new Map(flows.map((node) => [node.id, node]))
}

/** JSON has no -0, so neither have flows. */
function asJson(flows: FlowNode[]): FlowNode[] {
  return parseNodes('', JSON.stringify(flows))
}

function changedLines(before: Map<string, string>, after: Map<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const old = (before.get(name) ?? '').split('\n')
    const now = (after.get(name) ?? '').split('\n')
    const lines = Array.from({ length: Math.max(old.length, now.length) }, (_, line) => line)
    return lines.filter((line) => old[line] !== now[line]).map((line) => `${name}:${line}`)
  })
}

describe('flows as files', () => {
  test('come back the same, but for their order', () => {
    fc.assert(
      fc.property(anyFlows, (flows) => {
        const back = toFlows(throughText(toFiles(flows)))
        expect(back).toHaveLength(flows.length)
        expect(byId(back)).toEqual(byId(asJson(flows)))
      }),
    )
  })

  test('stay as they are when written again, whatever order the editor sends within tabs', () => {
    fc.assert(
      fc.property(anyFlows, anyFlows, (older, flows) => {
        const files = toFiles(flows, toFiles(older))
        const joined = toFlows(files)
        const tabs = joined.filter((node) => node.type === 'tab')
        const shuffled = [...tabs, ...joined.filter((node) => node.type !== 'tab').toReversed()]
        for (const again of [joined, shuffled]) {
          const rewritten = toFiles(again, throughText(files))
          expect(textsOf(rewritten)).toEqual(textsOf(files))
          expect(JSON.stringify(toFlows(rewritten))).toBe(JSON.stringify(joined))
        }
      }),
    )
  })

  test('change by one line of one file when a node is moved', () => {
    // A y that is no number was not put there by the editor, and may take lines of its own.
    const isPlaced = (node: FlowNode): boolean =>
      typeof node['x'] === 'number' && typeof node['y'] === 'number'
    const placed = anyFlows.filter((flows) => flows.some(isPlaced))
    fc.assert(
      fc.property(placed, fc.nat(), (flows, pick) => {
        const movable = flows.filter(isPlaced)
        const chosen = movable[pick % movable.length]
        const files = toFiles(flows)
        const moved = withChange(flows, chosen?.id ?? '', { x: 7777, y: 8888 })
        expect(changedLines(textsOf(files), textsOf(toFiles(moved, files)))).toHaveLength(1)
      }),
    )
  })

  test('are one file per tab and subflow, and one for the rest', () => {
    const flows = [
      ...twoTabs(),
      { id: 's', type: 'subflow', name: 'Retry twice' },
      { id: 'inner', type: 'debug', z: 's' },
      { id: 'broker', type: 'mqtt-broker' },
      { id: 'scoped', type: 'mqtt-broker', z: 'tab-b' },
      { id: 'lost', type: 'debug', z: 'no-such-tab' },
    ]
    const ids = [...toFiles(flows).files].map(([name, nodes]) => [name, nodes.map(({ id }) => id)])
    expect(Object.fromEntries(ids)).toEqual({
      ingestion: ['tab-a', 'in', 'fn', 'out'],
      alerts: ['tab-b', 'log', 'scoped'],
      'subflow-retry-twice': ['s', 'inner'],
      globals: ['broker', 'lost'],
    })
  })

  test('keep the layout of a file and put new nodes at its end, the tab first', () => {
    const previous = toFiles(twoTabs())
    const added = { id: 'aaa', type: 'debug', z: 'tab-a' }
    const { files } = toFiles([added, ...twoTabs().toReversed()], previous)
    expect(files.get('ingestion')?.map(({ id }) => id)).toEqual(['tab-a', 'in', 'fn', 'out', 'aaa'])
  })

  test('take a node along that is moved to another tab', () => {
    const moved = withChange(twoTabs(), 'in', { z: 'tab-b' })
    const { files } = toFiles(moved, toFiles(twoTabs()))
    expect(files.get('ingestion')?.map(({ id }) => id)).toEqual(['tab-a', 'fn', 'out'])
    expect(files.get('alerts')?.map(({ id }) => id)).toEqual(['tab-b', 'log', 'in'])
  })

  test('remember the order of tabs only when it is not the alphabetical one', () => {
    const flows = twoTabs()
    expect(toFiles(flows).tabOrder).toEqual(['ingestion', 'alerts'])
    expect(toFiles(flows.toReversed()).tabOrder).toEqual([])
    const tabs = toFlows(toFiles(flows, NO_FILES)).filter((node) => node.type === 'tab')
    expect(tabs.map(({ id }) => id)).toEqual(['tab-a', 'tab-b'])
  })
})
