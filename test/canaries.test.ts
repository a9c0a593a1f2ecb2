import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { filesBelow } from '../engines/backup/files.ts'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import { fleetloom } from './harness/fleetloom.ts'
import { describedOperations, fill } from './harness/openapi.ts'
import { adminPassword } from './harness/platform.ts'
import { createOrganization, registerDevice } from './harness/resources.ts'
import { makeTempDir } from './harness/temp-dir.ts'
import { usePlatform } from './harness/use-platform.ts'
import { addUser } from './harness/users.ts'

const canary = (name: string): string => `canary-${name}-Zq8LxW2vRt6YpN4s`
const settings = {
  JWT_SECRET: `kT3v9Zr1XqLw8sBn5mYcJ0h-${canary('jwt')}`,
  CREDENTIAL_SECRET: `Yc2v9Zr1XqLw8sBn5mKpJ0h-${canary('credential')}`,
  DOOR_CODE_SECRET: `Lf4v9Zr1XqLw8sBn5mRgJ0h-${canary('door')}`,
  MQTT_HOOK_SECRET: `Wd5v9Zr1XqLw8sBn5mTgJ0h-${canary('hook')}`,
  SMTP_URL: `smtp://us:${canary('smtp')}@127.0.0.1:9`,
  TWILIO_ACCOUNT_SID: 'AC1',
  TWILIO_FROM: '+15550100',
  TWILIO_AUTH_TOKEN: canary('twilio'),
}
const withSecret = z.object({ secret: z.string() })
const account = z.object({ serviceAccount: z.object({ id: z.string() }) })

describe('secrets that were planted everywhere', () => {
  const running = usePlatform({ environment: { ...settings, LOG_LEVEL: 'debug' } })

  it('are found in no answer, export, log, flow, file or backup', async () => {
    const platform = running()
    const api = await createOrganization(platform.api, 'canaries')
    const device = await registerDevice(api, 'canary')
    const password = canary('password')
    await addUser(api, 'bird@canaries.example', 'operator', password)
    const made = async (route: string, body: object): Promise<string> =>
      (await api.expect(withSecret, 'POST', `/api/v1/${route}`, { body })).secret
    const { serviceAccount } = await api.expect(account, 'POST', '/api/v1/service-accounts', {
      body: { name: 'Bird', role: 'operator' },
    })
    const secrets = [
      ...Object.values(settings).filter((value) => value.includes('canary')),
      canary('smtp'),
      adminPassword,
      password,
      device.password,
      await made(`service-accounts/${serviceAccount.id}/keys`, { name: 'Bird' }),
      await made('provisioning-keys', { classKey: 'port-monitor' }),
      canary('webhook'),
    ]
    const config = { url: 'https://hooks.example/x', secret: canary('webhook') }
    const channel = await api.call('POST', '/api/v1/channels', {
      body: { key: 'hook', kind: 'webhook', config },
    })
    expect(channel).toMatchObject({ status: 201 })
    // Right ones and wrong ones, where somebody may write them down.
    const client = await connectDevice(platform.mqttPort, device)
    await publishAndWait(client, device.topic, '{"readings":[{"port":1,"value":1}]}')
    await client.disconnect()
    await api.signedInAs('bird@canaries.example', password).token()
    for (const secret of secrets) {
      await api.call('GET', '/api/v1/devices', { as: `Bearer ${secret}` })
      await api.call('POST', '/api/v1/provision', {
        body: { key: secret, id: 'x', nonsense: 1 },
        as: 'anonymous',
      })
    }

    const places = new Map<string, string>()
    for (const { method, path: template } of await describedOperations(api)) {
      if (method !== 'GET') continue
      const route = fill(template, { id: 'canary', key: 'hook', port: '1' })
      places.set(`GET ${route}`, (await api.call('GET', route)).text)
    }
    places.set('the log', platform.log)
    const backup = path.join(makeTempDir('canaries'), 'backup')
    const folders = { DATA_DIR: platform.dataDir, FLOWS_DIR: platform.flowsDir }
    expect(await fleetloom(['backup', '--out', backup], folders)).toMatchObject({ code: 0 })
    for (const folder of [platform.dataDir, platform.flowsDir, backup])
      for (const file of await filesBelow(folder))
        places.set(file, readFileSync(path.join(folder, file), 'latin1'))

    const found: string[] = []
    for (const [place, bytes] of places) {
      for (const secret of secrets)
        if (bytes.includes(secret) || bytes.includes(btoa(secret))) found.push(`${secret} in ${place}`)
    }
    expect(places.size).toBeGreaterThan(60)
    expect(found).toEqual([])
  }, 120_000)
})
