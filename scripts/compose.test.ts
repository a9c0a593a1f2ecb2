import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { readSettings, settingsSchema } from '../settings/env.ts'

const root = path.join(import.meta.dirname, '..')
const sorted = (names: Iterable<string>): readonly string[] =>
  [...new Set(names)].sort((a, b) => (a < b ? -1 : 1))
const read = (name: string): Promise<string> => readFile(path.join(root, name), 'utf8')

/** What checks a Compose file without an engine: Docker's own, or the library that it is made of (see .ci/run). */
const validator =
  spawnSync('docker', ['compose', 'version']).status === 0
    ? ['docker', 'compose', 'config', '-q', '-f']
    : process.env['COMPOSE_SPEC'] === undefined
      ? undefined
      : [process.env['COMPOSE_SPEC']]

const serviceSchema = z.looseObject({
  image: z.string().optional(),
  build: z.string().optional(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  networks: z.array(z.string()).default([]),
  secrets: z
    .array(z.union([z.string(), z.looseObject({ source: z.string() })]))
    .default([])
    .transform((secrets) => secrets.map((secret) => (typeof secret === 'string' ? secret : secret.source))),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.unknown().optional(),
  restart: z.string().optional(),
  mem_limit: z.string().optional(),
  cap_drop: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
})
const composeSchema = z.looseObject({
  name: z.string(),
  services: z.record(z.string(), serviceSchema),
  networks: z.record(z.string(), z.unknown()).default({}),
  volumes: z.record(z.string(), z.unknown()).default({}),
  secrets: z.record(z.string(), z.object({ file: z.string() })).default({}),
})
const composeOf = async (file: string) => composeSchema.parse(parse(await read(file), { merge: true }))

const known = new Set(Object.keys(settingsSchema.shape).flatMap((name) => [name, `${name}_FILE`]))
/** Of the S3 client. */
const others = new Set(['AWS_SHARED_CREDENTIALS_FILE'])
/** Of adapters that are on their way. */
const toCome = new Set(['ARCHIVE_URL', 'MONGO_URL_FILE'].filter((name) => !known.has(name)))

let made = ''
beforeAll(async () => {
  made = await mkdtemp(path.join(tmpdir(), 'fleetloom-compose-'))
  await cp(path.join(root, 'deploy'), path.join(made, 'deploy'), { recursive: true })
})
afterAll(() => rm(made, { recursive: true }))
const makeSecrets = () => spawnSync('sh', ['deploy/make-secrets.sh'], { cwd: made, encoding: 'utf8' })

describe.each(['docker-compose.yml', 'docker-compose.small.yml'])('%s', (file) => {
  let compose: z.output<typeof composeSchema>
  let apps: readonly z.output<typeof serviceSchema>[]
  beforeAll(async () => {
    compose = await composeOf(file)
    apps = Object.values(compose.services).filter(({ build }) => build !== undefined)
  })

  test.skipIf(validator === undefined)(
    'is what Docker Compose takes (skipped without docker compose and without COMPOSE_SPEC)',
    () => {
      const [command = '', ...words] = validator ?? []
      const { status, stderr } = spawnSync(command, [...words, file], {
        cwd: root,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], HOME: made },
      })
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    },
  )

  test('sets only settings that exist', () => {
    const names = apps.flatMap(({ environment }) => Object.keys(environment))
    expect(names).toContain('ADMIN_PASSWORD_FILE')
    expect(names.filter((name) => !known.has(name) && !others.has(name) && !toCome.has(name))).toEqual([])
  })

  test('gives values that the settings take', () => {
    makeSecrets()
    const given = (value: string): string =>
      value
        .replaceAll(/\$\{\w+:-((?:[^${}]|\$\{\w+:-[^}]*\})*)\}/g, (_, byDefault: string) => given(byDefault))
        .replace(/^\/run\/secrets\/(\w+)$/, (_, name: string) =>
          path.join(made, compose.secrets[name]?.file ?? name),
        )
    for (const { environment } of apps) {
      const values = Object.entries(environment).filter(
        // Fewer roles than all need every engine.
        ([name]) => known.has(name) && (name !== 'ROLES' || toCome.size === 0),
      )
      const settings = readSettings(Object.fromEntries(values.map(([name, value]) => [name, given(value)])))
      expect(settings.JWT_SECRET?.length).toBeGreaterThanOrEqual(32)
      expect(settings.PUBLIC_URL).toBe('http://localhost:1880')
    }
  })

  test('gives secrets as files only, each of which is declared, made by make-secrets.sh and ignored by git', async () => {
    expect(makeSecrets()).toMatchObject({ status: 0 })
    const files = new Set(await readdir(path.join(made, 'secrets')))
    const used = Object.values(compose.services).flatMap(({ secrets }) => secrets)
    expect(sorted(used)).toEqual(sorted(Object.keys(compose.secrets)))
    for (const secret of Object.values(compose.secrets)) {
      expect(path.dirname(secret.file)).toBe('./secrets')
      expect([secret.file, files.has(path.basename(secret.file))]).toEqual([secret.file, true])
    }
    const mounted = (value: string): string | undefined => /^\/run\/secrets\/(\w+)$/.exec(value)?.[1]
    for (const service of Object.values(compose.services)) {
      const settings = Object.entries(service.environment)
      const missing = settings.filter(([, value]) => !service.secrets.includes(mounted(value) ?? value))
      expect(missing.filter(([, value]) => mounted(value) !== undefined)).toEqual([])
      expect(missing.filter(([name]) => /PASSWORD|SECRET|KEY|TOKEN/.test(name))).toEqual([])
    }
    expect((await read('.gitignore')).split('\n')).toContain('secrets/')
  })

  test('opens ports to this machine only, unless somebody says otherwise', () => {
    const ports = Object.values(compose.services).flatMap((service) => service.ports)
    expect(ports.length).toBeGreaterThan(1)
    for (const port of ports) expect(port.startsWith('${BIND:-127.0.0.1}:')).toBe(true)
  })

  test('pins images to a version, bounds memory, and takes away every right', () => {
    for (const [name, service] of Object.entries(compose.services)) {
      expect(`${name} ${service.image}`).toMatch(
        service.build === undefined ? /:.*\d+\.\d+\.\d+|:RELEASE\.\d{4}-/ : /:\$\{FLEETLOOM_TAG:-local\}$/,
      )
      expect(`${name} ${service.mem_limit}`).toMatch(/\d+[gm]\}?$/)
      expect([name, service.cap_drop, service.security_opt]).toEqual([
        name,
        ['ALL'],
        ['no-new-privileges:true'],
      ])
      expect([name, service.restart]).toEqual([name, name.endsWith('-init') ? 'no' : 'unless-stopped'])
    }
  })

  test('declares the volumes and networks it uses, and what it mounts from here is there', async () => {
    const mounts = Object.values(compose.services).flatMap(({ volumes }) => volumes)
    const sources = mounts.map((mount) => mount.split(':')[0] ?? '')
    const named = sources.filter((source) => !source.startsWith('.'))
    expect(sorted(named)).toEqual(sorted(Object.keys(compose.volumes)))
    for (const source of sources.filter((each) => each.startsWith('.')))
      await expect(stat(path.join(root, source))).resolves.toBeDefined()
    const networks = Object.values(compose.services).flatMap((service) => service.networks)
    expect(sorted(networks)).toEqual(sorted(Object.keys(compose.networks)))
  })

  test('waits for what tells that it is healthy, or has ended well', () => {
    const waits = Object.values(compose.services).flatMap((service) => Object.entries(service.depends_on))
    const wanted = (name: string): string =>
      name.endsWith('-init') ? 'service_completed_successfully' : 'service_healthy'
    expect(waits.filter(([name, { condition }]) => condition !== wanted(name))).toEqual([])
    const watched = waits.map(([name]) => name).filter((name) => wanted(name) === 'service_healthy')
    expect(watched.filter((name) => compose.services[name]?.healthcheck === undefined)).toEqual([])
  })
})

