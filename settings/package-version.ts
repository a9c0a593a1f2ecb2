import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'

const packageSchema = z.object({ version: z.string() })

/** Of this program, as its `package.json` has it. */
export async function packageVersion(): Promise<string> {
  const file = path.join(import.meta.dirname, '../package.json')
  return packageSchema.parse(JSON.parse(await readFile(file, 'utf8'))).version
}
