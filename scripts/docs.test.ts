import { glob, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { faultOfClass } from '../nodes/devices/class-faults.ts'
import { deviceClassSchema } from '../nodes/devices/device-class.ts'
import { settingsSchema } from '../settings/env.ts'

const root = path.join(import.meta.dirname, '..')
const read = (name: string): Promise<string> => readFile(path.join(root, name), 'utf8')
const pages = ['README.md', 'CONTRIBUTING.md']
for await (const page of glob('docs/**/*.md', { cwd: root })) pages.push(page)

const withoutCode = (text: string): string => text.replaceAll(/^```[^]*?^```$/gm, '')
const exists = (name: string): Promise<boolean> =>
  stat(path.join(root, name)).then(
    () => true,
    () => false,
  )

/** As hosts of git repositories make them of headings. */
const anchorsOf = (text: string): readonly string[] =>
  [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

test.each(pages)('every link and image of %s leads somewhere', async (page) => {
  const broken: string[] = []
  for (const [, target = ''] of withoutCode(await read(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^https?:/.test(target)) continue
    const [file = '', anchor] = target.split('#')
    const name = file === '' ? page : path.join(path.dirname(page), file)
    if (!(await exists(name))) broken.push(target)
    else if (anchor !== undefined && !anchorsOf(await read(name)).includes(anchor)) broken.push(target)
  }
  expect(broken).toEqual([])
})

test.each(pages)('every npm script that %s names exists', async (page) => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await read('package.json')))
  const text = await read(page)
  const named = [
    ...[...text.matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1] ?? ''),
    ...[...text.matchAll(/npm (start|test)\b/g)].map((match) => match[1] ?? ''),
  ]
  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([])
})

test.each(pages)('every file of the project that %s names is there', async (page) => {
  const named = [
    ...withoutCode(await read(page)).matchAll(
      /`((?:nodes|engines|editor|settings|scripts|flows|docs|sim|test|bench)\/[\w./-]+)`/g,
    ),
  ]
    .map((match) => match[1] ?? '')
    .filter((name) => !name.includes('…') && !name.startsWith('nodes/dist'))
  const missing: string[] = []
  for (const name of named) if (!(await exists(name))) missing.push(name)
  expect(missing).toEqual([])
})

test('the table of settings in the README has each one once, with its default', async () => {
  const rows = [...(await read('README.md')).matchAll(/^\| `([A-Z_]+)` \| (?:`([^`]*)`|[^|]*?) \|/gm)]
  expect(rows.map((row) => row[1])).toEqual(Object.keys(settingsSchema.shape))

  const defaults = settingsSchema.parse({})
  for (const [, name = '', written] of rows) {
    const value = Object.entries(defaults).find(([key]) => key === name)?.[1]
    expect(`${name} ${written ?? 'none'}`).toBe(`${name} ${inTable(value) ?? 'none'}`)
  }
})

function inTable(value: unknown): string | undefined {
  if (value === true) return 'on'
  if (Array.isArray(value)) return value.join(',')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

test('the device class of the how-to page is one', async () => {
  const page = await read('docs/how-to/add-a-device-class.md')
  const text = /device-classes -d '(?<json>\{[^]*?\n\})'/.exec(page)?.groups?.['json'] ?? ''
  expect(faultOfClass(deviceClassSchema.parse(JSON.parse(text)))).toBeUndefined()
})

test('the endpoint of the how-to page answers with what it says', async () => {
  const page = await read('docs/how-to/add-an-endpoint.md')
  const block = /^```ts (?<file>\S+)\n(?<text>[^]*?)^```$/m.exec(page)?.groups ?? {}
  const folder = path.join(root, path.dirname(block['file'] ?? ''))
  const here = await mkdtemp(path.join(tmpdir(), 'fleetloom-docs-'))
  const file = path.join(here, 'operation.ts')
  await writeFile(
    file,
    (block['text'] ?? '')
      .replaceAll(/'(\.\.[^']*)'/g, (_, name: string) => `'${pathToFileURL(path.join(folder, name)).href}'`)
      .replace("'zod'", `'${import.meta.resolve('zod')}'`),
  )
  const { operation } = z
    .object({
      operation: z.object({
        query: z.custom<z.ZodType>(),
        handle: z.custom<(...parts: readonly unknown[]) => unknown>(),
      }),
    })
    .parse(await import(pathToFileURL(file).href))
  await rm(here, { recursive: true })

  const minuteMs = 60_000
  const seen = new Map([
    ['chatty', 59 * minuteMs],
    ['silent', 10 * minuteMs],
  ])
  const needed = {
    clock: { nowMs: () => 60 * minuteMs },
    devices: {
      directory: {
        all: () =>
          [...seen.keys(), 'foreign'].map((id) => ({
            device: { id },
            orgId: id === 'foreign' ? 'other' : 'acme',
          })),
      },
      states: { get: (_: string, id: string) => ({ lastSeenAt: seen.get(id) ?? null }) },
    },
  }
  const query = operation.query.parse({ minutes: '5' })
  expect(await operation.handle({ query, orgId: 'acme' }, needed)).toMatchObject({
    status: 200,
    body: { items: [{ id: 'silent', lastSeen: '1970-01-01T00:10:00.000Z' }] },
  })
})
