import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'

const names = z.record(z.string(), z.string()).default({})
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      dependencies: names,
      optionalDependencies: names,
      devDependencies: names,
      resolved: z.string().optional(),
      integrity: z.string().optional(),
      link: z.boolean().default(false),
      /** Comes within another package. */
      inBundle: z.boolean().default(false),
    }),
  ),
})
const lockFile = path.join(import.meta.dirname, '../package-lock.json')
const { packages } = lockSchema.parse(JSON.parse(await readFile(lockFile, 'utf8')))

/** Where Node looks for it: beside the package that needs it, then further up. */
function findPackage(from: string, name: string): string | undefined {
  const at = `${from === '' ? '' : `${from}/`}node_modules/${name}`
  if (packages[at] !== undefined) return at
  const up = Math.max(from.lastIndexOf('/node_modules/'), from.startsWith('node_modules/') ? 0 : -1)
  return from === '' ? undefined : findPackage(from.slice(0, Math.max(up, 0)), name)
}

test('the lock lists every package that another needs, those of other platforms too, as npm ci wants it', () => {
  const missing = Object.entries(packages).flatMap(([from, each]) =>
    Object.keys({ ...each.dependencies, ...each.optionalDependencies, ...each.devDependencies })
      .filter((name) => findPackage(from, name) === undefined)
      .map((name) => `${from} needs ${name}`),
  )
  expect(missing).toEqual([])
  expect(findPackage('node_modules/esbuild', '@esbuild/win32-x64')).toBe('node_modules/@esbuild/win32-x64')
})

test('the lock names contents, and no registry', () => {
  const own = Object.entries(packages).filter(
    ([at, { inBundle, link }]) => at.startsWith('node_modules/') && !link && !inBundle,
  )
  expect(own.filter(([, { integrity }]) => integrity === undefined).map(([at]) => at)).toEqual([])
  const hosts = Object.values(packages).filter(({ resolved }) => resolved?.includes('://') === true)
  expect(hosts).toEqual([])
})
