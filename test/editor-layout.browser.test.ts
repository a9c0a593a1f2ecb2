import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { nodesDir, type RunningEditor, startEditor } from '../scripts/build/editor.fixture.ts'
import { readNodeTypes, readOperations } from '../settings/commands/flows.ts'
import { boxOf, type Drawing } from '../editor/flow-lint/canvas/node-box.ts'
import { textWidth } from '../editor/flow-lint/canvas/text-width.ts'
import { wirePath } from '../editor/flow-lint/canvas/wire-path.ts'
import { isOnCanvas } from '../editor/flow-lint/graph.ts'
import { toFlows } from '../editor/flow-storage/canonical.ts'
import { readFlowDirectory } from '../editor/flow-storage/flow-directory.ts'
import { type FlowNode, isTab } from '../editor/flow-storage/flow-node.ts'
import { browserPath, isBrowserMissing, launchBrowser, openPage } from './harness/browser.ts'

const pointSchema = z.object({ x: z.number(), y: z.number() })
const drawnSchema = z.object({
  sizes: z.array(z.object({ id: z.string(), width: z.number(), height: z.number() })),
  wires: z.array(z.object({ from: pointSchema, to: pointSchema, points: z.array(pointSchema) })),
})
type Drawn = z.output<typeof drawnSchema>

/** What the editor has drawn of the tab that it shows, the wires as points along their paths. */
const readDrawn = `(() => {
  const tab = RED.workspaces.active()
  const sizes = RED.nodes.filterNodes({ z: tab }).map(({ id, w, h }) => ({ id, width: w, height: h }))
  const lines = [...document.querySelectorAll('.red-ui-flow-link-line')]
  const wires = lines.map((line) => {
    const { x1, y1, x2, y2 } = line.__data__
    const length = line.getTotalLength()
    const points = Array.from({ length: 41 }, (_, index) => {
      const { x, y } = line.getPointAtLength((length * index) / 40)
      return { x, y }
    })
    return { from: { x: x1, y: y1 }, to: { x: x2, y: y2 }, points }
  })
  return { sizes, wires }
})()`

const sample = 'from the stream'
const readSampleWidth = `(() => {
  const context = document.createElement('canvas').getContext('2d')
  context.font = '14px Arial'
  return context.measureText(${JSON.stringify(sample)}).width
})()`

/** One tab with a wire of every kind: forwards near and far, and backwards within a row, near, far, down and up. */
const wiry: readonly FlowNode[] = [
  { id: 'wiry', type: 'tab', label: 'wiry' },
  ...[
    [30, 0],
    [200, 300],
    [-300, 0],
    [-300, 4],
    [-300, 60],
    [-300, -60],
    [-600, 400],
    [-600, -400],
    [-20, 700],
  ].flatMap(([dx = 0, dy = 0], index) => {
    const from = { x: 1000, y: 500 + index * 40 }
    return [
      { id: `from${index}`, type: 'calibrate', z: 'wiry', name: '', ...from, wires: [[`to${index}`], []] },
      {
        id: `to${index}`,
        type: 'calibrate',
        z: 'wiry',
        name: '',
        x: from.x + 120 + dx,
        y: from.y + dy,
        wires: [[], []],
      },
    ]
  }),
]

const plain = { z: 'labels', x: 500, wires: [] }
/** What is written on a node that has no name, or one of several lines. */
const labelled = (ownTypes: readonly string[]): readonly FlowNode[] => [
  { id: 'labels', type: 'tab', label: 'labels' },
  ...[
    ...ownTypes.map((type) => ({ type })),
    { type: 'calibrate', name: 'one line\\n and a longer one\\n of three' },
    { type: 'change', rules: [{ t: 'set', p: 'payload.reading.value', pt: 'flow', to: '', tot: 'str' }] },
    { type: 'change', rules: ['a', 'b'].map((p) => ({ t: 'delete', p, pt: 'msg' })) },
    { type: 'debug', complete: 'true', targetType: 'full' },
    { type: 'debug', complete: 'payload.readings', targetType: 'msg' },
    { type: 'http in', method: 'get', url: '/api/v1/devices/:id' },
    { type: 'http in' },
    { type: 'http response', statusCode: '201' },
    { type: 'http response' },
    { type: 'catch' },
    { type: 'status' },
  ].map((node, index) => Object.assign({ id: `label${index}`, y: 40 + index * 80 }, plain, node)),
]

