import { afterEach, expect, test, vi } from 'vitest'
import { readSettings } from './env.ts'
import { welcome, type WelcomeParts } from './welcome.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

function said(parts: Partial<WelcomeParts>): string {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  welcome({
    settings: readSettings({}),
    admin: { email: 'admin@fleetloom.local' },
    port: 1234,
    mqttPort: 5678,
    demo: undefined,
    ...parts,
  })
  return write.mock.calls.map(([text]) => String(text)).join('')
}

test('whoever has started it learns where everything is, by the ports that were really taken', () => {
  const text = said({})
  expect(text).toContain('http://127.0.0.1:1234/dashboard')
  expect(text).toContain('http://127.0.0.1:1234/editor')
  expect(text).toContain('http://127.0.0.1:1234/api/v1/docs')
  expect(text).toContain('mqtt://127.0.0.1:5678')
  expect(text).toContain('ws://127.0.0.1:1234/mqtt')
  expect(text).toContain('Sign in as  admin@fleetloom.local')
})

test('a process with some roles says which, and only where there is something', () => {
  const settings = { ...readSettings({}), ROLES: ['ingest' as const] }
  const text = said({ settings, admin: undefined })
  expect(text).toContain('Fleetloom is running, as ingest.')
  expect(text).toContain('http://127.0.0.1:1234/readyz')
  expect(text).toContain('mqtt://127.0.0.1:5678')
  expect(text).not.toMatch(/dashboard|editor|Sign in/i)
  expect(said({ settings, admin: undefined, mqttPort: undefined })).not.toContain('undefined')
})

test('behind a proxy the public address counts', () => {
  const text = said({ settings: readSettings({ PUBLIC_URL: 'https://iot.example' }) })
  expect(text).toContain('https://iot.example/dashboard')
  expect(text).toContain('wss://iot.example/mqtt')
})

test('a password is shown only when it was made just now', () => {
  expect(said({})).not.toContain('Password')
  const admin = { email: 'admin@fleetloom.local', generatedPassword: 'correct-horse' }
  expect(said({ admin })).toContain('correct-horse')
})

test('the demo is told of when there is one', () => {
  expect(said({})).not.toContain('Demo')
  const users = [{ id: 'u1', role: 'member', email: 'member@demo.example', password: 'correct-horse' }]
  const demo = { organization: 'Demo', devices: 6, users, stop: () => Promise.resolve() }
  expect(said({ demo })).toContain('6 simulated devices in the organization "Demo"')
  expect(said({ demo })).toMatch(/Demo users {2}member@demo\.example +correct-horse\n.*shown this once/)
})

test('from the second start on no password of the demo is shown', () => {
  const demo = { organization: 'Demo', devices: 6, users: [], stop: () => Promise.resolve() }
  expect(said({ demo })).not.toMatch(/Demo users|shown this once/)
})

test('a broker of one’s own is named instead of ours', () => {
  const settings = readSettings({ MQTT_URL: 'mqtt://broker.example' })
  const text = said({ settings, mqttPort: undefined })
  expect(text).toContain('mqtt://broker.example')
  expect(text).not.toContain('/mqtt)')
})
