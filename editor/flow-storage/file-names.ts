import { isTab, textOf } from './flow-node.ts'
import type { FlowNode } from './flow-node.ts'

/** Base name (without `.json`) of the file for config nodes and whatever belongs to no tab or subflow. */
export const GLOBALS = 'globals'
/** Base name of the file that keeps the order of the tabs when it is not the alphabetical one. */
export const TAB_ORDER = 'tab-order'

const MAX_SLUG_LENGTH = 80
const COMBINING_MARKS = /\p{M}/gu

function slugOf(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(COMBINING_MARKS, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG_LENGTH)
    .replaceAll(/^-+|-+$/g, '')
}

/** The name a tab's or subflow's file would have if no other wanted the same. */
export function wantedName(container: FlowNode): string {
  const label = isTab(container) ? textOf(container, 'label') : textOf(container, 'name')
  const slug = slugOf(label ?? '') || slugOf(`${container.type} ${container.id}`)
  return isTab(container) ? slug : `subflow-${slug}`
}

function isNumbered(name: string, wanted: string): boolean {
  return name.startsWith(`${wanted}-`) && /^\d+$/.test(name.slice(wanted.length + 1))
}

/**
 * A file name for every tab and subflow, unique, following its label. Those of the same label are numbered, and keep their
 * number (`previous`: id to present name) as long as the plain name is taken, so that files are not renamed for nothing.
 */
export function nameFiles(
  containers: readonly FlowNode[],
  previous: ReadonlyMap<string, string>,
): Map<string, string> {
  const names = new Map<string, string>()
  const taken = new Set([GLOBALS, TAB_ORDER])
  const claim = (id: string, name: string): void => {
    names.set(id, name)
    taken.add(name)
  }
  const entries = containers.map((container) => ({
    id: container.id,
    wanted: wantedName(container),
    present: previous.get(container.id),
  }))
  for (const { id, wanted, present } of entries) {
    if (present === wanted && !taken.has(wanted)) claim(id, wanted)
  }
  // A numbered name can itself be the wanted name of another ("zone-2"): shorter names first settles who rests on whom.
  const numbered = entries
    .flatMap(({ id, wanted, present }) => (present === undefined ? [] : [{ id, wanted, present }]))
    .sort((a, b) => a.present.length - b.present.length)
  for (const { id, wanted, present } of numbered) {
    const keeps = !names.has(id) && isNumbered(present, wanted) && taken.has(wanted) && !taken.has(present)
    if (keeps) claim(id, present)
  }
  for (const { id, wanted } of entries) {
    if (names.has(id)) continue
    let name = wanted
    for (let number = 2; taken.has(name); number++) name = `${wanted}-${number}`
    claim(id, name)
  }
  return names
}
