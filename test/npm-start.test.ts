import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { placeApart } from '../scripts/place-apart.ts'

const root = path.join(import.meta.dirname, '..')
let folder = ''
let npm: ChildProcess | undefined

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fleetloom-npm-'))
})
afterEach(async () => {
  if (npm !== undefined && npm.exitCode === null) {
    npm.kill('SIGTERM')
    await once(npm, 'exit')
  }
  await rm(folder, { recursive: true, force: true })
})

test('one start leaves what it compiled to starts that may not write it', () => {
  const compiled = path.join(folder, 'compiled')
  const { status } = spawnSync(process.execPath, ['scripts/start-once.ts', 'settings/main.js'], {
    cwd: root,
    env: { ...process.env, NODE_COMPILE_CACHE: compiled },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  expect(status).toBe(0)
  const [kept = ''] = readdirSync(compiled)
  expect(readdirSync(path.join(compiled, kept)).length).toBeGreaterThan(1000)
}, 60_000)

test.each(['SIGTERM', 'SIGINT'] as const)(
  'npm start passes %s on, and ends with exit code 0',
  async (signal) => {
    npm = spawn('npm', ['start'], {
      cwd: root,
      env: { ...process.env, ...(await placeApart(folder)) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exit = once(npm, 'exit')
    let output = ''
    npm.stdout?.setEncoding('utf8')
    for await (const text of npm.stdout ?? []) {
      output += String(text)
      if (output.includes('Ctrl-C stops it.')) break
    }
    const url = /Dashboard +(?<url>http:\S+)\/dashboard/.exec(output)?.groups?.['url'] ?? ''
    expect((await fetch(`${url}/healthz`)).status).toBe(200)

    npm.kill(signal)

    expect((await exit)[0]).toBe(0)
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed')
  },
)
