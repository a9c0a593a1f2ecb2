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
    "import { a } from './shared/a.ts'\nexport const b: number = a\n",
  )
  await writeFile(path.join(root, 'page.test.ts'), 'export {}\n')
  await writeFile(path.join(root, 'theme.css'), 'body { color: red }\n')
  await writeFile(
    path.join(root, 'shared/a.ts'),
    "import { io, type Socket } from 'socket.io-client'\nimport type { z } from 'zod'\nexport const a = io as unknown as z.ZodType<Socket>\n",
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
async function get(file: string): Promise<{ status: number; type: string; cache: string; text: string }> {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const sent = request({
    port: address.port,
    host: '127.0.0.1',
    path: `/dashboard-assets/${file}`,
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

async function versionOf(entry: string): Promise<string> {
  return /\.\/([0-9a-f]{16})\//.exec((await get(entry)).text)?.[1] ?? ''
}

describe('the assets of the dashboards', () => {
  test('an entry leads to the version that counts, and is asked for each time', async () => {
    const entry = await get('page.js')
    expect(entry).toMatchObject({ status: 200, cache: 'private, no-cache' })
    expect(entry.type).toContain('javascript')
    expect(entry.text).toMatch(/^export \* from "\.\/[0-9a-f]{16}\/page\.ts"\n$/)
    expect((await get('theme.css')).text).toMatch(/^@import url\("\.\/[0-9a-f]{16}\/theme\.css"\);\n$/)
  })

  test('modules come without types, for good', async () => {
    const version = await versionOf('page.js')
    const module = await get(`${version}/page.ts`)
    expect(module).toMatchObject({ status: 200, cache: 'private, max-age=31536000, immutable' })
    expect(module.type).toContain('javascript')
    expect(module.text).toContain("from './shared/a.ts'")
    expect(module.text).not.toContain('number')
  })

  test('libraries are imported from here, types from nowhere', async () => {
    const version = await versionOf('page.js')
    const module = await get(`${version}/shared/a.ts`)
    expect(module.text).toContain("from '../vendor/socket.io-client.js'")
    expect(module.text).not.toContain('zod')
    expect((await get(`${version}/vendor/socket.io-client.js`)).status).toBe(200)
    expect((await get(`${version}/vendor/uplot.js`)).type).toContain('javascript')
    expect((await get(`${version}/vendor/uplot.css`)).type).toContain('css')
  })

  test.each([
    '../secret.ts',
    'VERSION/../../secret.ts',
    'VERSION/..%2f..%2fsecret.ts',
    'VERSION/%2e%2e/%2e%2e/secret.ts',
    'VERSION/..%5c..%5csecret.ts',
    'VERSION//etc/passwd',
    'VERSION/page.test.ts',
    'VERSION/vendor/../page.ts',
    'VERSION/',
    'VERSION/__proto__',
    'page.ts',
    'constructor',
    '',
  ])('%s is not there', async (file) => {
    const answer = await get(file.replace('VERSION', await versionOf('page.js')))
    expect(answer.status).toBe(404)
    expect(answer.text).not.toContain('secret =')
  })

  test('an import that nobody serves stops the start, not the page', async () => {
    const root = path.join(folder, 'broken')
    await mkdir(root)
    await writeFile(path.join(root, 'page.ts'), "import { z } from 'zod'\nexport const a = z\n")
    await expect(dashboardAssets(root)).rejects.toThrow('page.ts imports zod, which is not served')
  })
})
