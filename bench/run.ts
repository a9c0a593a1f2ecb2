/**
 * `npm run bench [-- NAME …options]`: runs one bench, or lists all and runs them one after the other.
 * A bench is a folder with a `main.ts` that exports `about`, `usage` and `run`, so adding one touches no other file.
 */
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { exit } from 'node:process'

const home = dirname(fileURLToPath(import.meta.url))

interface Bench {
  readonly about: string
  /** What `--help` shows. */
  readonly usage: string
  run(args: readonly string[]): Promise<void>
}

function isBench(candidate: unknown): candidate is Bench {
  if (typeof candidate !== 'object' || candidate === null) return false
  return (
    'about' in candidate &&
    typeof candidate.about === 'string' &&
    'usage' in candidate &&
    typeof candidate.usage === 'string' &&
    'run' in candidate &&
    typeof candidate.run === 'function'
  )
}

async function load(name: string): Promise<Bench> {
  const found: unknown = await import(pathToFileURL(join(home, name, 'main.ts')).href)
  if (!isBench(found)) throw new Error(`bench/${name}/main.ts must export about, usage and run`)
  return found
}

const names = readdirSync(home)
  .filter((name) => existsSync(join(home, name, 'main.ts')))
  .sort()
const [wanted, ...args] = process.argv.slice(2)

if (wanted !== undefined && !wanted.startsWith('--')) {
  if (!names.includes(wanted)) {
    console.error(`There is no bench called ${wanted}. Known: ${names.join(', ')}`)
    exit(2)
  }
  const bench = await load(wanted)
  if (args.includes('--help')) console.log(`${bench.about}\n\n${bench.usage}`)
  else await bench.run(args)
} else {
  for (const name of names) console.log(`${name.padEnd(16)}${(await load(name)).about}`)
  if (wanted !== '--list' && wanted !== '--help') {
    const options = process.argv.slice(2)
    for (const name of names) {
      const bench = await load(name)
      await bench.run(options)
    }
  }
}
