import type { Import } from './imports.ts'

export const platformRoom = 'nodes/platform'

/** The room of a file of the project; undefined for a package. Each domain is a room of its own. */
export function roomOf(file: string): string | undefined {
  const [top = '', second = ''] = file.split('/')
  if (!file.endsWith('.ts') && !file.endsWith('.js')) return undefined
  return top === 'nodes' ? `${top}/${second}` : top
}

/** The room of a file, or the file itself; undefined for a package. */
type UnitOf = (file: string) => string | undefined

export const fileOf: UnitOf = (file) => (roomOf(file) === undefined ? undefined : file)

/** Imports that leave their room. */
export const crossing = (imports: readonly Import[], unitOf: UnitOf = roomOf): readonly Import[] =>
  imports.filter(({ from, to }) => unitOf(to) !== undefined && unitOf(from) !== unitOf(to))

/** Rooms from which one comes back to them by the arrows of these imports, each with the rooms on such a way. */
export function circlesOf(
  imports: readonly Import[],
  unitOf: UnitOf = roomOf,
): readonly (readonly string[])[] {
  const arrows = new Map<string, Set<string>>()
  for (const { from, to } of crossing(imports, unitOf)) {
    const [room = '', next = ''] = [unitOf(from), unitOf(to)]
    arrows.set(room, (arrows.get(room) ?? new Set()).add(next))
  }
  const reach = (room: string): ReadonlySet<string> => {
    const seen = new Set<string>()
    const waiting = [...(arrows.get(room) ?? [])]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen.has(next)) continue
      seen.add(next)
      waiting.push(...(arrows.get(next) ?? []))
    }
    return seen
  }
  const reached = new Map([...arrows.keys()].map((room) => [room, reach(room)]))
  const circles = new Map<string, readonly string[]>()
  for (const [room, others] of reached) {
    const circle = [...others].filter((other) => reached.get(other)?.has(room) === true).toSorted()
    if (circle.length > 0) circles.set(circle.join(), circle)
  }
  return [...circles.values()]
}
