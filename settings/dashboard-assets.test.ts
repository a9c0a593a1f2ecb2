import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer, IncomingMessage, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import express from 'express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dashboardAssets } from './dashboard-assets.ts'

let folder: string
let server: Server

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fleetloom-assets-'))
  const root = path.join(folder, 'dashboards')
  await mkdir(path.join(root, 'shared'), { recursive: true })
  await writeFile(path.join(folder, 'secret.ts'), 'export const secret = 1\n')
  await writeFile(
    path.join(root, 'page.ts'),
    "import { a } from './shared/a.ts'\nexport const b: number = a() as never\n",
  )
  await writeFile(path.join(root, 'page.test.ts'), 'export {}\n')
  await writeFile(path.join(root, 'theme.css'), 'body { color: red }\n')
  await writeFile(
    path.join(root, 'other.ts'),
    "import { a } from './shared/a.ts'\nimport text from './styles/page.css' with { type: 'text' }\nexport const c: string = text + a()\n",
  )
  await mkdir(path.join(root, 'styles'))
  await writeFile(path.join(root, 'styles/page.css'), '.page { color: blue }\n')
  await writeFile(
    path.join(root, 'shared/a.ts'),
    "import type { z } from 'zod'\nexport const a = (): z.ZodType => document.title as never\n",
  )
  const app = express().use('/dashboard-assets', await dashboardAssets(root))
  server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterAll(async () => {
  server.close()
  await rm(folder, { recursive: true })
})

/** Not with fetch, which would resolve `..` by itself. */
async function get(
  file: string,
  from: Server = server,
): Promise<{ status: number; type: string; cache: string; text: string }> {
  const address = from.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const sent = request({
    port: address.port,
    host: '127.0.0.1',
    path: from === server ? `/dashboard-assets/${file}` : `/${file.replace(/^\//, '')}`,
  }).end()
  const [response]: unknown[] = await once(sent, 'response')
  if (!(response instanceof IncomingMessage)) throw new Error('no response')
  const text = (await response.toArray()).join('')
  const { statusCode = 0, headers } = response
  return {
    status: statusCode,
    type: headers['content-type'] ?? '',
    cache: headers['cache-control'] ?? '',
    text,
  }
}

/** The name of the bundle that an entry leads to. */
async function bundleOf(entry: string): Promise<string> {
  return /"\.\/([\w-]+\.(?:js|css))"/.exec((await get(entry)).text)?.[1] ?? ''
}

describe('the assets of the dashboards', () => {
  test('an entry leads to the bundle that counts, and is asked for each time', async () => {
    const entry = await get('page.js')
    expect(entry).toMatchObject({ status: 200, cache: 'private, no-cache' })
    expect(entry.type).toContain('javascript')
    expect(entry.text).toMatch(/^export \* from "\.\/page-[A-Z0-9]{8}\.js"\n$/)
    const style = await get('theme.css')
    expect(style.type).toContain('css')
    expect(style.text).toMatch(/^@import url\("\.\/theme-[A-Z0-9]{8}\.css"\);\n$/)
  })

  test('bundles come without types, for good, and share what they have in common', async () => {
    const module = await get(await bundleOf('page.js'))
    expect(module).toMatchObject({ status: 200, cache: 'private, max-age=31536000, immutable' })
    expect(module.type).toContain('javascript')
    expect(module.text).not.toMatch(/number|zod|document/)
    const shared = /"\.\/(chunk-[A-Z0-9]{8}\.js)"/.exec(module.text)?.[1] ?? ''
    expect((await get(await bundleOf('other.js'))).text).toContain(shared)
    expect((await get(shared)).text).toContain('document.title')
    expect((await get(await bundleOf('theme.css'))).text).toContain('color:red')
  })

  test('a style that is imported as text is in the module', async () => {
    expect((await get(await bundleOf('other.js'))).text).toContain('.page { color: blue }')
  })

  test.each([
    '../secret.ts',
    'shared/../../secret.ts',
    '..%2fsecret.ts',
    '%2e%2e/secret.ts',
    '..%5csecret.ts',
    '/etc/passwd',
    'page.test.ts',
    'page.test.js',
    'shared/a.ts',
    '__proto__',
    'page.ts',
    'constructor',
    '',
  ])('%s is not there', async (file) => {
    const answer = await get(file)
    expect(answer.status).toBe(404)
    expect(answer.text).not.toContain('secret =')
  })

  test('an import of what is not installed stops the start, not the page', async () => {
    const root = path.join(folder, 'broken')
    await mkdir(root)
    await writeFile(path.join(root, 'page.ts'), "import { z } from 'not-installed'\nexport const a = z\n")
    await expect(dashboardAssets(root)).rejects.toThrow('Could not resolve "not-installed"')
  })
})

test('the dashboards there are have their libraries in them', async () => {
  const app = express().use(await dashboardAssets(path.join(import.meta.dirname, '../dashboards')))
  const own = createServer(app).listen(0, '127.0.0.1')
  await once(own, 'listening')
  try {
    const page = await get('device.js', own)
    const bundle = /"\.(\/[\w-]+\.js)"/.exec(page.text)?.[1] ?? ''
    const { status, text } = await get(bundle, own)
    expect(status).toBe(200)
    expect(text.includes('u-wrap')).toBe(true)
  } finally {
    own.close()
  }
})
