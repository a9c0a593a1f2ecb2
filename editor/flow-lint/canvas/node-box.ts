import { type FlowNode, textOf } from '../../flow-storage/flow-node.ts'
import { isOnCanvas, wiresOf } from '../graph.ts'
import type { NodeTypes, OperationRoutes } from '../rule.ts'
import { labelOf } from './node-label.ts'
import { textWidth } from './text-width.ts'

/** Where something is drawn, in px: its edges. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export interface Drawing {
  readonly nodeTypes: NodeTypes
  readonly operations: OperationRoutes
}

/** Node-RED's `node_width` and `node_height`: the least that a node measures. */
export const leastWidth = 100
export const leastHeight = 30
const widthStep = 20
const besidesLabel = 50
const besidesLabelWithInput = 57
const portHeight = 15
const lineHeight = 24
const besidesLines = 6
/** A junction is a dot. */
const junctionSize = 10

const withoutInput = new Set(['catch', 'comment', 'complete', 'http in', 'inject', 'mqtt in', 'status'])
const withoutLabel = new Set(['link in', 'link out'])

/** How the editor draws a node, as its `view.js` reckons: a label that is a little narrower than `textWidth` says. */
export function boxOf(node: FlowNode, drawing: Drawing): Box {
  const x = Number(node['x'])
  const y = Number(node['y'])
  const { width, height } = sizeOf(node, drawing)
  return { left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 }
}

/** The box that a group keeps of its own; undefined when the editor never drew it. */
export function groupBox({ x, y, w, h }: FlowNode): Box | undefined {
  if (typeof x !== 'number' || typeof y !== 'number' || typeof w !== 'number' || typeof h !== 'number')
    return undefined
  return { left: x, top: y, right: x + w, bottom: y + h }
}

/** What stands in a tab or subflow, with its boxes. */
export function drawnNodes(
  flows: readonly FlowNode[],
  drawing: Drawing,
): ReadonlyMap<string, readonly (readonly [FlowNode, Box])[]> {
  const drawn = flows.filter(isOnCanvas).map((node) => [node, boxOf(node, drawing)] as const)
  return Map.groupBy(drawn, ([node]) => textOf(node, 'z') ?? '')
}

export const areOverlapping = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom

export const isWithin = (inner: Box, outer: Box): boolean =>
  inner.left >= outer.left &&
  inner.right <= outer.right &&
  inner.top >= outer.top &&
  inner.bottom <= outer.bottom

function sizeOf(node: FlowNode, drawing: Drawing): { readonly width: number; readonly height: number } {
  if (node.type === 'junction') return { width: junctionSize, height: junctionSize }
  const own = drawing.nodeTypes.get(node.type)
  const ports = Math.max(wiresOf(node).length, own?.outputs.length ?? 0) * portHeight
  if (node['l'] === false || (withoutLabel.has(node.type) && node['l'] !== true))
    return { width: leastHeight, height: Math.max(leastHeight, ports) }
  const hasInput = own === undefined ? !withoutInput.has(node.type) : own.input !== undefined
  // As people write them: the editor begins a line at each backslash, n and blank.
  const lines = labelOf(node, drawing).split('\\n ')
  const label =
    Math.max(...lines.map((line) => textWidth(line.trim()))) +
    (hasInput ? besidesLabelWithInput : besidesLabel)
  return {
    width: Math.max(leastWidth, widthStep * Math.ceil(label / widthStep)),
    height: Math.max(besidesLines + lineHeight * lines.length, ports),
  }
}
