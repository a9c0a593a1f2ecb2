import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InvalidSettings, readSettings, settingsSchema } from './env.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fleetloom-env-'))
})
afterAll(() => rm(folder, { recursive: true }))

function mistakesOf(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    readSettings(environment)
    return []
  } catch (error) {
    if (error instanceof InvalidSettings) return error.mistakes
    throw error
  }
}

describe('settings', () => {
  test('have defaults that a fresh clone runs on', () => {
    expect(readSettings({})).toMatchObject({
      PORT: 1880,
      HOST: '127.0.0.1',
      MQTT_PORT: 1883,
      DATA_DIR: path.resolve('data'),
      ADMIN_EMAIL: 'admin@fleetloom.local',
      DEMO: true,
      ROLES: ['ingest', 'process', 'serve'],
      LOG_LEVEL: 'info',
      UPLINK_RETENTION_HOURS: 168,
    })
    expect(readSettings({})).not.toHaveProperty('ADMIN_PASSWORD')
  })

  test('are read from text', () => {
    const settings = readSettings({
      PORT: '0',
      DEMO: 'off',
      ROLES: 'serve, ingest, process',
      DATA_DIR: '/srv/x/../data',
    })
    expect(settings).toMatchObject({
      PORT: 0,
      DEMO: false,
      ROLES: ['serve', 'ingest', 'process'],
      DATA_DIR: '/srv/data',
    })
  })

  test('that are empty count as absent, and what is no setting does not count', () => {
    expect(readSettings({ PORT: '', HOST: '', PATH: '/bin' })).toMatchObject({
      PORT: 1880,
      HOST: '127.0.0.1',
    })
  })

  test('are all refused at once, by name', () => {
    const mistakes = mistakesOf({
      PORT: '70000',
      MQTT_PORT: 'many',
      ADMIN_EMAIL: 'nobody',
      DEMO: 'yes',
      ROLES: 'ingest,dance',
      PUBLIC_URL: 'ftp://iot.example',
      LOG_LEVEL: 'loud',
      TLS_CERT: 'cert.pem',
    })
    const named = mistakes.map((mistake) => mistake.split(':')[0])
    expect(named).toEqual([
      'PORT',
      'MQTT_PORT',
      'ADMIN_EMAIL',
      'DEMO',
      'ROLES',
      'PUBLIC_URL',
      'LOG_LEVEL',
      'TLS_CERT, TLS_KEY',
    ])
    expect(new InvalidSettings(mistakes).message).toContain(`\n  ${mistakes[0]}`)
  })

  test('of a broker of one’s own have its user and password beside the address, not in it', () => {
    expect(
      readSettings({ MQTT_URL: 'mqtts://broker.example:8883', MQTT_USERNAME: 'fleetloom' }),
    ).toMatchObject({
      MQTT_URL: 'mqtts://broker.example:8883',
      MQTT_USERNAME: 'fleetloom',
    })
    const mistakes = mistakesOf({ MQTT_URL: 'mqtt://me:secret@broker.example', MQTT_CERT: 'cert.pem' })
    expect(mistakes).toEqual([
      'MQTT_URL: must not have a user or password in it: MQTT_USERNAME, MQTT_PASSWORD are for them',
      'MQTT_CERT, MQTT_KEY: one needs the other',
    ])
    expect(mistakesOf({ MQTT_URL: 'http://broker.example' })[0]).toMatch(/^MQTT_URL: must be a URL/)
  })

  test('of pages that may call the API are origins, as browsers name them', () => {
    const { CORS_ORIGINS } = readSettings({ CORS_ORIGINS: 'https://app.example, http://localhost:5173' })
    expect(CORS_ORIGINS).toEqual(['https://app.example', 'http://localhost:5173'])
    for (const wrong of ['*', 'null', 'app.example', 'https://app.example/', 'https://app.example,,'])
      expect(mistakesOf({ CORS_ORIGINS: wrong })[0]).toMatch(/^CORS_ORIGINS: must be origins/)
  })

  test('refuse in production a password of the admin that is tried first', () => {
    const weak = { ADMIN_PASSWORD: 'password1234' }
    const refused = mistakesOf({ ...weak, NODE_ENV: 'production' })
    expect(refused).toEqual(['ADMIN_PASSWORD: is mostly made of words that are tried first'])
    expect(mistakesOf({ ADMIN_PASSWORD: 'correct-horse-battery', NODE_ENV: 'production' })).toEqual([])
    expect(mistakesOf(weak)).toEqual([])
  })

  test('do not show the value of a secret that is wrong', () => {
    expect(mistakesOf({ PUBLIC_URL: 'user:secret' }).join()).not.toContain('secret')
  })
})

describe('a secret in a file', () => {
  test('is named by NAME_FILE, goes before NAME, and loses the end of its line', async () => {
    const file = path.join(folder, 'password')
    await writeFile(file, 'from the file\n')
    expect(readSettings({ ADMIN_PASSWORD_FILE: file, ADMIN_PASSWORD: 'plain' }).ADMIN_PASSWORD).toBe(
      'from the file',
    )
    expect(readSettings({ ADMIN_PASSWORD_FILE: '', ADMIN_PASSWORD: 'plain' }).ADMIN_PASSWORD).toBe('plain')
  })

  test('that cannot be read is a mistake, with the file', () => {
    const file = path.join(folder, 'missing')
    expect(mistakesOf({ JWT_SECRET_FILE: file })[0]).toMatch(`JWT_SECRET_FILE: cannot read ${file} (ENOENT`)
  })
})

test('the README lists every setting there is, and no other', async () => {
  const readme = await readFile(path.join(import.meta.dirname, '../README.md'), 'utf8')
  const rows = [...readme.matchAll(/^\| `([A-Z][A-Z0-9_]*)` \|/gm)].map(([, name = '']) => name)
  expect(rows.sort()).toEqual(Object.keys(settingsSchema.shape).sort())
})

test('single sign-on needs an issuer, a client and an address to come back to', () => {
  const oidc = { OIDC_ISSUER: 'https://id.example', OIDC_CLIENT_ID: 'fleetloom' }
  expect(() => readSettings(oidc)).toThrow('single sign-on needs all of them')
  expect(() => readSettings({ ...oidc, OIDC_ISSUER: 'http://id.example' })).toThrow(
    'must begin with https://',
  )
  const whole = { ...oidc, PUBLIC_URL: 'https://iot.example' }
  expect(readSettings(whole)).toMatchObject(oidc)
  expect(readSettings({ ...whole, OIDC_ISSUER: 'http://127.0.0.1:9000' })).toBeDefined()
})