describe.skipIf(isBrowserMissing)(`the layout that the flow lint reckons with (needs ${browserPath})`, () => {
  let editor: RunningEditor
  let browser: Browser
  let page: Page
  let flows: readonly FlowNode[]
  let drawing: Drawing

  beforeAll(async () => {
    browser = await launchBrowser()
    editor = await startEditor()
    const { content } = await readFlowDirectory(path.join(nodesDir, '../flows'))
    drawing = { nodeTypes: await readNodeTypes(), operations: await readOperations() }
    flows = [...toFlows(content), ...wiry, ...labelled([...drawing.nodeTypes.keys()])]
    const deployed = await fetch(`${editor.url}/flows`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(flows),
    })
    if (!deployed.ok) throw new Error(`the editor did not take the flows: ${deployed.status}`)
    page = await openPage(browser, {}, { complaints: [], outside: [], received: [] })
    await page.goto(editor.url)
    await page.waitForFunction(`window.RED?.nodes?.workspace('wiry') !== undefined`)
    // Kerning makes a pixel of difference, another font a dozen.
    const drawnPx = await page.evaluate<number>(readSampleWidth)
    if (Math.abs(drawnPx - textWidth(sample)) > 3)
      throw new Error('there is no font here with the measures of Arial, such as that of fonts-liberation')
  })

  afterAll(async () => {
    await editor[Symbol.asyncDispose]()
    await browser.close()
  })

  async function show(tab: FlowNode): Promise<Drawn> {
    const nodes = flows.filter((node) => node['z'] === tab.id && isOnCanvas(node))
    const wires = nodes.flatMap(({ wires: own }) => z.array(z.array(z.string())).parse(own).flat())
    await page.evaluate(`RED.workspaces.show(${JSON.stringify(tab.id)})`)
    await page.waitForFunction(`RED.workspaces.active() === ${JSON.stringify(tab.id)}
      && document.querySelectorAll('.red-ui-flow-node-group').length === ${nodes.length}
      && document.querySelectorAll('.red-ui-flow-link-line').length === ${wires.length}
      && [...document.querySelectorAll('.red-ui-flow-link-line')].every((line) => line.getTotalLength() > 0)`)
    return drawnSchema.parse(await page.evaluate<unknown>(readDrawn))
  }

  test('has nodes as large as the editor draws them, or a step of 20 px wider', async () => {
    const seen = new Set<string>()
    for (const tab of flows.filter(isTab)) {
      const { sizes } = await show(tab)
      for (const { id, width, height } of sizes) {
        const node = flows.find((each) => each.id === id)
        const box = boxOf(node ?? { id, type: '' }, drawing)
        expect([id, box.bottom - box.top]).toEqual([id, height])
        expect([id, [width, width + 20].includes(box.right - box.left)]).toEqual([id, true])
        seen.add(id)
      }
    }
    expect(seen.size).toBe(flows.filter(isOnCanvas).length)
  })

  test('has wires where the editor draws them', async () => {
    const distances: number[] = []
    for (const tab of flows.filter(isTab)) {
      const { wires } = await show(tab)
      for (const { from, to, points } of wires) {
        const reckoned = wirePath(from, to)
        for (const { x, y } of points)
          distances.push(Math.min(...reckoned.map((point) => Math.hypot(point.x - x, point.y - y))))
      }
    }
    expect(distances.length).toBeGreaterThan(2000)
    // Half the way between two of our points, and the corners of the dip, which are cut.
    expect(Math.max(...distances)).toBeLessThan(12)
  })

  test('is how a request node says which route it serves', async () => {
    const tab = flows.find(({ label }) => label === 'device-api')
    expect(tab).toBeDefined()
    if (tab !== undefined) await show(tab)
    const labels = await page.locator('.red-ui-flow-node-label-text').allTextContents()
    expect(labels).toContain('POST /api/v1/devices')
  })
})
