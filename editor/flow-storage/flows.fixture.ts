import * as fc from 'fast-check'
import type { FlowNode } from './flow-node.ts'

const LABELS = [
  'Alerts',
  'alerts',
  'Zone',
  'Zone 2',
  'Zone 2-2',
  'Überblick',
  '日本',
  '',
  'Globals',
  'Tab order',
  'Subflow X',
]
const HOLDERS = ['h0', 'h1', 'h2', 'h3', 'h4', 'gone']

const label = fc.constantFrom(...LABELS)
const coordinate = fc.integer({ min: -5000, max: 5000 })
/** `__proto__` can't be a property that zod and spreading keep; no node has it. */
const extras = fc.dictionary(
  fc.string().filter((key) => !['__proto__', 'id', 'type', 'z'].includes(key)),
  fc.jsonValue(),
  { maxKeys: 4 },
)

const tab = fc.record({ type: fc.constant('tab'), label })
const subflow = fc.record({ type: fc.constant('subflow'), name: label })
const plain = fc.record(
  {
    type: fc.constantFrom('inject', 'debug', 'group', 'mqtt-broker'),
    z: fc.constantFrom(...HOLDERS),
    name: fc.string(),
    x: coordinate,
    y: coordinate,
    g: fc.string(),
    wires: fc.array(fc.array(fc.string())),
  },
  { requiredKeys: ['type'] },
)

function joined<A extends object, B extends object>([first, second]: [A, B]): A & B {
  return { ...first, ...second }
}

const extended = <T extends object>(own: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.tuple(extras, own).map(joined)

function numbered<T extends { type: string }>(
  prefix: string,
  own: fc.Arbitrary<T>,
): fc.Arbitrary<FlowNode[]> {
  const withId = (node: T, index: number): FlowNode => ({ ...node, id: `${prefix}${index}` })
  return fc.array(extended(own), { maxLength: 8 }).map((nodes) => nodes.map(withId))
}

/** Flow arrays in any order, with clashing labels, odd properties and nodes that belong nowhere. */
export const anyFlows: fc.Arbitrary<FlowNode[]> = fc
  .tuple(numbered('h', fc.oneof(tab, subflow)), numbered('n', plain))
  .chain(([holders, nodes]) => {
    const flows = holders.concat(nodes)
    return fc.shuffledSubarray(flows, { minLength: flows.length })
  })

export function withChange(flows: readonly FlowNode[], id: string, change: object): FlowNode[] {
  const changed = (node: FlowNode): FlowNode => (node.id === id ? { ...node, ...change } : node)
  return flows.map(changed)
}

/** Two tabs of core nodes and a config node, as an editor would send them. */
export function twoTabs(): FlowNode[] {
  return [
    { id: 'tab-a', type: 'tab', label: 'Ingestion', disabled: false, info: '', env: [] },
    { id: 'tab-b', type: 'tab', label: 'Alerts', disabled: false, info: '', env: [] },
    {
      id: 'in',
      type: 'inject',
      z: 'tab-a',
      name: '',
      props: [{ p: 'payload' }],
      repeat: '',
      crontab: '',
      once: false,
      onceDelay: 0.1,
      topic: '',
      payload: '',
      payloadType: 'date',
      x: 100,
      y: 80,
      wires: [['fn']],
    },
    {
      id: 'fn',
      type: 'function',
      z: 'tab-a',
      name: 'double',
      func: 'msg.payload *= 2\nreturn msg',
      outputs: 1,
      timeout: 0,
      noerr: 0,
      initialize: '',
      finalize: '',
      libs: [],
      x: 300,
      y: 80,
      wires: [['out']],
    },
    {
      id: 'out',
      type: 'debug',
      z: 'tab-a',
      name: 'see',
      active: false,
      tosidebar: true,
      console: false,
      tostatus: false,
      complete: 'payload',
      targetType: 'msg',
      statusVal: '',
      statusType: 'auto',
      x: 500,
      y: 80,
      wires: [],
    },
    {
      id: 'log',
      type: 'debug',
      z: 'tab-b',
      name: 'log',
      active: false,
      tosidebar: true,
      console: false,
      tostatus: false,
      complete: 'payload',
      targetType: 'msg',
      statusVal: '',
      statusType: 'auto',
      x: 200,
      y: 40,
      wires: [],
    },
  ]
}