describe('the grown-up set', () => {
  test('has each role once, all with the same engines', async () => {
    const { services } = await composeOf('docker-compose.yml')
    const apps = Object.values(services).filter(({ build }) => build !== undefined)
    expect(apps).toHaveLength(3)
    expect(sorted(apps.map(({ environment }) => environment['ROLES'] ?? ''))).toEqual([
      'ingest',
      'process',
      'serve',
    ])
    const engines = apps.map(({ environment }) => ({ ...environment, ROLES: '', MQTT_CLIENT_ID: '' }))
    for (const each of engines) expect(each).toEqual(engines[0])
    const ingest = apps.find(({ environment }) => environment['ROLES'] === 'ingest')
    expect(ingest?.environment['MQTT_CLIENT_ID']).toBe('fleetloom-ingest')
    for (const host of ['emqx', 'minio']) expect(JSON.stringify(apps[0]?.environment)).toContain(`//${host}:`)
  })

  test('has secrets that fit together and stay what they are', async () => {
    const secret = (name: string): Promise<string> => readFile(path.join(made, 'secrets', name), 'utf8')
    makeSecrets()
    const [password, mongoUrl, redisUrl, emqx] = await Promise.all([
      secret('mongo-password'),
      secret('mongo-url'),
      secret('redis-url'),
      secret('emqx.conf'),
    ])
    const { services } = await composeOf('docker-compose.yml')
    expect(mongoUrl).toContain(`:${password.trim()}@`)
    for (const [, host] of mongoUrl.matchAll(/[@,](mongo-\d):27017/g))
      expect(Object.keys(services)).toContain(host)
    expect(redisUrl.trim()).toBe(`redis://:${(await secret('redis-password')).trim()}@redis:6379`)
    expect(await secret('redis-auth.conf')).toContain((await secret('redis-password')).trim())
    expect(emqx).toContain(`"Bearer ${(await secret('mqtt-hook-secret')).trim()}"`)
    expect(emqx).not.toMatch(/@[A-Z_]+@/)
    expect((await secret('jwt-secret')).trim().length).toBeGreaterThanOrEqual(32)
    expect((await stat(path.join(made, 'secrets'))).mode & 0o077).toBe(0)

    makeSecrets()
    expect(await secret('mongo-password')).toBe(password)
    expect(await secret('emqx.conf')).toBe(emqx)
  })
})

