import { GLOBALS, nameFiles } from './file-names.ts'
import { isContainer, isTab, textOf } from './flow-node.ts'
import type { FlowNode } from './flow-node.ts'

/** The flow array as files: nodes by file name (without `.json`). */
export interface FlowFiles {
  readonly files: ReadonlyMap<string, readonly FlowNode[]>
  /** File names of the tabs in the order of the editor; empty when that is the alphabetical order. */
  readonly tabOrder: readonly string[]
}

export const NO_FILES: FlowFiles = { files: new Map(), tabOrder: [] }

const FIRST = ['id', 'type', 'z', 'name']
/** What the editor changes when a node is moved, resized, grouped or wired, so that the rest reads undisturbed. */
const LAST = ['x', 'y', 'w', 'h', 'g', 'wires']

function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** The node's keys in the order in which they are written. */
export function keyOrder(node: FlowNode): string[] {
  const isKept = (key: string): boolean => node[key] !== undefined
  const middle = Object.keys(node).filter((key) => !FIRST.includes(key) && !LAST.includes(key))
  return [...FIRST, ...middle.sort(byCodeUnit), ...LAST].filter(isKept)
}

/** The same node with its keys in canonical order, as the revision is a hash over the serialised array. */
export function canonicalNode(node: FlowNode): FlowNode {
  const ordered = Object.fromEntries(keyOrder(node).map((key) => [key, node[key]]))
  return { ...ordered, id: node.id, type: node.type }
}

interface Place {
  readonly file: string
  readonly index: number
}

function placesOf({ files }: FlowFiles): Map<string, Place> {
  const places = new Map<string, Place>()
  for (const [file, nodes] of files) {
    for (const [index, node] of nodes.entries()) places.set(node.id, { file, index })
  }
  return places
}

/**
 * Splits a flow array into files. Within a file nodes keep the order they have in `previous` and new ones come after them,
 * whatever order the editor sends: a file that people have laid out stays as it is, and a diff shows only what changed.
 */
export function toFiles(flows: readonly FlowNode[], previous: FlowFiles = NO_FILES): FlowFiles {
  const places = placesOf(previous)
  const tabs = flows.filter(isTab)
  const containers = [...tabs, ...flows.filter((node) => node.type === 'subflow')]
  const present = new Map(
    containers.flatMap(({ id }) => {
      const place = places.get(id)
      return place === undefined ? [] : [[id, place.file] as const]
    }),
  )
  const names = nameFiles(containers, present)

  const byFile = new Map<string, { from: string; nodes: FlowNode[] }>()
  for (const { id } of containers) {
    byFile.set(names.get(id) ?? GLOBALS, { from: present.get(id) ?? '', nodes: [] })
  }
  byFile.set(GLOBALS, { from: GLOBALS, nodes: [] })
  for (const node of flows) {
    const owner = isContainer(node) ? node.id : (textOf(node, 'z') ?? '')
    byFile.get(names.get(owner) ?? GLOBALS)?.nodes.push(canonicalNode(node))
  }

  const files = new Map<string, readonly FlowNode[]>()
  for (const [file, { from, nodes }] of byFile) {
    const rank = (node: FlowNode): number => {
      if (isContainer(node)) return -1
      const place = places.get(node.id)
      return place?.file === from ? place.index : Number.MAX_SAFE_INTEGER
    }
    if (nodes.length > 0)
      files.set(
        file,
        nodes.toSorted((a, b) => rank(a) - rank(b)),
      )
  }
  const tabNames = tabs.map(({ id }) => names.get(id) ?? GLOBALS)
  const isAlphabetical = tabNames.every((name, index) => index === 0 || (tabNames[index - 1] ?? '') < name)
  return { files, tabOrder: isAlphabetical ? [] : tabNames }
}

/** Joins files into one flow array: tabs in the editor's order, the other files by name, globals last. */
export function toFlows({ files, tabOrder }: FlowFiles): FlowNode[] {
  const ordered = new Set(tabOrder.filter((name) => files.has(name)))
  const others = [...files.keys()].filter((name) => name !== GLOBALS && !ordered.has(name)).sort(byCodeUnit)
  return [...ordered, ...others, GLOBALS].flatMap((name) => files.get(name) ?? [])
}
