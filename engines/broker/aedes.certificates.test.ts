import mqtt from 'mqtt'
import { generate } from 'selfsigned'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestBroker } from './aedes.fixture.ts'
import type { AedesBroker } from './aedes.ts'
import { FixtureGate } from '../../nodes/platform/broker/gate.fixture.ts'
import type { ConnectRequest } from '../../nodes/platform/broker/port.ts'
import { fingerprintOf } from '../../nodes/platform/certificates.ts'

interface Authority {
  readonly cert: string
  readonly key: string
  readonly client: { readonly cert: string; readonly key: string }
}

/** An authority that is its own server's certificate, with one client's. */
async function authority(name: string): Promise<Authority> {
  const made = await generate([{ name: 'commonName', value: name }], {
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
    clientCertificate: { cn: 'pod' },
  })
  const { clientcert = '', clientprivate = '' } = made
  return { cert: made.cert, key: made.private, client: { cert: clientcert, key: clientprivate } }
}

describe('the embedded broker over TLS', { timeout: 30_000 }, () => {
  let ours: Authority
  let foreign: Authority
  let gate: FixtureGate
  let asked: ConnectRequest[]
  let broker: AedesBroker
  beforeAll(async () => {
    ;[ours, foreign] = await Promise.all([authority('ours'), authority('foreign')])
  })
  beforeEach(async () => {
    gate = new FixtureGate()
    asked = []
    const connect = gate.connect.bind(gate)
    gate.connect = async (request) => {
      asked.push(request)
      return connect(request)
    }
    const { cert, key } = ours
    broker = await openTestBroker(gate, {
      tls: { port: 0, cert, key, ca: cert, requestCert: true, rejectUnauthorized: false },
    })
  })
  afterEach(() => broker.close())

  const connect = (
    client?: { readonly cert: string; readonly key: string },
    ca = ours.cert,
    clientId = 'pod',
  ) =>
    mqtt.connectAsync({
      protocol: 'mqtts',
      host: '127.0.0.1',
      port: broker.tlsPort ?? 0,
      ca,
      ...client,
      username: 'acme/pod',
      password: 'secret',
      clientId,
      reconnectPeriod: 0,
    })

  it('tells the gate whose certificate a client has shown, when an authority of ours stands for it', async () => {
    const client = await connect(ours.client)
    await client.endAsync()
    expect(asked.map(({ certificate256 }) => certificate256)).toEqual([fingerprintOf(ours.client.cert)])
    expect(asked[0]?.certificate256).toMatch(/^[\dA-F]{2}(:[\dA-F]{2}){31}$/)
  })

  it.each(['none', 'one that nobody stands for'])(
    'a client with %s has a password to show',
    async (which) => {
      const client = await connect(which === 'none' ? undefined : foreign.client)
      await client.endAsync()
      expect(asked).toMatchObject([{ certificate256: undefined, username: 'acme/pod' }])
    },
  )

  it('takes a renewed certificate without ending connections', async () => {
    const before = await connect()
    const { cert, key } = foreign
    broker.renewCertificate({ cert, key, ca: ours.cert })
    const after = await connect(ours.client, cert, 'pod/b')
    expect(asked[1]?.certificate256).toBe(fingerprintOf(ours.client.cert))
    await before.publishAsync('org/acme/device/pod/telemetry', 'still here', { qos: 1 })
    await Promise.all([before.endAsync(), after.endAsync()])
    expect(gate.uplinks).toHaveLength(1)
  })
})
