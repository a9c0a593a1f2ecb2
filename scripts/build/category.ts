import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { filesOf } from './discover.ts'
import { type ByLanguage, byLanguage } from './languages.ts'
import { messageOf, type Problem } from './problem.ts'

/** How a category shows in the palette. */
export interface PaletteEntry {
  /** Light and muted: Node-RED writes a node's label in dark grey, in both themes. */
  readonly colour: string
  readonly label: ByLanguage<string>
}

const label = z.string().min(1)
const entrySchema = z.strictObject({
  colour: z.string().regex(/^#[0-9A-F]{6}$/, 'must be #RRGGBB'),
  label: z.strictObject({ 'en-US': label, 'pt-BR': label, fr: label }),
})

export interface Palette {
  /** One that no domain describes has its name for a label. */
  of(category: string): PaletteEntry
  readonly problems: readonly Problem[]
}

const plainColour = '#D3D7DB'

/** Of `palette.json` in a domain's folder, about the category of the folder's name. */
export async function readPalette(nodesDir: string): Promise<Palette> {
  const entries = new Map<string, PaletteEntry>()
  const problems: Problem[] = []
  for (const file of await filesOf(nodesDir, '*/palette.json')) {
    try {
      const text = await readFile(join(nodesDir, file), 'utf8')
      entries.set(dirname(file), entrySchema.parse(JSON.parse(text)))
    } catch (error) {
      problems.push({ where: file, what: messageOf(error) })
    }
  }
  return {
    problems,
    of: (category) => entries.get(category) ?? { colour: plainColour, label: byLanguage(() => category) },
  }
}

/** Not with `-`: Node-RED takes what stands before one for the heading, and all our nodes would be under it. */
export const paletteCategory = (category: string): string => `fleetloom_${category}`
