import type { FlowNode } from '../../flow-storage/flow-node.ts'
import { lintFlows } from '../lint.ts'
import type { NodeTypes, OperationRoutes, Rule } from '../rule.ts'

export const nodeTypes: NodeTypes = new Map([
  ['guard', { input: ['any'], outputs: [['request']] }],
  ['reply', { input: ['any'], outputs: [] }],
  ['uplink', { outputs: [['uplink']] }],
  ['decode', { input: ['uplink'], outputs: [['reading'], ['dead-letter']] }],
  ['calibrate', { input: ['reading'], outputs: [['reading']] }],
  ['mixed', { input: ['any'], outputs: [['reading', 'booking'], ['problem']], errorOutputs: [] }],
  ['dead-letter', { input: ['dead-letter', 'error'], outputs: [] }],
  ['class', { outputs: [] }],
  [
    'command',
    { input: ['request'], outputs: [['reading'], ['outcome']], ownOutputs: [0], serves: ['sendCommand'] },
  ],
  ['request', { outputs: [['request'], ['outcome']] }],
  ['device', { input: ['request'], outputs: [['outcome']], serves: ['devices'] }],
  ['history', { input: ['request'], outputs: [['outcome']], serves: ['history'] }],
])

const operations: OperationRoutes = new Map([
  ['getDevice', { method: 'get', path: '/api/devices/:id', tag: 'devices' }],
  ['sendCommand', { method: 'post', path: '/api/commands', tag: 'commands' }],
  ['createDevice', { method: 'post', path: '/api/devices', tag: 'devices' }],
])

/** A node on tab `t`, wired to these, one list for each output. */
export function node(id: string, type: string, wires: string[][] = [], more: object = {}): FlowNode {
  return { z: 't', x: 1, y: 1, wires, ...more, id, type }
}

/** What one rule says about nodes of the tab `t`: `severity id: message`. */
export function complaints({ name }: Rule, nodes: readonly FlowNode[], tab: object = {}): string[] {
  const flows = [{ ...tab, id: 't', type: 'tab', label: 'Tab' }, ...nodes]
  return lintFlows(flows, nodeTypes, { operations })
    .filter(({ rule }) => rule === name)
    .map(({ severity, nodeId, message }) => `${severity} ${nodeId}: ${message}`)
}
