import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import path from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { fingerprintOf } from '../nodes/platform/certificates.ts'
import { type Certificate, certificateAuthority, clientCertificate } from './harness/certificates.ts'
import { freePort } from '../nodes/platform/testing/free-port.fixture.ts'
import { adminPassword } from './harness/platform.ts'
import { PlatformProcess } from './harness/platform-process.ts'
import { readingSchema, telemetryTopic } from './harness/resources.ts'
import { makeTempDir, removeTempDir } from './harness/temp-dir.ts'
import { until } from './harness/until.ts'

interface Answer {
  readonly status: number
  readonly text: string
  readonly cookies: readonly string[]
}

const dayMs = 86_400_000
const orgId = 'tls'
const readings = z.object({ items: z.array(readingSchema) })

describe('everything over TLS, with the certificate that --https makes', () => {
  const home = makeTempDir('tls')
  let ports: { readonly http: number; readonly mqtts: number }
  let platform: PlatformProcess
  let authority: Certificate
  let ca: string
  let token: string
  let password: string

  /** Over HTTPS to the name on the certificate, which is checked. */
  const ask = (
    method: string,
    path_: string,
    { body, form, headers }: { body?: unknown; form?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asked = request(
        {
          host: 'localhost',
          port: ports.http,
          path: path_,
          method,
          ca,
          agent: false,
          headers: {
            ...(token === '' ? {} : { authorization: `Bearer ${token}`, 'x-organization': orgId }),
            ...headers,
          },
        },
        (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
          const cookies = response.headers['set-cookie'] ?? []
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text, cookies }))
        },
      ).on('error', reject)
      asked.end(form ?? (body === undefined ? undefined : JSON.stringify(body)))
    })

  const make = async (method: string, path_: string, body?: unknown): Promise<unknown> => {
    const answer = await ask(method, path_, { body })
    if (answer.status >= 300) throw new Error(`${method} ${path_}: ${answer.status} ${answer.text}`)
    return answer.text === '' ? undefined : JSON.parse(answer.text)
  }

  const common = (): mqtt.IClientOptions => ({
    protocol: 'mqtts',
    host: 'localhost',
    port: ports.mqtts,
    ca,
    clientId: 'pump',
    reconnectPeriod: 0,
  })
  const connect = (options: mqtt.IClientOptions): Promise<MqttClient> =>
    mqtt.connectAsync({ ...common(), ...options })
  /** Whether it is let in; a refusal may be an answer, or an end without one. */
  const isLetIn = async (options: mqtt.IClientOptions): Promise<boolean> => {
    const client = mqtt.connect({ ...common(), ...options })
    const outcome = await new Promise<boolean>((resolve) => {
      client.once('connect', () => resolve(true)).once('close', () => resolve(false))
      client.on('error', () => resolve(false))
    })
    await client.endAsync(true)
    return outcome
  }
  const bind = (certificate: Certificate): Promise<unknown> =>
    make('PUT', '/api/v1/devices/pump/certificate', { fingerprint256: fingerprintOf(certificate.cert) })
  /** It arrives, and so is stored. */
  const publish = async (client: MqttClient, value: number): Promise<boolean> => {
    const payload = JSON.stringify({ readings: [{ port: 1, value }] })
    await client.publishAsync(telemetryTopic(orgId, 'pump'), payload, { qos: 1 })
    return until(`the reading ${value} is stored`, async () => {
      const { items } = readings.parse(await make('GET', '/api/v1/devices/pump/readings?port=1'))
      return items.some(({ rawValue }) => rawValue === value) ? true : undefined
    })
  }

  beforeAll(async () => {
    ports = { http: await freePort(), mqtts: await freePort() }
    authority = await certificateAuthority('Makers of pumps')
    const clientCa = path.join(home, 'makers.pem')
    writeFileSync(clientCa, authority.cert)
    cpSync(path.join(import.meta.dirname, '../flows'), path.join(home, 'flows'), { recursive: true })
    platform = new PlatformProcess(
      {
        PORT: String(ports.http),
        MQTT_PORT: '0',
        MQTTS_PORT: String(ports.mqtts),
        TLS_CLIENT_CA: clientCa,
        DATA_DIR: path.join(home, 'data'),
        FLOWS_DIR: path.join(home, 'flows'),
        ADMIN_PASSWORD: adminPassword,
        DEMO: 'off',
        LOG_LEVEL: 'warn',
      },
      ['sh', '-c', 'exec "$@" --https', '-'],
    )
    token = ''
    await until(
      'it is ready',
      async () => {
        if (platform.hasExited) throw new Error(platform.log)
        try {
          ca = readFileSync(path.join(home, 'data/tls/cert.pem'), 'utf8')
          return (await ask('GET', '/readyz')).status === 200 ? true : undefined
        } catch {
          return undefined
        }
      },
      { seconds: 60 },
    )
    const body = { email: 'admin@fleetloom.local', password: adminPassword }
    const signedIn = await make('POST', '/api/v1/auth/login', body)
    token = z.object({ accessToken: z.string() }).parse(signedIn).accessToken
    await make('POST', '/api/v1/organizations', { id: orgId, name: 'TLS' })
    const device = { id: 'pump', classKey: 'port-monitor', name: 'Pump' }
    const registered = z.object({ credential: z.object({ password: z.string() }) })
    ;({ password } = registered.parse(await make('POST', '/api/v1/devices', device)).credential)
  }, 120_000)
  afterAll(async () => {
    await platform.kill('SIGKILL')
    removeTempDir(home)
  })

  it('a session has a cookie for this host and TLS only', async () => {
    const form = new URLSearchParams({ email: 'admin@fleetloom.local', password: adminPassword }).toString()
    const origin = `https://localhost:${ports.http}`
    const headers = { origin, 'content-type': 'application/x-www-form-urlencoded' }
    const { cookies } = await ask('POST', '/login', { form, headers })
    expect(cookies[0]).toMatch(/^__Host-fleetloom=\S+; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=\d+$/)
  })

  it('whoever speaks without TLS to these ports is not answered', async () => {
    await expect(fetch(`http://localhost:${ports.http}/readyz`)).rejects.toThrow('fetch failed')
    expect(await isLetIn({ protocol: 'mqtt', username: 'pump', password })).toBe(false)
  })

  it('a password is enough over MQTT and over WebSockets', async () => {
    const over = await connect({ username: 'pump', password })
    expect(await publish(over, 1)).toBe(true)
    await over.endAsync()
    const sockets = await connect({
      protocol: 'wss',
      port: ports.http,
      path: '/mqtt',
      username: 'pump',
      password,
    })
    expect(await publish(sockets, 2)).toBe(true)
    await sockets.endAsync()
  })

  it('a certificate that is bound to the device is enough, too', async () => {
    const own = await clientCertificate(authority, 'pump')
    await bind(own)
    const client = await connect(own)
    expect(await publish(client, 3)).toBe(true)
    await client.endAsync()
  })

  it('another device of the same maker, a stranger, and a name that is not the certificate’s are refused', async () => {
    const own = await clientCertificate(authority, 'pump')
    await bind(own)
    const unbound = await clientCertificate(authority, 'pump')
    // Says that it is of the same maker, and is not.
    const stranger = await clientCertificate(await certificateAuthority('Makers of pumps'), 'pump')
    const refused = [unbound, stranger, { ...own, clientId: 'another' }, { ...own, username: 'another' }]
    for (const shown of refused) expect(await isLetIn(shown)).toBe(false)
    expect(await isLetIn(own)).toBe(true)
  })

  it('one that has expired is refused, though it is bound', async () => {
    const nowMs = Date.now()
    const expired = await clientCertificate(authority, 'pump', {
      notBeforeDate: new Date(nowMs - 2 * dayMs),
      notAfterDate: new Date(nowMs - dayMs),
    })
    await bind(expired)
    expect(await isLetIn(expired)).toBe(false)
  })

  it('one that is taken from its device ends the connection within a second, for good', async () => {
    const own = await clientCertificate(authority, 'pump')
    await bind(own)
    const client = await connect(own)
    const closed = new Promise<number>((resolve) => client.once('close', () => resolve(performance.now())))
    const startedMs = performance.now()
    await make('DELETE', '/api/v1/devices/pump/certificate')
    expect((await closed) - startedMs).toBeLessThan(1000)
    await client.endAsync(true)
    expect(await isLetIn(own)).toBe(false)
  })
})
