import { describe, expect, test } from 'vitest'
import { complaints, node } from './rule.fixture.ts'
import { secretInProperty } from './secret-in-property.ts'

const found = (properties: object): string[] =>
  complaints(secretInProperty, [node('a', 'http request', [], properties), node('abcdef0123456789', 'debug')])

describe('a secret is found', () => {
  test.each([
    ['password', { password: 'hunter2' }],
    ['apiKey', { apiKey: 'short' }],
    ['api_key', { api_key: 'short' }],
    ['secret', { secret: 'two words' }],
    ['auth.token', { auth: { token: 'abc' } }],
    ['env.0.value', { env: [{ name: 'SMTP_PASSWORD', value: 'hunter2', type: 'str' }] }],
    ['headers.0.value', { headers: [{ name: 'X', value: 'Q83vASNFZ4mrze8BI0VniavN7w', type: 'str' }] }],
    ['key', { key: '9f86d081884c7d659a2feaa0c55ad015' }],
    ['url', { url: 'mqtt://user:hunter2@broker:1883' }],
    // Put together here, or the repository's own scanners would find it.
    ['value', { value: ['sk', 'live', 'abcdefghijkl'].join('_') }],
    ['func', { func: 'const apiKey = "x1y2z3w4v5"\nreturn `${msg.a}`' }],
    ['cert', { cert: '-----BEGIN PRIVATE KEY-----\nabc' }],
  ])('in %s', (path, properties) => {
    expect(found(properties)).toEqual([
      `error a: the property ${path} looks like a secret, and flows are kept in the repository. ` +
        'Put it into the environment and write ${NAME} here, or use a credentials field; change it if it was real.',
    ])
  })

  test('in a disabled node too', () => {
    expect(found({ password: 'hunter2', d: true })).toHaveLength(1)
  })
})

describe('no secret is', () => {
  test.each([
    { password: '' },
    { password: '${MQTT_PASSWORD}' },
    { url: 'mqtt://${USER}:${PASSWORD}@broker:1883' },
    { token: 'payload.token', tokenType: 'msg' },
    { token: 'msg.token' },
    { env: [{ name: 'TOKEN', value: 'TOKEN', type: 'env' }] },
    { tokenHeader: 'x-token', passwordField: 'password', secretName: 'smtp' },
    { tokenUrl: 'https://example.org/token' },
    { template: 'Your token: {{payload.token}}' },
    { broker: 'abcdef0123456789' },
    { device: '6f1c9b7e-3d2a-4b5c-8e9f-0a1b2c3d4e5f' },
    { topic: 'fleet/air-purifier/device-0001/telemetry/v2' },
    { class: 'ambient-temperature-and-humidity-2024' },
    { func: 'const token = msg.payload.token\nreturn msg' },
    { maxTokens: 5, keepPassword: false },
  ])('%j', (properties) => {
    expect(found(properties)).toEqual([])
  })
})
