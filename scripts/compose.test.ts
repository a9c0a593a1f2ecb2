import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { settingsSchema } from '../settings/env.ts'

const root = path.join(import.meta.dirname, '..')
const read = (name: string): Promise<string> => readFile(path.join(root, name), 'utf8')
const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0

/** The lines below `key:` that are indented deeper, however deep the key stands. */
function blockOf(yaml: string, key: string): string {
  const lines = yaml.split('\n')
  const start = lines.findIndex((line) => line.trim() === `${key}:`)
  const indent = lines[start]?.search(/\S/) ?? -1
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => line.trim() !== '' && line.search(/\S/) <= indent)
  return start === -1 ? '' : rest.slice(0, end === -1 ? rest.length : end).join('\n')
}

const namesIn = (block: string): readonly string[] =>
  [...block.matchAll(/^ +([A-Z][A-Z_]+):/gm)].map((match) => match[1] ?? '')
const known = new Set(Object.keys(settingsSchema.shape).flatMap((name) => [name, `${name}_FILE`]))

describe('the container', () => {
  let compose = ''
  let dockerfile = ''
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fleetloom-compose-'))
    compose = await read('docker-compose.yml')
    dockerfile = await read('Dockerfile')
  })
  afterAll(() => rm(folder, { recursive: true }))

  test.skipIf(!hasCompose)('docker compose takes the file (skipped without docker compose)', () => {
    const { status, stderr } = spawnSync('docker', ['compose', 'config', '-q'], {
      cwd: root,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: folder },
    })
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })

  test('compose sets only settings that exist', () => {
    const names = namesIn(blockOf(compose, 'environment'))
    expect(names).toContain('ADMIN_PASSWORD_FILE')
    expect(names.filter((name) => !known.has(name))).toEqual([])
  })

  test('the image sets only settings that exist', () => {
    const env = /^ENV (?<text>(?:.*\\\n)*.*)$/m.exec(dockerfile)?.groups?.['text'] ?? ''
    const names = [...env.matchAll(/([A-Z_]+)=/g)].map((match) => match[1] ?? '')
    expect(names).toContain('DATA_DIR')
    expect(names.filter((name) => name !== 'NODE_ENV' && !known.has(name))).toEqual([])
  })

  test('every secret that the app is given is declared, and comes from a file that git ignores', async () => {
    const given = [...compose.matchAll(/\/run\/secrets\/(\w+)/g)].map((match) => match[1])
    const declared = compose.slice(compose.lastIndexOf('\nsecrets:'))
    expect(given).toHaveLength(2)
    for (const name of given) expect(declared).toMatch(new RegExp(`^  ${name}:\n    file: ./secrets/`, 'm'))
    expect((await read('.gitignore')).split('\n')).toContain('secrets/')
  })

  test('ports are bound to this machine unless somebody says otherwise', () => {
    const ports = [...blockOf(compose, 'ports').matchAll(/- '(?<port>.*)'/g)].map(
      (match) => match.groups?.['port'],
    )
    expect(ports).toHaveLength(2)
    for (const port of ports) expect(port?.startsWith('${BIND:-127.0.0.1}:')).toBe(true)
  })

  test('what the image copies is there, and not ignored', async () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(?<words>.+)$/gm)]
      .flatMap((match) => (match.groups?.['words'] ?? '').split(' ').slice(0, -1))
      .map((name) => name.split('/')[0] ?? '')
    const kept = (await read('.dockerignore'))
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
    expect(copied.length).toBeGreaterThan(6)
    for (const name of copied) expect(kept).toContain(name)
  })
})