const hasRedis = spawnSync('redis-server', ['--version']).status === 0

describe('the Redis of the grown-up set', () => {
  test.skipIf(!hasRedis)(
    'asks for a password, acknowledges what is on disk and evicts nothing (skipped without redis-server)',
    async () => {
      makeSecrets()
      const config = path.join(made, 'redis.conf')
      const socket = path.join(made, 'redis.sock')
      const text = await read('deploy/redis.conf')
      await writeFile(
        config,
        text
          .replace('include /run/secrets/redis_auth', `include ${path.join(made, 'secrets/redis-auth.conf')}`)
          .replace('dir /data', `dir ${made}\nport 0\nunixsocket ${socket}`),
      )
      const server = spawn('redis-server', [config], { stdio: ['ignore', 'pipe', 'inherit'] })
      try {
        for await (const line of server.stdout) if (String(line).includes('ready to accept')) break
        const ask = (password: string, ...words: readonly string[]) =>
          spawnSync('redis-cli', ['-s', socket, ...words], {
            encoding: 'utf8',
            env: { PATH: process.env['PATH'], REDISCLI_AUTH: password },
          }).stdout
        const password = (await readFile(path.join(made, 'secrets/redis-password'), 'utf8')).trim()
        const asked = ask(password, 'CONFIG', 'GET', 'append*', 'maxmemory-policy')
        for (const [name, value] of Object.entries({
          appendonly: 'yes',
          appendfsync: 'always',
          'maxmemory-policy': 'noeviction',
        }))
          expect(asked).toMatch(new RegExp(`^${name}\n${value}$`, 'm'))
        expect(ask('', 'PING')).toContain('NOAUTH')
      } finally {
        server.kill()
        await once(server, 'exit')
      }
    },
  )
})

describe('the image', () => {
  let dockerfile = ''
  beforeAll(async () => {
    dockerfile = await read('Dockerfile')
  })

  test('sets only settings that exist', () => {
    const env = /^ENV (?<text>(?:.*\\\n)*.*)$/m.exec(dockerfile)?.groups?.['text'] ?? ''
    const names = [...env.matchAll(/([A-Z_]+)=/g)].map((match) => match[1] ?? '')
    expect(names).toContain('DATA_DIR')
    expect(names.filter((name) => name !== 'NODE_ENV' && !known.has(name))).toEqual([])
  })

  test('is started with the flags that what it has compiled was compiled with', () => {
    const [, compiled] = /^RUN \["node", "scripts\/start-once\.ts", (.+)\]$/m.exec(dockerfile) ?? []
    const [, started] = /^CMD \["node", (.+)\]$/m.exec(dockerfile) ?? []
    expect(compiled).toBe(started)
    expect(started).toContain('settings/main.js')
  })

  test('has what it copies, and that is not ignored', async () => {
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
