import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { Mosquitto, mosquittoIsMissing } from './external/mosquitto.fixture.ts'
import { fleetTopics } from './external/open-on-mosquitto.fixture.ts'
import { FixtureGate } from '../../nodes/platform/broker/gate.fixture.ts'
import { type ExternalBroker, openExternalBroker } from './mqtt.ts'

const opensslIsMissing = spawnSync('openssl', ['version']).status !== 0 && process.env['CI'] === undefined

describe.skipIf(mosquittoIsMissing || opensslIsMissing)(
  'an external broker that asks for a certificate (needs mosquitto, openssl)',
  { timeout: 30_000 },
  () => {
    let folder: string
    let mosquitto: Mosquitto
    let broker: ExternalBroker | undefined
    const file = (name: string): string => path.join(folder, name)

    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'fleetloom-certificates-'))
      const openssl = (...words: readonly string[]): unknown =>
        execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' })
      const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
      openssl(
        'req',
        '-x509',
        ...key,
        '-keyout',
        'ca.key',
        '-out',
        'ca.pem',
        '-subj',
        '/CN=test authority',
        '-days',
        '2',
      )
      for (const name of ['localhost', 'fleetloom']) {
        const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`]
        const whose = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
        openssl('req', '-x509', ...key, ...files, ...whose, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', '2')
      }
      mosquitto = await Mosquitto.start({
        extra: [
          `cafile ${file('ca.pem')}`,
          `certfile ${file('localhost.pem')}`,
          `keyfile ${file('localhost.key')}`,
          'require_certificate true',
        ].join('\n'),
      })
    })
    afterEach(() => broker?.close())
    afterAll(async () => {
      await mosquitto[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    })

    const open = async (tls: { ca?: Buffer; cert?: Buffer; key?: Buffer }): Promise<ExternalBroker> => {
      broker = await openExternalBroker({
        url: `mqtts://localhost:${mosquitto.port}`,
        clientId: 'fleetloom',
        tls,
        gate: new FixtureGate(),
        topics: fleetTopics,
        logger: silentLogger,
        openTimeoutMs: 2000,
      })
      return broker
    }
    const own = async (): Promise<{ ca: Buffer; cert: Buffer; key: Buffer }> => ({
      ca: await readFile(file('ca.pem')),
      cert: await readFile(file('fleetloom.pem')),
      key: await readFile(file('fleetloom.key')),
    })

    it('lets the platform in with its own', async () => {
      expect((await open(await own())).trouble).toBeUndefined()
    })

    it('does not let it in without, which is told', async () => {
      const { ca } = await own()
      expect((await open({ ca })).trouble).toBeInstanceOf(Error)
    })

    it('is not trusted by the platform unless its authority is known', async () => {
      const { cert, key } = await own()
      expect((await open({ cert, key })).trouble?.message).toMatch(/certificate/i)
    })
  },
)
